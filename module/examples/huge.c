// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that maps PFNs by one entry of a PMD where one fits, and by PTEs where not: for
 * device memory of which much is mapped (6.12 or newer, amd64 and arm64). What remap.c says
 * of PFNs and RAM holds here too.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "compat.h"

#define NR_PAGES	((unsigned long)HPAGE_PMD_NR)

static struct page *memory;	/* zeroed, or its first user reads what its last owner left */

/*
 * An entry needs its addresses within the VMA, and memory and offset aligned as they are. The
 * kernel asks for the largest first, and for a PTE by ->fault when it is told to fall back.
 */
static vm_fault_t example_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long bytes = PAGE_SIZE << order, start = ALIGN_DOWN(vmf->address, bytes);
	pgoff_t pgoff;

	if (order != HPAGE_PMD_ORDER || start < vma->vm_start || vma->vm_end - start < bytes)
		return VM_FAULT_FALLBACK;
	pgoff = linear_page_index(vma, start);
	if (pgoff >= NR_PAGES || !IS_ALIGNED(page_to_pfn(memory) + pgoff, 1ul << order))
		return VM_FAULT_FALLBACK;
	return example_insert_pfn_pmd(vmf, page_to_pfn(memory) + pgoff);
}

static vm_fault_t example_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(memory) + vmf->pgoff);
}

/* Nothing keeps an entry whole: a part that is unmapped or protected drops it, and faults anew. */
static const struct vm_operations_struct example_vm_ops = {
	.fault		= example_fault,
	.huge_fault	= example_huge_fault,
};

/* What pfn.c says of both hooks. */
#ifdef EXAMPLE_HAVE_MMAP_PREPARE
static int example_mmap_prepare(struct vm_area_desc *desc)
{
	if (desc->pgoff >= NR_PAGES || vma_desc_pages(desc) > NR_PAGES - desc->pgoff ||
	    !vma_desc_test(desc, VMA_MAYSHARE_BIT))
		return -EINVAL;
	if (vma_desc_test(desc, VMA_EXEC_BIT))
		return -EPERM;
	vma_desc_clear_flags(desc, VMA_MAYEXEC_BIT);
	vma_desc_set_flags(desc, VMA_IO_BIT, VMA_PFNMAP_BIT, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
	desc->vm_ops = &example_vm_ops;
	return 0;
}
#else
static int example_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff >= NR_PAGES || vma_pages(vma) > NR_PAGES - vma->vm_pgoff ||
	    !(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &example_vm_ops;
	return 0;
}
#endif

static const struct file_operations example_fops = {
	.owner			= THIS_MODULE,	/* no exit while it is open or mapped */
	.get_unmapped_area	= thp_get_unmapped_area,	/* aligned as the offset is */
	EXAMPLE_MMAP_HOOK,
};

static struct miscdevice example_dev = {
	.minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME, .fops = &example_fops,
};

static int __init example_init(void)
{
	int err;

	memory = alloc_pages(GFP_KERNEL | __GFP_ZERO, HPAGE_PMD_ORDER);
	err = memory ? misc_register(&example_dev) : -ENOMEM;
	if (err && memory)
		__free_pages(memory, HPAGE_PMD_ORDER);
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	misc_deregister(&example_dev);
	__free_pages(memory, HPAGE_PMD_ORDER);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver: mmap by vmf_insert_pfn_pmd()");
MODULE_LICENSE("GPL");
