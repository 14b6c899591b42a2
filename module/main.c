// SPDX-License-Identifier: GPL-2.0
/*
 * vmadev: memory mapping by a Linux device.
 *
 * Loading makes the default region and the node /dev/vmadev that opens it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/stat.h>

#include "bar.h"
#include "debugfs.h"
#include "handle.h"
#include "inject.h"
#include "mount.h"
#include "params.h"
#include "shmem.h"
#include "strategy.h"
#include "vma.h"

static char *size = "16M";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes of the default region, K/M/G allowed [16M]");

static char *backing = "pages";
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, "of the default region: pages, contig, shmem, none or media [pages]");

static char *strategy = "";
module_param(strategy, charp, 0444);
MODULE_PARM_DESC(strategy,
		 "of the node's handles: remap, pfn, page, insert, cache, anon, huge or filemap [by backing]");

static char *max_bytes = "";
module_param(max_bytes, charp, 0444);
MODULE_PARM_DESC(max_bytes, "cap on all regions together, K/M/G allowed [half of memory]");

static char *max_user_bytes = "";
module_param(max_user_bytes, charp, 0444);
MODULE_PARM_DESC(max_user_bytes, "cap on the regions of a user, K/M/G allowed [none]");

module_param_named(memlock, vmadev_memlock, bool, 0444);
MODULE_PARM_DESC(memlock, "what cannot be swapped counts against RLIMIT_MEMLOCK [N]");

static char *mode = "0600";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "of /dev/vmadev, octal [0600]");

static struct vmadev_region *default_region;
static const struct vmadev_strategy *default_strategy;

static int vmadev_open(struct inode *inode, struct file *file)
{
	return vmadev_handle_open(file, default_region, default_strategy);
}

static const struct file_operations vmadev_node_fops = {
	.owner	= THIS_MODULE,
	.open	= vmadev_open,
};

static struct miscdevice vmadev_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "vmadev",
	.fops	= &vmadev_node_fops,
};

static int parse_max_bytes(void)
{
	static char text[24];	/* so that the parameter's file tells the cap */
	int err = 0;

	if (*max_user_bytes)
		err = vmadev_parse_bytes("max_user_bytes", max_user_bytes, &vmadev_max_user_bytes);
	if (err)
		return err;
	if (*max_bytes)
		return vmadev_parse_bytes("max_bytes", max_bytes, &vmadev_max_bytes);
	vmadev_max_bytes = (u64)totalram_pages() / 2 << PAGE_SHIFT;
	snprintf(text, sizeof(text), "%llu", vmadev_max_bytes);
	max_bytes = text;
	return 0;
}

static int create_default_region(void)
{
	struct vmadev_region_spec spec = {
		.backing = vmadev_backing_by_name(backing),
		.name = "default",
		.node = NUMA_NO_NODE,
		.fixed = true,
	};
	const struct vmadev_strategy *named = NULL;
	struct vmadev_region *region;
	int err;

	if (!spec.backing) {
		pr_err("backing=%s: want pages, contig, shmem, none or media\n", backing);
		return -EINVAL;
	}
	if (*strategy) {
		named = vmadev_strategy_by_name(strategy);
		if (!named) {
			pr_err("strategy=%s: want remap, pfn, page, insert, cache, anon, huge or filemap\n",
			       strategy);
			return -EINVAL;
		}
	}
	err = vmadev_parse_bytes("size", size, &spec.bytes);
	if (err)
		return err;
	if (!vmadev_region_fits(spec.backing, spec.bytes)) {
		pr_err("size=%s: more than max_bytes=%s\n", size, max_bytes);
		return -EINVAL;
	}
	err = vmadev_strategy_for_backing(spec.backing, named ? named->id : 0, &default_strategy);
	if (err)
		goto cannot_serve;
	region = vmadev_region_create(&spec);
	if (IS_ERR(region)) {
		pr_err("size=%s: cannot make a region of backing %s: %pe\n", size, backing,
		       region);
		return PTR_ERR(region);
	}
	err = vmadev_strategy_for(region, named ? named->id : 0, &default_strategy);
	if (!err) {
		default_region = region;
		return 0;
	}
	vmadev_region_put(region);
cannot_serve:
	pr_err("strategy=%s: cannot serve backing %s on this kernel\n", strategy, backing);
	return err;
}

static int __init vmadev_init(void)
{
	int err;

	err = vmadev_parse_mode(mode, &vmadev_misc.mode);
	if (!err)
		err = parse_max_bytes();
	if (!err)
		err = vmadev_regions_init();
	if (err)
		return err;
	err = vmadev_shmem_init();
	if (err)
		goto regions_exit;
	err = create_default_region();
	if (err)
		goto shmem_exit;
	vmadev_debugfs_init();
	err = vmadev_mount_init();
	if (err)
		goto debugfs_exit;
	err = vmadev_pci_init();
	if (err)
		goto mount_exit;
	err = misc_register(&vmadev_misc);
	if (!err)
		return 0;
	pr_err("cannot register /dev/vmadev: %d\n", err);
	vmadev_pci_exit();
mount_exit:
	vmadev_mount_exit();
debugfs_exit:
	vmadev_debugfs_exit();
	vmadev_region_put(default_region);
shmem_exit:
	vmadev_shmem_exit();
regions_exit:
	vmadev_regions_exit();
	return err;
}

static void __exit vmadev_exit(void)
{
	misc_deregister(&vmadev_misc);
	vmadev_pci_exit();
	vmadev_mount_exit();
	vmadev_debugfs_exit();
	vmadev_region_put(default_region);
	vmadev_inject_exit();
	vmadev_shmem_exit();
	vmadev_regions_exit();
}

module_init(vmadev_init);
module_exit(vmadev_exit);

MODULE_DESCRIPTION("memory mapping by a device, in every way a driver can");
MODULE_LICENSE("GPL");
