// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy filemap: the page cache of the region's own inode, by the functions that file
 * systems use. A store is seen by ->page_mkwrite, the first one to each page after it
 * was made durable.
 */
#include <linux/bits.h>
#include <linux/pagemap.h>

#include "fault.h"

static void fault_end(const struct vmadev_handle *handle, const struct vm_fault *vmf,
		      vm_fault_t result)
{
	vmadev_count(handle, vmadev_fault_kind(vmf, result), 1);
	trace_vmadev_fault(handle->region->id, handle->strategy->id, 0, vmf->pgoff, 0,
			   vmf->flags & FAULT_FLAG_WRITE, vmadev_fault_lock(vmf), result);
}

static bool is_shared_write(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_WRITE && vmf->vma->vm_flags & VM_SHARED;
}

static vm_fault_t filemap_vma_fault(struct vm_fault *vmf)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	vm_fault_t result;

	vmadev_region_read_lock();
	result = vmadev_handle_is_stale(handle) ? VM_FAULT_SIGBUS : filemap_fault(vmf);
	vmadev_region_read_unlock();

	/* The VMA may be gone then. A store that came so far is not over yet. */
	if (!(result & VM_FAULT_RETRY) && (result & VM_FAULT_ERROR || !is_shared_write(vmf)))
		fault_end(handle, vmf, result);
	return result;
}

/* The kernel's fault-around, which must not sleep. */
static vm_fault_t filemap_vma_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	vm_fault_t result = 0;

	if (!percpu_down_read_trylock(&vmadev_region_lock))
		return 0;
	if (!vmadev_handle_is_stale(handle))
		result = filemap_map_pages(vmf, start, end);
	vmadev_region_read_unlock();
	if (result)
		fault_end(handle, vmf, result);
	return result;
}

static vm_fault_t filemap_vma_mkwrite(struct vm_fault *vmf)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	struct folio *folio = page_folio(vmf->page);
	vm_fault_t result = VM_FAULT_SIGBUS;

	vmadev_region_read_lock();
	if (!vmadev_handle_is_stale(handle)) {
		folio_lock(folio);
		result = VM_FAULT_LOCKED;
		if (folio->mapping == vmadev_region_mapping(handle->region)) {
			folio_mark_dirty(folio);
		} else {
			folio_unlock(folio);
			result = VM_FAULT_NOPAGE;
		}
	}
	vmadev_region_read_unlock();
	if (result != VM_FAULT_NOPAGE)
		fault_end(handle, vmf, result);
	return result;
}

static const struct vm_operations_struct filemap_vm_ops = {
	.fault		= filemap_vma_fault,
	.map_pages	= filemap_vma_map_pages,
	.page_mkwrite	= filemap_vma_mkwrite,
};

/* A file that no file system opened is read page by page, unless it is told otherwise. */
static int filemap_begin(struct file *file)
{
	if (vmadev_handle_is_stale(vmadev_handle_of(file)))
		return -ESTALE;
	file->f_ra.ra_pages = VM_READAHEAD_PAGES;
	return 0;
}

#ifdef VMADEV_HAVE_MMAP_PREPARE
static int filemap_prepare(struct vm_area_desc *desc, struct vmadev_region *region)
{
	return filemap_begin(desc->file);
}

#define FILEMAP_HOW	.prepare = filemap_prepare
#else
static int filemap_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	return filemap_begin(vma->vm_file);
}

#define FILEMAP_HOW	.map = filemap_map
#endif

const struct vmadev_strategy vmadev_map_filemap = {
	.id		= VMADEV_STRATEGY_FILEMAP,
	.name		= "filemap",
	.backings	= BIT(VMADEV_BACKING_MEDIA),
	.private	= true,
	.vm_ops		= &filemap_vm_ops,
	FILEMAP_HOW,
};
