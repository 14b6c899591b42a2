/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_IOCTL_H
#define VMADEV_IOCTL_H

#include <linux/stddef.h>
#include <linux/types.h>

#include "vmadev.h"

struct file;
struct vmadev_region;
struct vmadev_strategy;

/* The argument of any of them, in the kernel's memory. */
union vmadev_arg {
	u32 size;
	struct vmadev_info info;
	struct vmadev_set_strategy set_strategy;
	struct vmadev_stats stats;
	struct vmadev_create create;
	struct vmadev_open open;
	struct vmadev_open_by_name open_by_name;
	struct vmadev_zap zap;
	struct vmadev_seals seals;
	struct vmadev_revoke revoke;
	struct vmadev_restore restore;
	struct vmadev_inject inject;
	struct vmadev_rules rules;
	struct vmadev_crash crash;
	struct vmadev_writeback writeback;
	struct vmadev_unsynced unsynced;
	struct vmadev_export export;
	struct vmadev_dirty dirty;
	struct vmadev_snapshot snapshot;
};

/**
 * struct vmadev_ioctl - one of them
 * @call: does it
 * @size: of its struct
 * @min:  of that struct's first version
 * @out:  the caller gets it back
 */
struct vmadev_ioctl {
	long (*call)(struct file *file, union vmadev_arg *arg);
	size_t size;
	size_t min;
	bool out;
};

/* In a table by number. @last: the last member of the struct's first version */
#define VMADEV_IOCTL(cmd, fn, type, last, out_)				\
	[_IOC_NR(cmd) - _IOC_NR(VMADEV_IOC_INFO)] = {			\
		.call = (fn),						\
		.size = sizeof(struct type),				\
		.min = offsetofend(struct type, last),			\
		.out = (out_),						\
	}

long vmadev_ioctl_run(const struct vmadev_ioctl *ioctls, size_t nr, struct file *file,
		      unsigned int cmd, void __user *uarg, union vmadev_arg *arg);
long vmadev_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* ioctl_open.c */
long vmadev_install_handle(struct vmadev_region *region, const struct vmadev_strategy *strategy,
			   int oflags);
int vmadev_access_mode(const struct file *file, u32 access);
long vmadev_ioctl_open(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_open_by_name(struct file *file, union vmadev_arg *arg);

/* ioctl_inject.c */
long vmadev_ioctl_inject(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_rules(struct file *file, union vmadev_arg *arg);

/* ioctl_media.c */
long vmadev_crash_fork(struct vmadev_region *region, const struct vmadev_crash *crash);
long vmadev_ioctl_crash_fork(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_crash_revert(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_writeback(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_unsynced(struct file *file, union vmadev_arg *arg);

/* ioctl_dirty.c */
long vmadev_ioctl_dirty_get(struct file *file, union vmadev_arg *arg);
long vmadev_ioctl_dirty_clear(struct file *file, union vmadev_arg *arg);

/* snapshot.c */
long vmadev_ioctl_snapshot(struct file *file, union vmadev_arg *arg);

#endif /* VMADEV_IOCTL_H */
