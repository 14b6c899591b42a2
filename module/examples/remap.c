// SPDX-License-Identifier: GPL-2.0
/*
 * A driver whose mmap makes all PTEs at once, of PFNs in one physical range.
 *
 * This is for device memory. The memory here is RAM, so that it runs anywhere; a driver
 * that has RAM wants insert.c, since what is mapped by PFN is out of reach of
 * get_user_pages() (O_DIRECT, io_uring, vmsplice) and of mlock(). A debugger reaches it by
 * ->access: generic_access_phys() for a device, which must not be given RAM.
 */
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "compat.h"

#define NR_PAGES	16UL
#define BYTES		(NR_PAGES << PAGE_SHIFT)

static void *memory;	/* zeroed, or its first user reads what its last owner left */

/*
 * Both hooks. The range by subtraction: offset + length may overflow. A private mapping
 * would take the PFN for its offset, and show it in /proc/PID/maps. Ask for MAYSHARE: a
 * shared one of a read-only descriptor has not SHARED, nor the MAYWRITE that nothing may
 * give back. And mprotect() shall not add the PROT_EXEC that mmap() refuses.
 *
 * For a device: io_remap_pfn_range() or mmap_action_ioremap_full(), and the page
 * protection by pgprot_noncached() or pgprot_writecombine(). x86 then reserves that cache
 * mode until the VMA goes, and marks the VMA (VM_PAT). Before 6.16 it marks one of RAM too:
 * who zaps that, as is not done here, takes it off at once, or fork and munmap may warn.
 * Never off device memory: the reservation would stay.
 */
#ifdef EXAMPLE_HAVE_MMAP_PREPARE
/* A merge or a failure may follow, of which we hear nothing: fill in @desc, change no state. */
static int example_mmap_prepare(struct vm_area_desc *desc)
{
	if (desc->pgoff >= NR_PAGES || vma_desc_pages(desc) > NR_PAGES - desc->pgoff ||
	    !vma_desc_test(desc, VMA_MAYSHARE_BIT))
		return -EINVAL;
	if (vma_desc_test(desc, VMA_EXEC_BIT))
		return -EPERM;
	vma_desc_clear_flags(desc, VMA_MAYEXEC_BIT);
	mmap_action_remap_full(desc, PHYS_PFN(virt_to_phys(memory)) + desc->pgoff);
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
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(virt_to_phys(memory)) + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
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

	memory = alloc_pages_exact(BYTES, GFP_KERNEL | __GFP_ZERO);
	if (!memory)
		return -ENOMEM;
	err = misc_register(&example_dev);
	if (err)
		free_pages_exact(memory, BYTES);
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	misc_deregister(&example_dev);
	free_pages_exact(memory, BYTES);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver: mmap by remap_pfn_range()");
MODULE_LICENSE("GPL");
