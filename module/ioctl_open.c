// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls that give descriptors of regions that there are; uapi/vmadev.h documents them
 * for callers.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/security.h>

#include "handle.h"
#include "ioctl.h"
#include "strategy.h"

/**
 * vmadev_install_handle() - make a descriptor of a region
 * @region:   that the caller holds a reference on
 * @strategy: of the handle
 * @oflags:   an access mode of open(2), 3 too
 *
 * Return: the new descriptor, or -ENOMEM, -ENFILE, -EMFILE.
 */
long vmadev_install_handle(struct vmadev_region *region, const struct vmadev_strategy *strategy,
			   int oflags)
{
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	file = vmadev_handle_file(region, strategy, oflags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/**
 * vmadev_access_mode() - of a descriptor that another one is asked for
 * @file:   a handle's
 * @access: enum vmadev_access; 0: as @file
 *
 * Return: an access mode of open(2); -EACCES, it is more than @file has; -EINVAL.
 */
int vmadev_access_mode(const struct file *file, u32 access)
{
	bool writer = file->f_mode & FMODE_WRITE;
	bool reader = file->f_mode & FMODE_READ;

	switch (access) {
	case 0:
		return file->f_flags & O_ACCMODE;
	case VMADEV_ACCESS_READ:
		return reader ? O_RDONLY : -EACCES;
	case VMADEV_ACCESS_READ_WRITE:
		return reader && writer ? O_RDWR : -EACCES;
	default:
		return -EINVAL;
	}
}

/**
 * vmadev_ioctl_open() - VMADEV_IOC_OPEN
 * @file: a handle's
 * @arg:  the argument
 */
long vmadev_ioctl_open(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	int err, oflags = vmadev_access_mode(file, arg->open.access);
	const struct vmadev_strategy *strategy;

	if (arg->open.reserved)
		return -EINVAL;
	if (oflags < 0)
		return oflags;
	if (region->mounted)	/* it has a path, which opens it */
		return -EOPNOTSUPP;
	err = vmadev_strategy_for(region, arg->open.strategy, &strategy);
	return err ?: vmadev_install_handle(region, strategy, oflags);
}

/**
 * vmadev_ioctl_open_by_name() - VMADEV_IOC_OPEN_BY_NAME
 * @file: a handle's
 * @arg:  the argument
 *
 * Who is given a region's descriptor is given that region, so it has to be the node's. What
 * a device can be told to do is as much as who has /dev/mem can.
 */
long vmadev_ioctl_open_by_name(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_open_by_name *open = &arg->open_by_name;
	int oflags = vmadev_access_mode(file, open->access);
	const struct vmadev_strategy *strategy;
	struct vmadev_region *region;
	long ret;

	if (open->reserved || !vmadev_region_name_ok(open->name))
		return -EINVAL;
	if (oflags < 0)
		return oflags;
	if (!S_ISCHR(file_inode(file)->i_mode) || !capable(CAP_SYS_RAWIO))
		return -EPERM;
	ret = security_locked_down(LOCKDOWN_PCI_ACCESS);
	if (ret)
		return ret;
	region = vmadev_region_by_name(open->name);
	if (!region)
		return -ENOENT;
	ret = vmadev_strategy_for(region, open->strategy, &strategy);
	if (!ret)
		ret = vmadev_install_handle(region, strategy, oflags);
	vmadev_region_put(region);
	return ret;
}
