// SPDX-License-Identifier: GPL-2.0
/*
 * Backing bar: memory of a device (pci.c). There are no pages behind it: mappings have PFNs,
 * and what is copied goes through the kernel's own mapping of it, by accesses of the width
 * that the caller's count and offset tell: for a register it is not the same.
 */
#include <linux/log2.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "bar.h"
#include "handle.h"
#include "vma.h"

#define COPIED_AT_ONCE	256	/* bytes, of the stack; no access is in two of these */

static int bar_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	unsigned long pfn = region->bar->pfn, nr = vmadev_region_pages(region);

	region->run_bytes = vmadev_region_bytes(region);
	region->one_run = true;
	region->order = pfn ? min_t(unsigned int, ilog2(nr), __ffs(pfn)) : ilog2(nr);
	return 0;
}

static void bar_free(struct vmadev_region *region)
{
	kfree(region->bar);
}

static unsigned long bar_pfn(const struct vmadev_region *region, pgoff_t pgoff, unsigned long *nr)
{
	return region->bar->pfn + pgoff;
}

/* Of the access at @pos: the widest that is aligned and not more than what is left. */
static size_t width_at(loff_t pos, size_t left)
{
	size_t width = sizeof(long);

	while (width > left || !IS_ALIGNED(pos, width))
		width /= 2;
	return width;
}

static void load(const void __iomem *from, void *to, size_t width)
{
	switch (width) {
	case 1:
		*(u8 *)to = readb(from);
		break;
	case 2:
		*(u16 *)to = readw(from);
		break;
	case 4:
		*(u32 *)to = readl(from);
		break;
#ifdef CONFIG_64BIT
	case 8:
		*(u64 *)to = readq(from);
		break;
#endif
	}
}

static void store(void __iomem *to, const void *from, size_t width)
{
	switch (width) {
	case 1:
		writeb(*(const u8 *)from, to);
		break;
	case 2:
		writew(*(const u16 *)from, to);
		break;
	case 4:
		writel(*(const u32 *)from, to);
		break;
#ifdef CONFIG_64BIT
	case 8:
		writeq(*(const u64 *)from, to);
		break;
#endif
	}
}

/* Between a device and memory that is aligned as it is. False: the device is gone. */
static bool copy(const struct vmadev_region *region, loff_t pos, void *buf, size_t len, bool write)
{
	bool there;

	vmadev_region_read_lock();
	there = vmadev_region_has(region, pos >> PAGE_SHIFT, 1);
	while (there && len) {
		size_t width = width_at(pos, len);
		void __iomem *at = region->bar->base + pos;

		if (write)
			store(at, buf, width);
		else
			load(at, buf, width);
		pos += width;
		buf += width;
		len -= width;
	}
	vmadev_region_read_unlock();
	return there;
}

/* As much as is copied next, and where: as aligned in the buffer as it is in the device. */
static size_t piece_at(loff_t pos, size_t left, u64 *buf, void **at)
{
	size_t off = pos % COPIED_AT_ONCE;

	*at = (void *)buf + off;
	return min_t(size_t, left, COPIED_AT_ONCE - off);
}

static ssize_t bar_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to)
{
	u64 buf[COPIED_AT_ONCE / sizeof(u64)];
	ssize_t done = 0, err = -EFAULT;

	while (iov_iter_count(to)) {
		void *at;
		size_t want = piece_at(pos + done, iov_iter_count(to), buf, &at), got;

		if (!copy(region, pos + done, at, want, false)) {
			err = -ENODEV;
			break;
		}
		got = copy_to_iter(at, want, to);
		done += got;
		if (got < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ?: err;
}

/* A piece that the caller does not have all of is not begun: it would be of another width. */
static ssize_t bar_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from)
{
	u64 buf[COPIED_AT_ONCE / sizeof(u64)];
	ssize_t done = 0, err = 0;

	while (iov_iter_count(from)) {
		void *at;
		size_t want = piece_at(pos + done, iov_iter_count(from), buf, &at);
		size_t got = copy_from_iter(at, want, from);

		if (got == want && copy(region, pos + done, at, want, true)) {
			done += want;
		} else {
			err = got < want ? -EFAULT : -ENODEV;
			iov_iter_revert(from, got);
			break;
		}
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ?: err;
}

/**
 * vmadev_bar_access() - &vm_operations_struct.access, as vmadev_vma_access()
 * @vma:   the VMA
 * @addr:  in it
 * @buf:   the kernel's
 * @len:   bytes, at most up to the end of the VMA
 * @write: to the VMA
 *
 * Not generic_access_phys(), which wants a PTE to be there, and copies by whatever width.
 *
 * Return: bytes copied; -EFAULT, it may not be written, or the device is gone.
 */
int vmadev_bar_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write)
{
	const struct vmadev_region *region = vmadev_handle_of(vma->vm_file)->region;
	loff_t pos = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
	u64 piece[COPIED_AT_ONCE / sizeof(u64)];
	int done = 0;

	if (write && (vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	while (done < len) {
		void *at;
		size_t n = piece_at(pos + done, len - done, piece, &at);

		if (write)
			memcpy(at, buf + done, n);
		if (!copy(region, pos + done, at, n, write))
			break;
		if (!write)
			memcpy(buf + done, at, n);
		done += n;
	}
	return done ?: -EFAULT;
}

const struct vmadev_backing vmadev_backing_bar = {
	.id		= VMADEV_BACKING_BAR,
	.name		= "bar",
	.strategy	= VMADEV_STRATEGY_PFN,
	.observed	= VMADEV_STATS_ALL,
	.named		= true,
	.alloc		= bar_alloc,
	.free		= bar_free,
	.read		= bar_read,
	.write		= bar_write,
	.pfn		= bar_pfn,
};
