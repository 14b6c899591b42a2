// SPDX-License-Identifier: GPL-2.0
/*
 * Backing shmem: the page cache of an unlinked tmpfs file; and backing none,
 * which has such a file too, always empty.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants fs.h */
#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "compat.h"
#include "region.h"
#include "shmem.h"

static struct vfsmount *shm_mnt;	/* constant after load */

/**
 * vmadev_shmem_init() - mount the kernel's own tmpfs once more
 *
 * The kernel asks the mount of a VMA's file, not the module, where it makes
 * another mapping of that file (remap_file_pages) or opens it anew
 * (/proc/PID/map_files). This mount is like the one of shmem_file_setup(), with
 * the same files and the same policy of huge pages, but says no to PROT_EXEC and
 * to whoever would open a file for writing to truncate it. Who holds the file
 * already, as the module and each mapping do, writes as before.
 *
 * It pins nothing of this module, and each file pins it: mappings may outlive
 * vmadev_shmem_exit() and the module.
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_shmem_init(void)
{
	struct file *file = vmadev_shmem_file(NULL, "vmadev", 0, false);
	struct fs_context *fc;
	struct vfsmount *mnt;
	struct dentry *root;

	if (IS_ERR(file))
		return -ENOMEM;
	root = file->f_path.mnt->mnt_root;
	fc = fs_context_for_mount(root->d_sb->s_type, SB_KERNMOUNT);
	if (IS_ERR(fc)) {
		fput(file);
		return PTR_ERR(fc);
	}
	fc->root = dget(root);			/* both are put by put_fs_context() */
	atomic_inc(&root->d_sb->s_active);
	mnt = vfs_create_mount(fc);
	put_fs_context(fc);
	fput(file);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	mnt->mnt_flags |= MNT_NOEXEC | MNT_READONLY;
	shm_mnt = mnt;
	return 0;
}

/**
 * vmadev_shmem_exit() - the mount goes when its last file does
 */
void vmadev_shmem_exit(void)
{
	mntput(shm_mnt);
}

/**
 * vmadev_region_shmem() - make an unlinked tmpfs file that bears a region's name
 * @region:  the region
 * @bytes:   the file's size
 * @reserve: commit the memory now, rather than at the first access
 *
 * Return: the file, or -ENOMEM, -ENFILE.
 */
struct file *vmadev_region_shmem(const struct vmadev_region *region, loff_t bytes, bool reserve)
{
	char name[sizeof("vmadev:") + VMADEV_NAME_MAX];
	struct file *shm;

	snprintf(name, sizeof(name), "vmadev:%s", region->name);
	shm = vmadev_shmem_file(shm_mnt, name, bytes, reserve);
	/* What tmpfs says when it has no memory for an inode. */
	return shm == ERR_PTR(-ENOSPC) ? ERR_PTR(-ENOMEM) : shm;
}

static int shmem_alloc(struct vmadev_region *region, gfp_t gfp, int node)
{
	struct file *shm = vmadev_region_shmem(region, vmadev_region_bytes(region), false);

	if (IS_ERR(shm))
		return PTR_ERR(shm);
	region->shm = shm;
	return 0;
}

static void shmem_free(struct vmadev_region *region)
{
	fput(region->shm);
}

static ssize_t shmem_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to)
{
	return vfs_iter_read(region->shm, to, &pos, 0);
}

/*
 * What tmpfs does for a write, without what stands before: no file grows here, also
 * where it has become shorter meanwhile, so RLIMIT_FSIZE and O_LARGEFILE have nothing
 * to say.
 */
static ssize_t shmem_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from)
{
	struct inode *inode = file_inode(region->shm);
	size_t asked = iov_iter_count(from), inside;
	ssize_t done = -ENOSPC;
	struct kiocb iocb;

	init_sync_kiocb(&iocb, region->shm);
	iocb.ki_pos = pos;
	inode_lock(inode);
	if (pos < i_size_read(inode)) {
		inside = min_t(u64, asked, i_size_read(inode) - pos);
		iov_iter_truncate(from, inside);
		done = generic_perform_write(&iocb, from);
		iov_iter_reexpand(from, iov_iter_count(from) + asked - inside);
	} else if (vmadev_region_revoked(region)) {
		done = -ENODEV;
	}
	inode_unlock(inode);
	return done;
}

static int set_size(struct vmadev_region *region, loff_t bytes)
{
	struct inode *inode = file_inode(region->shm);
	struct iattr attr = { .ia_valid = ATTR_SIZE, .ia_size = bytes };
	int err;

	inode_lock(inode);
	err = notify_change(&nop_mnt_idmap, region->shm->f_path.dentry, &attr, NULL);
	inode_unlock(inode);
	return err;
}

static int shmem_resize(struct vmadev_region *region, unsigned long nr_pages)
{
	int err = set_size(region, (loff_t)nr_pages << PAGE_SHIFT);

	if (!err)
		WRITE_ONCE(region->nr_pages, nr_pages);
	return err;
}

static int shmem_punch(struct vmadev_region *region, loff_t pos, loff_t len)
{
	return vfs_fallocate(region->shm, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, len);
}

static int shmem_fill(struct vmadev_region *region, loff_t pos, loff_t len)
{
	return vfs_fallocate(region->shm, FALLOC_FL_KEEP_SIZE, pos, len);
}

