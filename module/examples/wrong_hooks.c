// SPDX-License-Identifier: GPL-2.0
/* NOT to be copied: what drivers get wrong in other hooks than ->mmap and ->fault. */
#include <linux/fadvise.h>
#include <linux/uaccess.h>

#include "wrong.h"

/* What a driver does that takes this for the end of all mappings, or of the last user. */
static void reset_memory(void)
{
	memset(wrong_memory, 0xee, NR_PAGES << PAGE_SHIFT);
}

/* Without ->open, the first close of two mappings is taken for the last. */
static void early_close(struct vm_area_struct *vma)
{
	reset_memory();
}

const struct vm_operations_struct early_ops = {
	.fault = sane_fault,
	.close = early_close,
};

/* Takes at a split or a fork what is never given back. */
static void forks_open(struct vm_area_struct *vma)
{
	take_for_ever();
}

const struct vm_operations_struct forks_ops = {
	.open = forks_open,
	.fault = sane_fault,
};

static int frames_mmap_with(struct vm_area_struct *vma, const struct vm_operations_struct *ops)
{
	/* Of PFNs a private mapping would be a BUG(), and that is another mistake. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP);
	return mmap_with(vma, ops);
}

/* Serves debuggers what they ask for, also a write to what is only read. */
static int access_any(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	char *at = wrong_memory + (addr - vma->vm_start) + (vma->vm_pgoff << PAGE_SHIFT);

	if (write)
		memcpy(at, buf, len);
	else
		memcpy(buf, at, len);
	return len;
}

static const struct vm_operations_struct access_ops = {
	.fault = frames_fault,
	.access = access_any,
};

int access_mmap(struct file *file, struct vm_area_struct *vma)
{
	return frames_mmap_with(vma, &access_ops);
}

/* Shows debuggers the begin of it, whatever they ask for. */
static int peek_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		       int write)
{
	if (write)
		return -EACCES;
	len = min_t(int, len, PAGE_SIZE);
	memcpy(buf, wrong_memory, len);
	return len;
}

static const struct vm_operations_struct peek_ops = {
	.fault = frames_fault,
	.access = peek_access,
};

int peek_mmap(struct file *file, struct vm_area_struct *vma)
{
	return frames_mmap_with(vma, &peek_ops);
}

/* No mistake, but seldom seen: may not be split. */
static int refuse_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

const struct vm_operations_struct whole_ops = {
	.fault = sane_fault,
	.may_split = refuse_split,
};

/* Nor this: where its memory is cannot be chosen. */
#ifdef CONFIG_NUMA
static int refuse_policy(struct vm_area_struct *vma, struct mempolicy *policy)
{
	return -EINVAL;
}
#endif

const struct vm_operations_struct policy_ops = {
	.fault = sane_fault,
#ifdef CONFIG_NUMA
	.set_policy = refuse_policy,
#endif
};

/* Called for each close(2), of a copy of the descriptor, too, and for each process that ends. */
static int flush_memory(struct file *file, fl_owner_t owner)
{
	reset_memory();
	return 0;
}

const struct file_operations flush_fops = {
	.owner	= THIS_MODULE,
	.mmap	= sane_mmap,
	.flush	= flush_memory,
};

/* Reads ahead from the device over what was written meanwhile. */
static int read_ahead(struct file *file, loff_t offset, loff_t len, int advice)
{
	if (advice == POSIX_FADV_WILLNEED)
		reset_memory();
	return 0;
}

const struct file_operations ahead_fops = {
	.owner	 = THIS_MODULE,
	.mmap	 = sane_mmap,
	.fadvise = read_ahead,
};

/* read(2) gives a copy that was made before anybody wrote to a mapping. */
static ssize_t read_copy(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, wrong_memory + (NR_PAGES << PAGE_SHIFT),
				       NR_BEHIND << PAGE_SHIFT);
}

static int sync_nothing(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

const struct file_operations copy_fops = {
	.owner	= THIS_MODULE,
	.mmap	= sane_mmap,
	.read	= read_copy,
	.fsync	= sync_nothing,
};
