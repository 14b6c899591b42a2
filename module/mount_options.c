// SPDX-License-Identifier: GPL-2.0
/*
 * What mount -t vmadev -o says.
 */
#include <linux/cred.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "mount.h"
#include "params.h"
#include "strategy.h"
#include "vma.h"

enum { BACKING, STRATEGY, SIZE, WRITEBACK, MODE, UID, GID };

const struct fs_parameter_spec vmadev_mount_parameters[] = {
	fsparam_string("backing", BACKING),
	fsparam_string("strategy", STRATEGY),
	fsparam_string("size", SIZE),
	fsparam_flag("writeback", WRITEBACK),
	fsparam_u32oct("mode", MODE),
	fsparam_u32("uid", UID),
	fsparam_u32("gid", GID),
	{}
};

/* A file has to become longer and shorter. */
static int parse_backing(struct fs_context *fc, const char *name)
{
	struct vmadev_mount *mount = fc->s_fs_info;

	mount->backing = vmadev_backing_by_name(name);
	if (mount->backing && mount->backing->resize)
		return 0;
	return invalf(fc, "vmadev: backing=%s: want pages, shmem, none or media", name);
}

static int parse_strategy(struct fs_context *fc, const char *name)
{
	const struct vmadev_strategy *strategy = vmadev_strategy_by_name(name);
	struct vmadev_mount *mount = fc->s_fs_info;

	if (!strategy)
		return invalf(fc, "vmadev: strategy=%s: there is none", name);
	mount->strategy = strategy->id;
	return 0;
}

static int parse_owner(struct fs_context *fc, int option, u32 id)
{
	struct vmadev_mount *mount = fc->s_fs_info;

	if (option == UID)
		mount->uid = make_kuid(fc->user_ns, id);
	else
		mount->gid = make_kgid(fc->user_ns, id);
	if (uid_valid(mount->uid) && gid_valid(mount->gid))
		return 0;
	return invalf(fc, "vmadev: %s=%u: there is none", option == UID ? "uid" : "gid", id);
}

static int parse(struct fs_context *fc, struct fs_parameter *param)
{
	struct vmadev_mount *mount = fc->s_fs_info;
	struct fs_parse_result result;
	int option = fs_parse(fc, vmadev_mount_parameters, param, &result);

	switch (option) {
	case BACKING:
		return parse_backing(fc, param->string);
	case STRATEGY:
		return parse_strategy(fc, param->string);
	case SIZE:
		return vmadev_parse_bytes("size", param->string, &mount->cap.max);
	case WRITEBACK:
		mount->writeback = true;
		return 0;
	case MODE:
		mount->mode = result.uint_32 & 01777;
		return 0;
	case UID:
	case GID:
		return parse_owner(fc, option, result.uint_32);
	default:
		return option;	/* an error, or it is for the kernel to know, as the source */
	}
}

static int get_tree(struct fs_context *fc)
{
	const struct vmadev_mount *mount = fc->s_fs_info;
	const struct vmadev_strategy *strategy;

	if (vmadev_strategy_for_backing(mount->backing, mount->strategy, &strategy))
		return invalf(fc, "vmadev: this strategy cannot serve backing %s",
			      mount->backing->name);
	if (mount->writeback && !mount->backing->sync)
		return invalf(fc, "vmadev: writeback: want backing=media, not %s",
			      mount->backing->name);
	return get_tree_nodev(fc, vmadev_mount_fill);
}

static void put(struct fs_context *fc)
{
	kfree(fc->s_fs_info);
}

static const struct fs_context_operations context_ops = {
	.parse_param	= parse,
	.get_tree	= get_tree,
	.free		= put,
};

/**
 * vmadev_mount_begin() - &file_system_type.init_fs_context
 * @fc: gets a &struct vmadev_mount of defaults
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_mount_begin(struct fs_context *fc)
{
	struct vmadev_mount *mount = kzalloc_obj(*mount, GFP_KERNEL);

	if (!mount)
		return -ENOMEM;
	mount->backing = vmadev_backing_by_id(0);
	mount->cap.max = U64_MAX;
	vmadev_names_init(&mount->names);
	mount->mode = 0755;
	mount->uid = current_fsuid();
	mount->gid = current_fsgid();
	fc->s_fs_info = mount;
	fc->ops = &context_ops;
	return 0;
}

/**
 * vmadev_mount_show() - &super_operations.show_options
 * @m:	  gets what /proc/mounts tells
 * @root: of what is mounted
 */
int vmadev_mount_show(struct seq_file *m, struct dentry *root)
{
	const struct vmadev_mount *mount = root->d_sb->s_fs_info;
	const struct vmadev_strategy *strategy;

	seq_printf(m, ",backing=%s", mount->backing->name);
	if (!vmadev_strategy_for_backing(mount->backing, mount->strategy, &strategy))
		seq_printf(m, ",strategy=%s", strategy->name);
	if (mount->cap.max != U64_MAX)
		seq_printf(m, ",size=%llu", mount->cap.max);
	if (mount->writeback)
		seq_puts(m, ",writeback");
	return 0;
}
