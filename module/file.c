// SPDX-License-Identifier: GPL-2.0
/*
 * What a file of a region can do. None of it takes a lock that a page fault
 * takes: the buffer of a read may be a mapping of the very same region.
 */
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "compat.h"
#include "fdinfo.h"
#include "handle.h"
#include "inject.h"
#include "ioctl.h"
#include "trace.h"
#include "vma.h"

static struct vmadev_region *region_of(const struct file *file)
{
	return vmadev_handle_of(file)->region;
}

static int vmadev_release(struct inode *inode, struct file *file)
{
	vmadev_handle_release(vmadev_handle_of(file));
	return 0;
}

static loff_t vmadev_llseek(struct file *file, loff_t offset, int whence)
{
	struct vmadev_region *region = region_of(file);

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
						i_size_read(region->inode));
	inode_lock(region->inode);
	offset = vmadev_region_seek(region, offset, whence);
	inode_unlock(region->inode);
	return offset < 0 ? offset : vfs_setpos(file, offset, MAX_LFS_FILESIZE);
}

/* Both ways: cut @iter to what is inside the region's @bytes, copy, move on. */
static ssize_t transfer(struct kiocb *iocb, struct iov_iter *iter, u64 bytes, u32 access,
			ssize_t (*copy)(struct vmadev_region *, loff_t, struct iov_iter *))
{
	struct vmadev_region *region = region_of(iocb->ki_filp);
	size_t asked = iov_iter_count(iter);
	s64 inside = min_t(u64, asked, bytes - iocb->ki_pos);
	ssize_t done;

	if (vmadev_injecting())
		inside = vmadev_inject_call(region, access, iocb->ki_pos, inside);
	if (inside < 0)
		return inside;
	iov_iter_truncate(iter, inside);
	done = copy(region, iocb->ki_pos, iter);
	/* Meanwhile; it ends nowhere, rather than here. */
	if (done <= 0 && vmadev_region_revoked(region))
		done = -ENODEV;
	iov_iter_reexpand(iter, iov_iter_count(iter) + asked - inside);
	if (done > 0)
		iocb->ki_pos += done;
	return done;
}

static ssize_t vmadev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct vmadev_region *region = region_of(iocb->ki_filp);
	u64 bytes = i_size_read(region->inode);	/* also while it is revoked */

	if (!iov_iter_count(to))
		return 0;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (iocb->ki_pos >= bytes)
		return 0;
	return transfer(iocb, to, bytes, VMADEV_ON_READ_CALL, region->backing->read);
}

/* Position is as the caller says, O_APPEND or not: no write moves the end. */
static ssize_t write_inside(struct kiocb *iocb, struct iov_iter *from)
{
	struct vmadev_region *region = region_of(iocb->ki_filp);
	u64 bytes = i_size_read(region->inode);	/* also while it is revoked */

	if (!iov_iter_count(from))
		return 0;
	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		return -EPERM;
	if (iocb->ki_pos >= bytes)
		return -ENOSPC;
	return transfer(iocb, from, bytes, VMADEV_ON_WRITE_CALL, region->backing->write);
}

/* Of a file that has a name, as of any other; what could not be written it is not longer by. */
static ssize_t write_growing(struct kiocb *iocb, struct iov_iter *from)
{
	struct vmadev_region *region = region_of(iocb->ki_filp);
	loff_t before = i_size_read(region->inode), end;
	ssize_t asked = generic_write_checks(iocb, from), done;
	int err;

	if (asked <= 0)
		return asked;
	end = iocb->ki_pos + asked;
	err = file_update_time(iocb->ki_filp);
	if (!err && end > before)
		err = vmadev_region_truncate(region, end);
	if (err)
		return err;
	done = write_inside(iocb, from);
	if (done < asked && end > before)
		vmadev_region_truncate(region, done > 0 ? max(before, iocb->ki_pos) : before);
	return done;
}

static ssize_t vmadev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vmadev_region *region = region_of(iocb->ki_filp);
	ssize_t done;

	if (region->mounted) {
		inode_lock(region->inode);
		done = write_growing(iocb, from);
		inode_unlock(region->inode);
	} else {
		done = write_inside(iocb, from);
	}
	return done > 0 ? generic_write_sync(iocb, done) : done;
}

/*
 * A rule that says EIO or ENOSPC is a medium that fails. With the other errnos nothing was
 * begun.
 */
static int refuse_sync(struct vmadev_region *region, loff_t start, loff_t end, int err)
{
	if (region->backing->lose && (err == -EIO || err == -ENOSPC))
		region->backing->lose(region, start, end, err);
	return err;
}

static int vmadev_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct vmadev_region *region = region_of(file);
	s64 bytes = min_t(u64, (u64)end - start + 1, S64_MAX);
	int err = 0, earlier;

	if (vmadev_injecting())
		bytes = vmadev_inject_call(region, VMADEV_ON_SYNC, start, bytes);
	trace_vmadev_fsync(region->id, start, end, datasync);
	if (bytes < 0)
		err = refuse_sync(region, start, end, bytes);
	else if (region->backing->sync)
		err = region->backing->sync(region, start, end);
	/* What was lost, by whomever's sync, each file is told once. */
	earlier = file_check_and_advance_wb_err(file);
	return err ?: earlier;
}

/*
 * Where a file has none of this, glibc writes a byte of each block back as it has read
 * it, and loses what others stored meanwhile. The kernel has seen to the range, and does
 * not come here for a device's node.
 */
static long vmadev_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct vmadev_region *region = region_of(file);
	int err;

	inode_lock(region->inode);
	err = vmadev_region_fallocate(region, mode, offset, len);
	inode_unlock(region->inode);
	return err;
}

/*
 * Huge pages want aligned addresses: tmpfs knows for its own. Private memory of
 * none has no tmpfs beneath it.
 */
static unsigned long shm_get_unmapped_area(struct file *file, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags)
{
	struct file *shm = region_of(file)->shm;

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (region_of(file)->backing->id == VMADEV_BACKING_NONE && !(flags & MAP_SHARED))
		return thp_get_unmapped_area(file, addr, len, pgoff, flags);
#endif
	return shm->f_op->get_unmapped_area(shm, addr, len, pgoff, flags);
}

#define VMADEV_FOPS					\
	.owner		= THIS_MODULE,			\
	.release	= vmadev_release,		\
	.llseek		= vmadev_llseek,		\
	.read_iter	= vmadev_read_iter,		\
	.write_iter	= vmadev_write_iter,		\
	.splice_read	= copy_splice_read,		\
	.splice_write	= iter_file_splice_write,	\
	.fsync		= vmadev_fsync,			\
	.fallocate	= vmadev_fallocate,		\
	.unlocked_ioctl	= vmadev_ioctl,			\
	.compat_ioctl	= compat_ptr_ioctl,		\
	.show_fdinfo	= vmadev_show_fdinfo

const struct file_operations vmadev_page_fops = {
	VMADEV_FOPS,
	VMADEV_MMAP_HOOK,
};

/* Huge entries want an address that is aligned as the offset is. */
const struct file_operations vmadev_contig_fops = {
	VMADEV_FOPS,
	VMADEV_MMAP_HOOK,
	.get_unmapped_area	= thp_get_unmapped_area,
};

/*
 * A mapping of tmpfs swaps the VMA's file. Under mmap_prepare that would leak a
 * reference on every merge, so these keep mmap on all kernels.
 */
const struct file_operations vmadev_shm_fops = {
	VMADEV_FOPS,
	.mmap			= vmadev_mmap,
	.get_unmapped_area	= shm_get_unmapped_area,
};
