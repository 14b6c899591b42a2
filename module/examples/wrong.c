// SPDX-License-Identifier: GPL-2.0
/*
 * NOT to be copied: what drivers get wrong in mmap, a node /dev/vmadev_wrong_NAME each, for
 * vmaudit(1) to find. Each maps NR_PAGES of a buffer that is larger, so that a user who
 * gets too far finds nobody's memory; "sane" does the same without a mistake.
 */
#include <linux/delay.h>
#include <linux/llist.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "wrong.h"

#define FAKE_PGOFF	((0xffffffffUL >> PAGE_SHIFT) + 1)	/* where DRM's begin */

/**
 * struct wrong - a driver
 * @dev:  with the fops, where those are its own
 * @mmap: NULL: a sane one, with @ops
 * @ops:  for a mistake of these alone
 */
struct wrong {
	struct miscdevice dev;
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	const struct vm_operations_struct *ops;
};

char *wrong_memory;

static struct page *page_at(pgoff_t pgoff)
{
	return vmalloc_to_page(wrong_memory + (pgoff << PAGE_SHIFT));
}

static vm_fault_t serve(struct vm_fault *vmf, pgoff_t pgoff)
{
	vmf->page = page_at(pgoff);
	get_page(vmf->page);
	return 0;
}

vm_fault_t sane_fault(struct vm_fault *vmf)
{
	return vmf->pgoff < NR_PAGES ? serve(vmf, vmf->pgoff) : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct sane_ops = { .fault = sane_fault };

bool is_within(struct vm_area_struct *vma)
{
	return vma->vm_pgoff < NR_PAGES && vma_pages(vma) <= NR_PAGES - vma->vm_pgoff;
}

int mmap_with(struct vm_area_struct *vma, const struct vm_operations_struct *ops)
{
	vma->vm_ops = ops;
	return is_within(vma) ? 0 : -EINVAL;
}

int sane_mmap(struct file *file, struct vm_area_struct *vma)
{
	return mmap_with(vma, &sane_ops);
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
	return mmap_with(vma, &unbound_ops);
}

/* Of a mapping that was split the second part has another start. */
static vm_fault_t split_fault(struct vm_fault *vmf)
{
	pgoff_t pgoff = (vmf->address - vmf->vma->vm_start) >> PAGE_SHIFT;

	return pgoff < NR_PAGES ? serve(vmf, pgoff) : VM_FAULT_SIGBUS;
}

/* Takes the mapping's end for the object's: of one that was split that is another page. */
static vm_fault_t ends_fault(struct vm_fault *vmf)
{
	return vmf->pgoff < vma_pages(vmf->vma) ? serve(vmf, vmf->pgoff) : VM_FAULT_SIGBUS;
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
				     page_at(vma->vm_pgoff + i));
	return err;
}

/* Takes a private mapping for a shared one, whose pages are never copied. */
static int shares_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_SHARED);
	return sane_mmap(file, vma);
}

/* Found when this module goes, and by no one else: a driver that leaks has no such list. */
static LLIST_HEAD(taken);

void take_for_ever(void)
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

/* Frame numbers in place of pages; and no code in device memory. */
vm_fault_t frames_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(page_at(vmf->pgoff)));
}

static const struct vm_operations_struct frames_ops = { .fault = frames_fault };

/* No mistake, but what a mapping of frame numbers cannot do. */
static int frames_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return mmap_with(vma, &frames_ops);
}

/* All pages at mmap, and no ->fault for what the kernel drops later. */
static int dropped_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct page *pages[NR_PAGES];
	unsigned long nr = vma_pages(vma);

	if (!is_within(vma))
		return -EINVAL;
	for (unsigned long i = 0; i < nr; i++)
		pages[i] = page_at(vma->vm_pgoff + i);
	return vm_insert_pages(vma, vma->vm_start, pages, &nr);
}

/* The number of a frame in place of the offset, for a loop of its own or out of habit. */
static int pgoff_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = dropped_mmap(file, vma);

	vma->vm_pgoff = page_to_pfn(page_at(0));
	return err;
}

/* Not this: DRM's offsets are made up, and its nodes are in a folder of their own. */
static vm_fault_t fake_fault(struct vm_fault *vmf)
{
	pgoff_t pgoff = vmf->pgoff - FAKE_PGOFF;

	return pgoff < NR_PAGES ? serve(vmf, pgoff) : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct fake_ops = { .fault = fake_fault };

static int fake_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!is_within(vma))
		return -EINVAL;
	vma->vm_ops = &fake_ops;
	vma->vm_pgoff += FAKE_PGOFF;
	return 0;
}