/* What tmpfs has no call for. */
static int shmem_zero(struct vmadev_region *region, loff_t pos, loff_t len)
{
	return shmem_punch(region, pos, len) ?: shmem_fill(region, pos, len);
}

static loff_t shmem_seek(struct vmadev_region *region, loff_t pos, int whence)
{
	return vfs_llseek(region->shm, pos, whence);
}

/* How many pages others have, up to @enough. What is in swap is nobody's. */
static unsigned long pages_pinned(const struct vmadev_region *region, unsigned long enough)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	struct folio_batch batch;
	unsigned long pinned = 0;
	pgoff_t next = 0;
	unsigned int i;

	folio_batch_init(&batch);
	while (pinned < enough && filemap_get_folios(mapping, &next, -1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			unsigned long nr = folio_nr_pages(batch.folios[i]);

			/* The page cache has one for each page; and one is the batch's. */
			if (vmadev_folio_pinned(batch.folios[i], nr + 1))
				pinned += nr;
		}
		folio_batch_release(&batch);
		cond_resched();
	}
	return pinned;
}

/**
 * vmadev_cache_pinned() - see &struct vmadev_backing
 * @region: one whose bytes are page cache
 */
bool vmadev_cache_pinned(const struct vmadev_region *region)
{
	return pages_pinned(region, 1);
}

/*
 * A cut of its file, whose mappings are tmpfs's own: there they can show nothing else than
 * what such a cut shows.
 */
static int shmem_revoke(struct vmadev_region *region, u32 how, u64 *pinned)
{
	unsigned long pages;
	int err;

	if (how != VMADEV_REVOKE_SIGBUS)
		return -EOPNOTSUPP;
	vmadev_region_write_lock();
	vmadev_region_gone(region, how);
	vmadev_region_write_unlock();

	pages = pages_pinned(region, ULONG_MAX);
	if (pages) {
		vmadev_drain_all();
		pages = pages_pinned(region, ULONG_MAX);
	}
	*pinned = (u64)pages << PAGE_SHIFT;
	err = set_size(region, 0);
	if (err) {
		vmadev_region_write_lock();
		vmadev_region_back(region);
		vmadev_region_write_unlock();
	}
	return err;
}

static int shmem_restore(struct vmadev_region *region)
{
	int err = set_size(region, (loff_t)region->revoked_pages << PAGE_SHIFT);

	if (err)
		return err;
	vmadev_region_write_lock();
	vmadev_region_back(region);
	vmadev_region_write_unlock();
	return 0;
}

const struct vmadev_backing vmadev_backing_shmem = {
	.id		= VMADEV_BACKING_SHMEM,
	.name		= "shmem",
	.strategy	= VMADEV_STRATEGY_CACHE,
	.observed	= VMADEV_STAT_MMAPS | VMADEV_STAT_ZAPS | VMADEV_STAT_VMAS,
	.copies		= 1,
	.alloc		= shmem_alloc,
	.free		= shmem_free,
	.read		= shmem_read,
	.write		= shmem_write,
	.resize		= shmem_resize,
	.punch		= shmem_punch,
	.zero		= shmem_zero,
	.fill		= shmem_fill,
	.seek		= shmem_seek,
	.pinned		= vmadev_cache_pinned,
	.revoke		= shmem_revoke,
	.restore	= shmem_restore,
};

static ssize_t none_read(struct vmadev_region *region, loff_t pos, struct iov_iter *to)
{
	ssize_t done = 0;

	while (iov_iter_count(to) && !fatal_signal_pending(current)) {
		size_t want = min_t(size_t, iov_iter_count(to), SZ_64K);
		size_t got = iov_iter_zero(want, to);

		done += got;
		if (got < want)
			break;
		cond_resched();
	}
	return done ?: -EFAULT;
}

static ssize_t none_write(struct vmadev_region *region, loff_t pos, struct iov_iter *from)
{
	size_t n = iov_iter_count(from);

	iov_iter_advance(from, n);
	return n;
}

/*
 * The file never becomes shorter: that would empty the private mappings. What the kernel
 * asks of it is whether they are inside.
 */
static int none_resize(struct vmadev_region *region, unsigned long nr_pages)
{
	if ((loff_t)nr_pages << PAGE_SHIFT > i_size_read(file_inode(region->shm)))
		return shmem_resize(region, nr_pages);
	WRITE_ONCE(region->nr_pages, nr_pages);
	return 0;
}

/* All of it is zeros, whatever is asked. */
static int none_nothing(struct vmadev_region *region, loff_t pos, loff_t len)
{
	return 0;
}

/*
 * The private mappings of none carry its file rather than the device's own, so
 * that they may outlive the module, and because userfaultfd looks at the size
 * of the file that a VMA carries.
 */
const struct vmadev_backing vmadev_backing_none = {
	.id		= VMADEV_BACKING_NONE,
	.name		= "none",
	.strategy	= VMADEV_STRATEGY_ANON,
	.observed	= VMADEV_STAT_MMAPS | VMADEV_STAT_ZAPS,
	.alloc		= shmem_alloc,
	.free		= shmem_free,
	.read		= none_read,
	.write		= none_write,
	.resize		= none_resize,
	.punch		= none_nothing,
	.zero		= none_nothing,
	.fill		= none_nothing,
};
