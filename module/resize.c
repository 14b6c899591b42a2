// SPDX-License-Identifier: GPL-2.0
/*
 * ftruncate, fallocate and lseek of a region, as they are on a memfd; the region's inode
 * is locked for each. What depends on where the bytes are is the backing's.
 */
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants fs.h */
#include <linux/mm.h>

#include "dirty.h"
#include "memtype.h"
#include "trace.h"

/**
 * vmadev_region_abilities() - what can be done to a region
 * @region: the region
 *
 * Return: bitmap VMADEV_CAN_*
 */
u32 vmadev_region_abilities(const struct vmadev_region *region)
{
	const struct vmadev_backing *backing = region->backing;
	u32 can = (backing->id == VMADEV_BACKING_MEDIA ? VMADEV_CAN_CRASH : 0) |
		  (backing->settle ? VMADEV_CAN_INJECT : 0) |
		  (vmadev_logs(region) ? VMADEV_CAN_DIRTY : 0);

	if (IS_ENABLED(CONFIG_DMA_SHARED_BUFFER) && backing->get_page && !region->mounted &&
	    !vmadev_memtype_differs(region))
		can |= VMADEV_CAN_EXPORT;
	if (region->fixed)
		return can;
	return can | (backing->punch ? VMADEV_CAN_PUNCH : 0) |
	       (backing->resize ? VMADEV_CAN_RESIZE : 0) |
	       (backing->seek ? VMADEV_CAN_HOLES : 0) |
	       (vmadev_region_sealed(region, VMADEV_SEAL_SEAL) ? 0 : VMADEV_CAN_SEAL) |
	       (backing->revoke ? VMADEV_CAN_REVOKE : 0);
}

/* From where a file ends, or ended, to the end of that page: mappings can store there. */
static int zero_tail(struct vmadev_region *region, loff_t pos)
{
	const struct vmadev_backing *backing = region->backing;
	loff_t end = round_up(pos, PAGE_SIZE);

	if (pos == end)
		return 0;
	return (backing->cut ?: backing->punch)(region, pos, end - pos);
}

static int resize(struct vmadev_region *region, u64 before, loff_t bytes)
{
	u64 after = round_up((u64)bytes, PAGE_SIZE);
	int err = 0;

	if (after == before)
		return 0;
	if (vmadev_logs(region))
		err = vmadev_log_make_room(region, after >> PAGE_SHIFT);
	if (!err && after > before)
		err = vmadev_region_take_room(region, after - before);
	if (err)
		return err;
	err = region->backing->resize(region, after >> PAGE_SHIFT);
	if (!err && after > before)
		vmadev_log_range(region, before >> PAGE_SHIFT, (after - before) >> PAGE_SHIFT);
	if (err && after > before)
		vmadev_region_give_room(region, after - before);
	if (!err && after < before)
		vmadev_region_give_room(region, before - after);
	return err;
}

static int truncate(struct vmadev_region *region, u64 before, loff_t bytes)
{
	loff_t size = i_size_read(region->inode);
	int err;

	if (region->fixed)
		return -EPERM;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (!PAGE_ALIGNED(bytes) && !region->mounted)
		return -EINVAL;
	if (bytes == size)
		return 0;
	if (vmadev_region_sealed(region, bytes < size ? VMADEV_SEAL_SHRINK : VMADEV_SEAL_GROW))
		return -EPERM;
	if (!region->backing->resize)
		return -EOPNOTSUPP;
	err = inode_newsize_ok(region->inode, bytes);
	if (!err)
		err = zero_tail(region, min(bytes, size));
	if (!err)
		err = resize(region, before, bytes);
	if (err)
		return err;
	i_size_write(region->inode, bytes);
	/* A file of no blocks some programs take for one of zeros. */
	if (region->mounted)
		inode_set_bytes(region->inode, vmadev_region_bytes(region));
	return 0;
}

/**
 * vmadev_region_truncate() - make a region longer or shorter
 * @region: the region
 * @bytes:  that it shall have
 *
 * Return: 0; -EPERM, it is fixed or sealed; -ENODEV, it is revoked; -EINVAL, no multiple of
 * the page size, and not mounted; -EOPNOTSUPP, its backing is of a fixed size; -EFBIG,
 * RLIMIT_FSIZE, with SIGXFSZ; -ENOSPC, the cap; -EBUSY, pages have to stay; -ENOMEM; -EINTR.
 */
int vmadev_region_truncate(struct vmadev_region *region, loff_t bytes)
{
	u64 before = vmadev_region_bytes(region);
	int err = truncate(region, before, bytes);

	trace_vmadev_resize(region->id, before >> PAGE_SHIFT, bytes >> PAGE_SHIFT, err);
	return err;
}

static int allocate(struct vmadev_region *region, int mode, loff_t pos, loff_t len)
{
	const struct vmadev_backing *backing = region->backing;
	u64 bytes = i_size_read(region->inode), end = pos + len;
	int (*how)(struct vmadev_region *region, loff_t pos, loff_t len);
	bool grows = end > bytes;
	int err = 0;

	if (region->fixed && mode)
		return -EOPNOTSUPP;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (!backing->punch)
		return -EOPNOTSUPP;
	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case 0:
		how = backing->fill;
		break;
	case FALLOC_FL_ZERO_RANGE:
		how = backing->zero;
		if (vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
			return -EPERM;
		break;
	case FALLOC_FL_PUNCH_HOLE:
		if (vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
			return -EPERM;
		if (pos >= bytes)
			return 0;
		return backing->punch(region, pos, min_t(u64, len, bytes - pos));
	default:
		return -EOPNOTSUPP;
	}
	if (grows && vmadev_region_sealed(region, VMADEV_SEAL_GROW))
		return -EPERM;
	if (grows && (region->fixed || !backing->resize || mode & FALLOC_FL_KEEP_SIZE))
		return -ENOSPC;
	if (region->fixed)
		return 0;
	if (grows)
		err = vmadev_region_truncate(region, end);
	if (err)
		return err;
	err = how(region, pos, len);
	if (err && grows)
		vmadev_region_truncate(region, bytes);
	return err;
}

/**
 * vmadev_region_fallocate() - punch, make zeros, or get memory, also past the end
 * @region: the region
 * @mode:   FALLOC_FL_*
 * @pos:    not negative
 * @len:    bytes, not 0, and no overflow
 *
 * Return: 0; -EOPNOTSUPP, another @mode, or any but 0 for what is fixed; -EPERM, it is sealed;
 * -ENOSPC, past the end of what cannot grow or shall not; or as vmadev_region_truncate();
 * -EIO, poison.
 */
int vmadev_region_fallocate(struct vmadev_region *region, int mode, loff_t pos, loff_t len)
{
	int err = allocate(region, mode, pos, len);

	trace_vmadev_fallocate(region->id, mode, pos, len, err);
	return err;
}

/**
 * vmadev_region_seek() - find data, or a hole
 * @region: the region
 * @pos:    from where
 * @whence: SEEK_DATA or SEEK_HOLE
 *
 * Return: where; -ENODEV, it is revoked; -ENXIO, past the end, or no data up to it.
 */
loff_t vmadev_region_seek(struct vmadev_region *region, loff_t pos, int whence)
{
	const struct vmadev_backing *backing = region->backing;
	loff_t bytes = i_size_read(region->inode);

	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (pos < 0 || pos >= bytes)
		return -ENXIO;
	if (backing->seek && !region->fixed)
		return min(backing->seek(region, pos, whence), bytes);
	return whence == SEEK_DATA ? pos : bytes;
}