/* The object is not as long as what can be mapped of it. */
static vm_fault_t half_fault(struct vm_fault *vmf)
{
	return vmf->pgoff < NR_PAGES / 2 ? serve(vmf, vmf->pgoff) : VM_FAULT_SIGBUS;
}

/* Does not look which page it was. */
static vm_fault_t same_fault(struct vm_fault *vmf)
{
	return serve(vmf, 0);
}

/* Serves what others left there. */
static vm_fault_t stale_fault(struct vm_fault *vmf)
{
	return vmf->pgoff < NR_PAGES ? serve(vmf, NR_PAGES + vmf->pgoff) : VM_FAULT_SIGBUS;
}

/* Forgets the page that it gave before; each begins with another byte. */
static vm_fault_t fresh_fault(struct vm_fault *vmf)
{
	static atomic_t given;

	if (vmf->pgoff >= NR_PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = alloc_page(GFP_KERNEL);
	if (!vmf->page)
		return VM_FAULT_OOM;
	memset(page_address(vmf->page), atomic_inc_return(&given) & 0xff, PAGE_SIZE);
	return 0;
}

/* One variable for the faults of all. */
static vm_fault_t races_fault(struct vm_fault *vmf)
{
	static pgoff_t turn;

	WRITE_ONCE(turn, vmf->pgoff);
	usleep_range(200, 400);
	return serve(vmf, min(READ_ONCE(turn), NR_PAGES - 1));
}

/* Remembers where it was mapped. */
static unsigned long kept_start;

static vm_fault_t keeps_fault(struct vm_fault *vmf)
{
	return serve(vmf, min((vmf->address - READ_ONCE(kept_start)) >> PAGE_SHIFT, NR_PAGES - 1));
}

static const struct vm_operations_struct keeps_ops = { .fault = keeps_fault };

static int keeps_mmap(struct file *file, struct vm_area_struct *vma)
{
	WRITE_ONCE(kept_start, vma->vm_start);
	return mmap_with(vma, &keeps_ops);
}

/* A fault that waits for what never comes; a signal that kills ends it. */
static vm_fault_t hang_fault(struct vm_fault *vmf)
{
	return fatal_signal_pending(current) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

#define DEVICE(name_, ...) {							\
	.minor = MISC_DYNAMIC_MINOR,						\
	.name = "vmadev_wrong_" #name_,						\
	__VA_ARGS__								\
}

#define MMAP(name_, ...) { .dev = DEVICE(name_, __VA_ARGS__), .mmap = name_##_mmap }
#define OPS(name_) { .dev = DEVICE(name_), .ops = &name_##_ops }
#define FOPS(name_) { .dev = DEVICE(name_, .fops = &name_##_fops) }
#define FAULT(name_) {								\
	.dev = DEVICE(name_),							\
	.ops = &(const struct vm_operations_struct) { .fault = name_##_fault },	\
}

static struct wrong wrongs[] = {
	MMAP(sane), MMAP(unbound), MMAP(grows), MMAP(reader), MMAP(private), MMAP(shares),
	MMAP(leak), MMAP(frames), MMAP(dropped), MMAP(pgoff), MMAP(keeps),
	MMAP(fake, .nodename = "dri/vmadev_wrong_fake"),
	FAULT(split), FAULT(ends), FAULT(half), FAULT(same), FAULT(stale), FAULT(fresh),
	FAULT(races), FAULT(hang),
	OPS(early), OPS(forks), MMAP(access), MMAP(peek), OPS(whole), OPS(policy),
	FOPS(flush), FOPS(ahead), FOPS(copy),
};

static int wrong_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct wrong *wrong = container_of(file->private_data, struct wrong, dev);

	return wrong->mmap ? wrong->mmap(file, vma) : mmap_with(vma, wrong->ops);
}

static const struct file_operations wrong_fops = {
	.owner	= THIS_MODULE,
	.mmap	= wrong_mmap,
};

static void remove_first(unsigned int count)
{
	while (count--)
		misc_deregister(&wrongs[count].dev);
	vfree(wrong_memory);
}

static int __init wrong_init(void)
{
	wrong_memory = vmalloc_user((NR_PAGES + NR_BEHIND) << PAGE_SHIFT);
	if (!wrong_memory)
		return -ENOMEM;
	memset(wrong_memory + (NR_PAGES << PAGE_SHIFT), STALE, NR_BEHIND << PAGE_SHIFT);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrongs); i++) {
		int err;

		if (!wrongs[i].dev.fops)
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
