// SPDX-License-Identifier: GPL-2.0
/*
 * NOT to be copied: what drivers get wrong in mmap, a node /dev/vmadev_wrong_NAME each, for
 * vmaudit(1) to find. Each maps NR_PAGES of a buffer that is larger, so that a user who
 * gets too far finds nobody's memory; "sane" does the same without a mistake.
 */
#include <linux/llist.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"

#define NR_PAGES	16UL
#define NR_BEHIND	16UL	/* are there, and are none of the user's business */

struct wrong {
	struct miscdevice dev;
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
};

static char *memory;

static vm_fault_t serve(struct vm_fault *vmf, pgoff_t pgoff)
{
	vmf->page = vmalloc_to_page(memory + (pgoff << PAGE_SHIFT));
	get_page(vmf->page);
	return 0;
}

static vm_fault_t sane_fault(struct vm_fault *vmf)
{
	return vmf->pgoff < NR_PAGES ? serve(vmf, vmf->pgoff) : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct sane_ops = { .fault = sane_fault };

static bool is_within(struct vm_area_struct *vma)
{
	return vma->vm_pgoff < NR_PAGES && vma_pages(vma) <= NR_PAGES - vma->vm_pgoff;
}

static int sane_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &sane_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

/* Neither where a mapping begins nor where it ends is looked at; nor is a fault's place. */
static vm_fault_t unbound_fault(struct vm_fault *vmf)
{
	return serve(vmf, min(vmf->pgoff, NR_PAGES + NR_BEHIND - 1));
}

static const struct vm_operations_struct unbound_ops = { .fault = unbound_fault };

static int unbound_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &unbound_ops;
	return 0;
}

/* mmap looks, the fault does not, and mremap() may let the mapping grow. */
static int grows_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &unbound_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

/* Of a mapping that was split the second part has another start. */
static vm_fault_t split_fault(struct vm_fault *vmf)
{
	pgoff_t pgoff = (vmf->address - vmf->vma->vm_start) >> PAGE_SHIFT;

	return pgoff < NR_PAGES ? serve(vmf, pgoff) : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct split_ops = { .fault = split_fault };

static int split_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &split_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

/* Gives back what the kernel took, because the file was opened for reading only. */
static int reader_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_MAYWRITE | VM_SHARED);
	return sane_mmap(file, vma);
}

/* A page protection of its own: what is written to a private mapping goes into the object. */
static int private_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = is_within(vma) ? 0 : -EINVAL;

	vm_flags_set(vma, VM_MIXEDMAP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags | VM_SHARED);
	vma->vm_ops = &sane_ops;
	for (unsigned long i = 0; !err && i < vma_pages(vma); i++)
		err = vm_insert_page(vma, vma->vm_start + (i << PAGE_SHIFT),
				     vmalloc_to_page(memory + ((vma->vm_pgoff + i) << PAGE_SHIFT)));
	return err;
}

/* Without ->open, the first close of two mappings is taken for the last. */
static void early_close(struct vm_area_struct *vma)
{
	memset(memory, 0xee, NR_PAGES << PAGE_SHIFT);
}

static const struct vm_operations_struct early_ops = {
	.fault = sane_fault,
	.close = early_close,
};

static int early_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &early_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

/* Found when this module goes, and by no one else: a driver that leaks has no such list. */
static LLIST_HEAD(taken);

static void take_for_ever(void)
{
	struct llist_node *entry = kmalloc(SZ_16K, GFP_KERNEL);

	if (entry)
		llist_add(entry, &taken);
}

/* What a mapping takes is never given back. */
static int leak_mmap(struct file *file, struct vm_area_struct *vma)
{
	take_for_ever();
	return sane_mmap(file, vma);
}

/* ... nor what a split or a fork takes. */
static void forks_open(struct vm_area_struct *vma)
{
	take_for_ever();
}

static const struct vm_operations_struct forks_ops = {
	.open = forks_open,
	.fault = sane_fault,
};

static int forks_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &forks_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

/* Serves debuggers what they ask for, also a write to what is only read. */
static int access_any(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	char *at = memory + (addr - vma->vm_start) + (vma->vm_pgoff << PAGE_SHIFT);

	if (write)
		memcpy(at, buf, len);
	else
		memcpy(buf, at, len);
	return len;
}

static vm_fault_t access_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address,
			      vmalloc_to_pfn(memory + (vmf->pgoff << PAGE_SHIFT)));
}

static const struct vm_operations_struct access_ops = {
	.fault = access_fault,
	.access = access_any,
};

static int access_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* Of PFNs a private mapping would be a BUG(), and that is another mistake. */
	if (!(vma->vm_flags & VM_MAYSHARE) || !is_within(vma))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP);
	vma->vm_ops = &access_ops;
	return 0;
}

/* All pages at mmap, and no ->fault for what the kernel drops later. */
static int dropped_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct page *pages[NR_PAGES];
	unsigned long nr = vma_pages(vma);

	if (!is_within(vma))
		return -EINVAL;
	for (unsigned long i = 0; i < nr; i++)
		pages[i] = vmalloc_to_page(memory + ((vma->vm_pgoff + i) << PAGE_SHIFT));
	return vm_insert_pages(vma, vma->vm_start, pages, &nr);
}

/* A fault that waits for what never comes; a signal that kills ends it. */
static vm_fault_t hang_fault(struct vm_fault *vmf)
{
	return fatal_signal_pending(current) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct hang_ops = { .fault = hang_fault };

static int hang_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &hang_ops;
	return is_within(vma) ? 0 : -EINVAL;
}

#define WRONG(name_) {								\
	.dev = { .minor = MISC_DYNAMIC_MINOR, .name = "vmadev_wrong_" #name_ },	\
	.mmap = name_##_mmap,							\
}

static struct wrong wrongs[] = {
	WRONG(sane), WRONG(unbound), WRONG(grows), WRONG(split), WRONG(reader), WRONG(private),
	WRONG(early), WRONG(leak), WRONG(forks), WRONG(access), WRONG(dropped), WRONG(hang),
};

static int wrong_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct miscdevice *dev = file->private_data;

	return container_of(dev, struct wrong, dev)->mmap(file, vma);
}

static const struct file_operations wrong_fops = {
	.owner	= THIS_MODULE,
	.mmap	= wrong_mmap,
};

static void remove_first(unsigned int count)
{
	while (count--)
		misc_deregister(&wrongs[count].dev);
	vfree(memory);
}

static int __init wrong_init(void)
{
	memory = vmalloc_user((NR_PAGES + NR_BEHIND) << PAGE_SHIFT);
	if (!memory)
		return -ENOMEM;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrongs); i++) {
		int err;

		wrongs[i].dev.fops = &wrong_fops;
		err = misc_register(&wrongs[i].dev);
		if (err) {
			remove_first(i);
			return err;
		}
	}
	return 0;
}
module_init(wrong_init);

static void __exit wrong_exit(void)
{
	struct llist_node *entry, *next;

	remove_first(ARRAY_SIZE(wrongs));
	llist_for_each_safe(entry, next, llist_del_all(&taken))
		kfree(entry);
}
module_exit(wrong_exit);

MODULE_DESCRIPTION("Drivers that get mmap wrong, for vmaudit: never load it elsewhere");
MODULE_LICENSE("GPL");
