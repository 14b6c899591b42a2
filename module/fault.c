// SPDX-License-Identifier: GPL-2.0
/*
 * Access to what a VMA maps, beside the faults of fault.h.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/pagemap.h>

#include "dirty.h"
#include "fault.h"

/**
 * vmadev_fault_asked() - map what is at a fault, if the region's rules let it
 * @vmf:    the fault
 * @region: has a page there; its lock is held
 * @order:  of the entry to make
 * @map:    see vmadev_fault()
 *
 * Return: what @map says; or what is to be told; or VM_FAULT_RETRY, and what
 * vmadev_inject_wait() wants.
 */
struct vmadev_mapped
vmadev_fault_asked(struct vm_fault *vmf, const struct vmadev_region *region, unsigned int order,
		   struct vmadev_mapped (*map)(struct vm_fault *vmf,
					       const struct vmadev_region *region,
					       unsigned int order))
{
	struct vmadev_verdict verdict = {};
	struct vmadev_mapped mapped;

	if (!order)
		verdict = vmadev_inject_fault(region, vmf);
	if (verdict.result)
		return (struct vmadev_mapped) { verdict.result, verdict.then };
	mapped = map(vmf, region, order);
	if (verdict.then)
		vmadev_inject_mapped(region, vmf->pgoff);
	return mapped;
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

/* Whose page a store would go to, if not to a copy: fork copies entries of private mappings. */
static struct mm_struct *writer_of(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_SHARED ? vma->vm_mm : NULL;
}

/**
 * vmadev_map_revoked() - a fault where the region has no page; see vmadev_fault()
 * @vmf:    the fault
 * @region: past its end, or it is revoked, or the mapping is over
 * @order:  of the entry
 */
struct vmadev_mapped vmadev_map_revoked(struct vm_fault *vmf, struct vmadev_region *region,
					unsigned int order)
{
	struct page *page = vmadev_revoked_page(region, vmf->pgoff, writer_of(vmf->vma));
	vm_fault_t result;

	if (IS_ERR(page))
		return (struct vmadev_mapped){ VM_FAULT_SIGBUS };
	if (order) {
		put_page(page);
		return (struct vmadev_mapped){ VM_FAULT_FALLBACK };
	}
	if (!(vmf->vma->vm_flags & VM_PFNMAP)) {
		lock_page(page);
		vmf->page = page;
		return (struct vmadev_mapped){ VM_FAULT_LOCKED, 1 };
	}
	result = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(page));
	put_page(page);		/* the list keeps it as long as it is mapped */
	return (struct vmadev_mapped){ result, 1 };
}

/*
 * With a reference, and logged if it is to be written to; an error if there is none that may
 * be looked at.
 */
static struct page *get_page_at(const struct vmadev_handle *handle, pgoff_t pgoff,
				struct mm_struct *mm, bool write)
{
	struct vmadev_region *region = handle->region;
	struct page *page;

	vmadev_region_read_lock();
	if (vmadev_region_has(region, pgoff, 1) && !vmadev_handle_is_over(handle)) {
		page = region->backing->get_page(region, pgoff);
		if (write && vmadev_logs(region) && !IS_ERR(page))
			vmadev_log_page(region, pgoff);
	} else {
		page = vmadev_revoked_page(region, pgoff, mm);
	}
	vmadev_region_read_unlock();
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
	const struct vmadev_handle *handle = vmadev_handle_of(vma->vm_file);
	int done = 0;

	if (write && (vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	while (done < len) {
		size_t off = offset_in_page(addr + done);
		int n = min_t(size_t, len - done, PAGE_SIZE - off);
		pgoff_t pgoff = linear_page_index(vma, addr + done);
		struct page *page;

		if (vmadev_injecting() && vmadev_inject_access(handle->region, vma->vm_mm, pgoff))
			break;
		page = get_page_at(handle, pgoff, writer_of(vma), write);
		if (IS_ERR(page))
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
