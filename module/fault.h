/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_FAULT_H
#define VMADEV_FAULT_H

#include <linux/err.h>
#include <linux/sizes.h>

#include "inject.h"
#include "trace.h"
#include "vma.h"

/**
 * struct vmadev_mapped - what came of a fault; it fits a register
 * @result: what the kernel is told
 * @nr:	    PTEs made
 */
struct vmadev_mapped {
	vm_fault_t result;
	unsigned int nr;
};

/* As much around a fault as the kernel itself maps of page cache by default. */
#define VMADEV_FAULT_AROUND	max_t(unsigned long, SZ_64K, PAGE_SIZE)

/* fault.c */
struct vmadev_mapped
vmadev_fault_asked(struct vm_fault *vmf, const struct vmadev_region *region, unsigned int order,
		   struct vmadev_mapped (*map)(struct vm_fault *vmf,
					       const struct vmadev_region *region,
					       unsigned int order));

/* map_pfn.c */
struct vmadev_mapped vmadev_map_window(struct vm_fault *vmf, const struct vmadev_region *region,
				       unsigned int order);

struct vmadev_mapped vmadev_map_logged(struct vm_fault *vmf, const struct vmadev_region *region,
				       unsigned int order);

/* bar_fault.c */
struct vmadev_mapped vmadev_map_bar(struct vm_fault *vmf, const struct vmadev_region *region,
				    unsigned int order);

/* mkwrite.c */
struct vmadev_mapped vmadev_map_store(struct vm_fault *vmf, const struct vmadev_region *region,
				      struct page *page);

/* fault.c */
struct vmadev_mapped vmadev_map_revoked(struct vm_fault *vmf, struct vmadev_region *region,
					unsigned int order);

/* Not VM_FAULT_OOM, of which no signal comes: the access would be made for ever. */
static inline vm_fault_t vmadev_fault_error(long err)
{
	return err == -EIO ? VM_FAULT_HWPOISON : VM_FAULT_SIGBUS;
}

static inline enum vmadev_counter vmadev_fault_kind(const struct vm_fault *vmf, vm_fault_t result)
{
	if (result & VM_FAULT_ERROR)
		return VMADEV_COUNT_FAULTS_FAILED;
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return VMADEV_COUNT_FAULTS_READ;
	return vmf->vma->vm_flags & VM_SHARED ? VMADEV_COUNT_FAULTS_WRITE :
						VMADEV_COUNT_FAULTS_COW;
}

static inline u32 vmadev_fault_lock(const struct vm_fault *vmf)
{
	if (vmf->flags & FAULT_FLAG_MKWRITE)
		return VMADEV_LOCK_UNKNOWN;
	return vmf->flags & FAULT_FLAG_VMA_LOCK ? VMADEV_LOCK_VMA : VMADEV_LOCK_MMAP;
}

/**
 * vmadev_fault() - the one way of all faults
 * @vmf:   the fault; runs without mmap_lock where the kernel can
 * @order: of the entry to make; 0: a PTE
 * @map:   maps what is at @vmf, where the region has a page; under the region's lock
 *
 * A huge entry that cannot be made is no event: the kernel comes again for a smaller one.
 *
 * Inlined into each ->fault, since a call by pointer costs more than what it calls.
 *
 * Return: what @map or a rule says, or VM_FAULT_SIGBUS past the end, and of what is revoked or
 * over.
 */
static __always_inline vm_fault_t
vmadev_fault(struct vm_fault *vmf, unsigned int order,
	     struct vmadev_mapped (*map)(struct vm_fault *vmf, const struct vmadev_region *region,
					 unsigned int order))
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	struct vmadev_region *region = handle->region;
	struct vmadev_mapped mapped;

	vmadev_region_read_lock();
	if (vmadev_region_has(region, vmf->pgoff, 1) && !vmadev_handle_is_over(handle))
		mapped = vmadev_injecting() ? vmadev_fault_asked(vmf, region, order, map) :
					      map(vmf, region, order);
	else
		mapped = vmadev_map_revoked(vmf, region, order);
	vmadev_region_read_unlock();

	if (unlikely(mapped.result & VM_FAULT_RETRY))
		return vmadev_inject_wait(region, vmf, mapped.nr);
	if (order && mapped.result & VM_FAULT_FALLBACK)
		return mapped.result;
	vmadev_count(handle, vmadev_fault_kind(vmf, mapped.result), 1);
	if (mapped.nr)
		vmadev_count(handle, VMADEV_COUNT_PAGES, mapped.nr);
	trace_vmadev_fault(region->id, handle->strategy->id, order, vmf->pgoff, mapped.nr,
			   vmf->flags & FAULT_FLAG_WRITE, vmadev_fault_lock(vmf), mapped.result);
	return mapped.result;
}

#endif /* VMADEV_FAULT_H */
