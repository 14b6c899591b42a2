// SPDX-License-Identifier: GPL-2.0
/*
 * A driver whose mmap maps all its pages at once, with their refcounts: RAM that shall
 * not fault. get_user_pages() and MAP_PRIVATE work; mlock() holds nothing.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "compat.h"

#define NR_PAGES	16UL

static void *memory;	/* zeroed, or its first user reads what its last owner left */
static struct page *pages[NR_PAGES];

/* For what MADV_DONTNEED drops. Unlocked is right only while pages never leave: see page.c. */
static vm_fault_t example_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct example_vm_ops = {
	.fault	= example_fault,
};

/*
 * Both hooks. The range by subtraction: offset + length may overflow. mprotect() shall not
 * add the PROT_EXEC that mmap() refuses, nor PROT_WRITE where the kernel took VM_MAYWRITE.
 */
#ifdef EXAMPLE_HAVE_MMAP_PREPARE
/* A merge or a failure may follow, of which we hear nothing: fill in @desc, change no state. */
static int example_mmap_prepare(struct vm_area_desc *desc)
{
	if (desc->pgoff >= NR_PAGES || vma_desc_pages(desc) > NR_PAGES - desc->pgoff)
		return -EINVAL;
	if (vma_desc_test(desc, VMA_EXEC_BIT))
		return -EPERM;
	vma_desc_clear_flags(desc, VMA_MAYEXEC_BIT);
	vma_desc_set_flags(desc, VMA_MIXEDMAP_BIT, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
	desc->vm_ops = &example_vm_ops;
	mmap_action_map_kernel_pages_full(desc, pages + desc->pgoff);
	return 0;
}
#else
static int example_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long left = vma_pages(vma);

	if (vma->vm_pgoff >= NR_PAGES || vma_pages(vma) > NR_PAGES - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &example_vm_ops;
	return vm_insert_pages(vma, vma->vm_start, pages + vma->vm_pgoff, &left);
}
#endif

static const struct file_operations example_fops = {
	.owner	= THIS_MODULE,	/* no exit while it is open or mapped: a VMA holds the file */
	EXAMPLE_MMAP_HOOK,
};

static struct miscdevice example_dev = {
	.minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME, .fops = &example_fops,
};

static int __init example_init(void)
{
	int err;

	memory = vmalloc_user(NR_PAGES << PAGE_SHIFT);
	if (!memory)
		return -ENOMEM;
	for (unsigned long i = 0; i < NR_PAGES; i++)
		pages[i] = vmalloc_to_page(memory + (i << PAGE_SHIFT));
	err = misc_register(&example_dev);
	if (err)
		vfree(memory);
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	misc_deregister(&example_dev);
	vfree(memory);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver: mmap by vm_insert_pages()");
MODULE_LICENSE("GPL");
