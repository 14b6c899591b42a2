// SPDX-License-Identifier: GPL-2.0
/*
 * The first store to a page of a region that keeps a log, through a mapping. The kernel
 * makes no entry that can be written through of a VMA whose vm_ops have one of these,
 * before it has asked here.
 */
#include <linux/err.h>
#include <linux/pagemap.h>

#include "dirty.h"
#include "fault.h"

/* What the page shows that is stored to, with a reference; as a fault would map it. */
static struct page *shown(const struct vm_fault *vmf)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	struct vmadev_region *region = handle->region;

	if (vmadev_region_has(region, vmf->pgoff, 1) && !vmadev_handle_is_over(handle))
		return region->backing->get_page(region, vmf->pgoff);
	return vmadev_revoked_page(region, vmf->pgoff, vmf->vma->vm_mm);
}

/* Once more a fault, of a page that was mapped to be read. */
static void count(const struct vm_fault *vmf, vm_fault_t result)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);

	vmadev_count(handle, vmadev_fault_kind(vmf, result), 1);
	trace_vmadev_fault(handle->region->id, handle->strategy->id, 0, vmf->pgoff, 0, true,
			   vmadev_fault_lock(vmf), result);
}

static bool was_mapped(const struct vm_fault *vmf)
{
	return !pte_none(vmf->orig_pte);
}

/**
 * vmadev_page_mkwrite() - &vm_operations_struct.page_mkwrite: of refcounted pages
 * @vmf: the fault, with a page that was the region's
 *
 * Since it may be so no more. If it is, it comes locked, and so it stays until it is mapped.
 */
vm_fault_t vmadev_page_mkwrite(struct vm_fault *vmf)
{
	struct vmadev_region *region = vmadev_handle_of(vmf->vma->vm_file)->region;
	vm_fault_t result = VM_FAULT_NOPAGE;
	struct page *page;

	vmadev_region_read_lock();
	page = shown(vmf);
	if (page == vmf->page) {
		lock_page(page);
		if (vmadev_region_has(region, vmf->pgoff, 1))
			vmadev_log_page(region, vmf->pgoff);
		result = VM_FAULT_LOCKED;
	}
	if (IS_ERR(page))
		result = vmadev_fault_error(PTR_ERR(page));
	else
		put_page(page);
	vmadev_region_read_unlock();
	if (was_mapped(vmf) && result != VM_FAULT_NOPAGE)
		count(vmf, result);
	return result;
}

/**
 * vmadev_map_store() - map a PFN to be written to
 * @vmf:    a store, to a shared mapping
 * @region: its lock is held
 * @page:   what is there, with a reference that is dropped; or an error
 *
 * The kernel would make the entry writable after it let go of all locks, if it is the same
 * entry then. But it may be the same again: dropped by who took the bit, and made by a read.
 */
struct vmadev_mapped vmadev_map_store(struct vm_fault *vmf, const struct vmadev_region *region,
				      struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long address = vmf->address & PAGE_MASK;
	vm_fault_t result;

	if (IS_ERR(page))
		return (struct vmadev_mapped){ vmadev_fault_error(PTR_ERR(page)) };
	lock_page(page);
	if (vmadev_region_has(region, vmf->pgoff, 1))
		vmadev_log_page(region, vmf->pgoff);
	if (was_mapped(vmf))
		zap_special_vma_range(vma, address, PAGE_SIZE);
	result = vmf_insert_pfn_prot(vma, address, page_to_pfn(page),
				     vma_flags_to_page_prot(vmadev_vma_flags(vma)));
	put_page(page);		/* the region, or its list, keeps it */
	unlock_page(page);
	return (struct vmadev_mapped){ result, 1 };
}

/**
 * vmadev_pfn_mkwrite() - &vm_operations_struct.pfn_mkwrite: of PFNs
 * @vmf: the fault
 *
 * Return: as vmadev_pfn_fault(); never that the kernel shall do it.
 */
vm_fault_t vmadev_pfn_mkwrite(struct vm_fault *vmf)
{
	struct vmadev_region *region = vmadev_handle_of(vmf->vma->vm_file)->region;
	struct vmadev_mapped mapped;

	vmadev_region_read_lock();
	mapped = vmadev_map_store(vmf, region, shown(vmf));
	vmadev_region_read_unlock();
	count(vmf, mapped.result);
	return mapped.result;
}
