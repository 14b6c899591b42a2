// SPDX-License-Identifier: GPL-2.0
/*
 * Access to what a VMA maps: the one fault entry of all strategies, and ->access.
 */
#include <linux/highmem.h>

#include "trace.h"
#include "vma.h"

static enum vmadev_counter kind_of(const struct vm_fault *vmf, vm_fault_t result)
{
	if (result & VM_FAULT_ERROR)
		return VMADEV_COUNT_FAULTS_FAILED;
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return VMADEV_COUNT_FAULTS_READ;
	return vmf->vma->vm_flags & VM_SHARED ? VMADEV_COUNT_FAULTS_WRITE :
						VMADEV_COUNT_FAULTS_COW;
}

static vm_fault_t vmadev_fault(struct vm_fault *vmf, unsigned int order)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	const struct vmadev_region *region = handle->region;
	vm_fault_t result = VM_FAULT_SIGBUS;
	unsigned long nr_pages = 0;
	int idx = vmadev_region_read_lock();

	if (vmadev_region_has(region, vmf->pgoff, 1))
		result = handle->strategy->fault(vmf, region, order, &nr_pages);
	vmadev_region_read_unlock(idx);

	vmadev_count(handle, kind_of(vmf, result), 1);
	if (nr_pages)
		vmadev_count(handle, VMADEV_COUNT_PAGES, nr_pages);
	trace_vmadev_fault(region->id, handle->strategy->id, order, vmf->pgoff, nr_pages,
			   vmf->flags & FAULT_FLAG_WRITE, vmf->flags & FAULT_FLAG_VMA_LOCK,
			   result);
	return result;
}

/**
 * vmadev_vma_fault() - &vm_operations_struct.fault
 * @vmf: the fault; runs without mmap_lock where the kernel can
 *
 * Return: what the strategy's fault returns, or VM_FAULT_SIGBUS past the end.
 */
vm_fault_t vmadev_vma_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0);
}

/**
 * vmadev_vma_map_pages() - &vm_operations_struct.map_pages that maps nothing
 * @vmf:   the fault
 * @start: first page
 * @end:   last page
 *
 * A switch rather than an interface: since 6.6 a fault runs under the VMA's own
 * lock, without mmap_lock, only if the driver has one of these. It means: my
 * ->fault needs no mmap_lock. What a real one needs is not exported to modules.
 */
vm_fault_t vmadev_vma_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/* With a reference; NULL if there is none that may be looked at. */
static struct page *get_page_at(const struct vmadev_region *region, pgoff_t pgoff)
{
	int idx = vmadev_region_read_lock();
	struct page *page = NULL;

	if (vmadev_region_has(region, pgoff, 1))
		page = region->backing->get_page(region, pgoff);
	vmadev_region_read_unlock(idx);
	return page;
}

/**
 * vmadev_vma_access() - &vm_operations_struct.access: ptrace and /proc/PID/mem
 *			 on memory that get_user_pages() does not serve
 * @vma:   the VMA
 * @addr:  in it
 * @buf:   the kernel's
 * @len:   bytes, at most up to the end of the VMA
 * @write: to the VMA
 *
 * The kernel asks for no permission first: a write is for VMAs that their own
 * process could write through, or a read-only descriptor would not be one.
 *
 * Return: bytes copied, -EFAULT if it may not be written, is past the end or poisoned.
 */
int vmadev_vma_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write)
{
	const struct vmadev_region *region = vmadev_handle_of(vma->vm_file)->region;
	int done = 0;

	if (write && (vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	while (done < len) {
		size_t off = offset_in_page(addr + done);
		int n = min_t(size_t, len - done, PAGE_SIZE - off);
		struct page *page = get_page_at(region, linear_page_index(vma, addr + done));

		if (!page)
			break;
		if (write)
			memcpy_to_page(page, off, buf + done, n);
		else
			memcpy_from_page(buf + done, page, off, n);
		put_page(page);
		done += n;
	}
	return done ?: -EFAULT;
}
