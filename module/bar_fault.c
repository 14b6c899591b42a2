// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a device, by strategies that map PFNs. Each PTE is one that the kernel makes:
 * where the memory has a cache attribute, x86 looks it up and the PTE has that one.
 */
#include "bar.h"
#include "fault.h"

static vm_fault_t map_pfns(struct vm_area_struct *vma, const struct vmadev_region *region,
			   unsigned long start, unsigned long end)
{
	unsigned long pfn = region->bar->pfn + linear_page_index(vma, start);
	vm_fault_t result = VM_FAULT_NOPAGE;

	for (; start < end && result == VM_FAULT_NOPAGE; start += PAGE_SIZE)
		result = vmf_insert_pfn(vma, start, pfn++);
	return result;
}

#ifdef VMADEV_HAVE_SET_PTE_AT

static int clear_marker(pte_t *pte, unsigned long addr, void *data)
{
	struct vm_area_struct *vma = data;
	pte_t entry = ptep_get(pte);

	if (!pte_none(entry) && !pte_present(entry))
		pte_clear(vma->vm_mm, addr, pte);
	return 0;
}

/*
 * A marker of userfaultfd's is no PTE, and vmf_insert_pfn() would leave it: the fault would
 * come again for ever.
 */
static int make_room(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) || pte_none(vmf->orig_pte))
		return 0;
	return apply_to_page_range(vmf->vma->vm_mm, vmf->address & PAGE_MASK, PAGE_SIZE,
				   clear_marker, vmf->vma);
}

#else

static int make_room(struct vm_fault *vmf)
{
	return 0;
}

#endif

/**
 * vmadev_map_bar() - map what is around a fault, which is no access; see vmadev_fault()
 * @vmf:    the fault
 * @region: of a device that is there
 * @order:  0
 */
struct vmadev_mapped vmadev_map_bar(struct vm_fault *vmf, const struct vmadev_region *region,
				    unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long around = ALIGN_DOWN(vmf->address, VMADEV_FAULT_AROUND);
	unsigned long start = max(around, vma->vm_start);
	unsigned long end = min(around + VMADEV_FAULT_AROUND - 1, vma->vm_end - 1) + 1;

	if (make_room(vmf))
		return (struct vmadev_mapped){ VM_FAULT_OOM };
	return (struct vmadev_mapped) {
		map_pfns(vma, region, start, end), (end - start) >> PAGE_SHIFT
	};
}

/**
 * vmadev_map_bar_vma() - map all that a VMA maps
 * @vma:    in no tree yet, and without PTEs
 * @region: of a device that is there; the caller holds vmadev_region_read_lock()
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_map_bar_vma(struct vm_area_struct *vma, const struct vmadev_region *region)
{
	vm_fault_t result = map_pfns(vma, region, vma->vm_start, vma->vm_end);

	return result == VM_FAULT_NOPAGE ? 0 : -ENOMEM;
}

static vm_fault_t bar_fault(struct vm_fault *vmf)
{
	return vmadev_fault(vmf, 0, vmadev_map_bar);
}

const struct vm_operations_struct vmadev_bar_ops = {
	VMADEV_VMA_LIFE_OPS,
	VMADEV_FAULT_OPS(bar_fault),
	.access		= vmadev_bar_access,
};
