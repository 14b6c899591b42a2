// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of directories on a mount of media; uapi/vmadev.h documents them for callers.
 */
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "ioctl.h"
#include "media.h"
#include "names.h"

#define MOST_CHANGES	65536	/* in a list */

/* A name makes it longer than all others, which shall not pay for it. */
union names_arg {
	union vmadev_arg arg;
	struct vmadev_unsynced_name name;
};

static long ioctl_names(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_names *names = vmadev_names_of(file_inode(file)->i_sb);
	struct vmadev_unsynced_name *told = &container_of(arg, union names_arg, arg)->name;
	struct vmadev_name *name;
	long ret = -ENOENT;

	BUILD_BUG_ON(sizeof(told->name) != NAME_MAX + 1);
	if (told->flags || told->name[NAME_MAX])
		return -EINVAL;
	spin_lock(&names->lock);
	name = vmadev_names_after(names, file_inode(file), told->name);
	if (name) {
		told->durable = name->durable ? name->durable->i_ino : 0;
		told->bytes = name->durable ? i_size_read(name->durable) : 0;
		told->live = name->live ? d_inode(name->live)->i_ino : 0;
		told->change = name->change;
		memset(told->name, 0, sizeof(told->name));
		strscpy(told->name, name->text, sizeof(told->name));
		ret = 0;
	}
	spin_unlock(&names->lock);
	return ret;
}

/* The file of a name that is back after a crash, with a reference; NULL: there is none. */
static struct inode *durable_file(struct inode *dir, u64 region)
{
	struct vmadev_names *names = vmadev_names_of(dir->i_sb);
	struct vmadev_name *name;
	struct inode *inode = NULL;

	spin_lock(&names->lock);
	name = vmadev_names_after(names, dir, "");
	while (name && !(name->durable && name->durable->i_ino == region))
		name = vmadev_names_after(names, dir, name->text);
	if (name) {
		inode = name->durable;
		ihold(inode);
	}
	spin_unlock(&names->lock);
	return inode;
}

/* Who could open it, while it has a name, may. */
static long ioctl_crash_fork(struct file *file, union vmadev_arg *arg)
{
	struct inode *inode = durable_file(file_inode(file), arg->crash.region);
	long ret;

	if (!inode)
		return -ENOENT;
	ret = inode_permission(&nop_mnt_idmap, inode, MAY_READ | MAY_WRITE);
	if (!ret)
		ret = vmadev_crash_fork(inode->i_private, &arg->crash);
	iput(inode);
	return ret;
}

static int keep_get(const struct vmadev_crash *crash, struct vmadev_keep *keep)
{
	*keep = (struct vmadev_keep) {
		.mode = crash->mode ?: VMADEV_KEEP_NONE,
		.seed = crash->seed,
		.nr_pages = crash->nr_pages,
	};
	if (crash->flags || crash->tear || crash->region || !vmadev_keep_ok(keep))
		return -EINVAL;
	if (memchr_inv(crash->name, 0, sizeof(crash->name)))
		return -EINVAL;
	if (keep->mode != VMADEV_KEEP_LIST)
		return crash->list || crash->nr_pages ? -EINVAL : 0;
	if (crash->nr_pages > MOST_CHANGES)
		return -EINVAL;
	if (!crash->nr_pages)
		return 0;
	keep->list = vmemdup_user(u64_to_user_ptr(crash->list),
				  crash->nr_pages * sizeof(*keep->list));
	return PTR_ERR_OR_ZERO(keep->list);
}

static long ioctl_crash_revert(struct file *file, union vmadev_arg *arg)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct vmadev_keep keep;
	long ret;

	/* Names of all directories go, so it is not enough to own this one. */
	if (!inode_owner_or_capable(&nop_mnt_idmap, d_inode(sb->s_root)))
		return -EPERM;
	ret = keep_get(&arg->crash, &keep);
	if (ret)
		return ret;
	ret = mnt_want_write_file(file);
	if (!ret) {
		ret = vmadev_names_revert(vmadev_names_of(sb), &keep);
		mnt_drop_write_file(file);
	}
	kvfree(keep.list);
	return ret;
}

static const struct vmadev_ioctl ioctls[] = {
	VMADEV_IOCTL(VMADEV_IOC_CRASH_FORK, ioctl_crash_fork, vmadev_crash, region, false),
	VMADEV_IOCTL(VMADEV_IOC_CRASH_REVERT, ioctl_crash_revert, vmadev_crash, name, false),
	VMADEV_IOCTL(VMADEV_IOC_NAMES, ioctl_names, vmadev_unsynced_name, name, true),
};

/**
 * vmadev_names_ioctl() - &file_operations.unlocked_ioctl of a directory
 * @file: of a mount of media
 * @cmd:  VMADEV_IOC_*
 * @arg:  user pointer to the struct of that command
 *
 * Return: 0 or a descriptor, or an error as uapi/vmadev.h says.
 */
long vmadev_names_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	union names_arg karg;

	return vmadev_ioctl_run(ioctls, ARRAY_SIZE(ioctls), file, cmd, (void __user *)arg,
				&karg.arg);
}
