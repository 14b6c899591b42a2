/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_MOUNT_H
#define VMADEV_MOUNT_H

#include <linux/fs_context.h>
#include <linux/fs_parser.h>

#include "names.h"
#include "region.h"

struct dentry;
struct inode;
struct mnt_idmap;
struct seq_file;

/**
 * struct vmadev_mount - what is the same for all files of a mount: its ->s_fs_info
 * @backing:  of their regions, one that can be resized
 * @strategy: of their handles, enum vmadev_strategy_id; 0: the backing's default
 * @cap:      of all of them together
 * @writeback: of media: the kernel makes bytes durable by itself, as of a disk, and sync(2)
 *	      does, and names
 * @mode:     of the root directory
 * @uid:      the same
 * @gid:      the same
 * @names:    of media: those that are not durable
 *
 * All but @cap's bytes and @names is constant once it is mounted.
 */
struct vmadev_mount {
	const struct vmadev_backing *backing;
	u32 strategy;
	struct vmadev_cap cap;
	bool writeback;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	struct vmadev_names names;
};

int vmadev_mount_init(void);
void vmadev_mount_exit(void);
int vmadev_mount_fill(struct super_block *sb, struct fs_context *fc);
int vmadev_mount_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			umode_t mode);
int vmadev_mount_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode);

/* mount_options.c */
extern const struct fs_parameter_spec vmadev_mount_parameters[];

int vmadev_mount_begin(struct fs_context *fc);
int vmadev_mount_show(struct seq_file *m, struct dentry *root);

#endif /* VMADEV_MOUNT_H */
