// SPDX-License-Identifier: GPL-2.0
/*
 * A driver whose fault gives refcounted pages: the first choice for RAM. Its VMAs are
 * ordinary, so get_user_pages(), mlock(), MAP_PRIVATE and merging work.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "compat.h"

#define NR_PAGES	16UL

static void *memory;	/* zeroed, or its first user reads what its last owner left */

/*
 * This check is the one that counts: mremap() does not ask the mmap hook, nor does a merge
 * before 7.0, where /dev is noexec. The page comes unlocked, which is right only while pages
 * never leave: else lock it, look again whether it is still there, return VM_FAULT_LOCKED.
 */
static vm_fault_t example_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page(memory + (vmf->pgoff << PAGE_SHIFT));
	get_page(vmf->page);
	return 0;
}

/* A switch, not an interface: who has it says that ->fault needs no mmap_lock (since 6.6). */
static vm_fault_t example_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

static const struct vm_operations_struct example_vm_ops = {
	.fault		= example_fault,
	.map_pages	= example_map_pages,
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
	desc->vm_ops = &example_vm_ops;
	return 0;
}
#else
static int example_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff >= NR_PAGES || vma_pages(vma) > NR_PAGES - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_ops = &example_vm_ops;
	return 0;
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
	err = memory ? misc_register(&example_dev) : -ENOMEM;
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

MODULE_DESCRIPTION("Example of a driver: mmap of pages, by a fault");
MODULE_LICENSE("GPL");
