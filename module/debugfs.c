// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: vmadev/regions, a line a region.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "region.h"

static struct dentry *vmadev_debugfs;

static void *regions_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&vmadev_regions_lock);
	return seq_list_start_head(&vmadev_regions, *pos);
}

static void *regions_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &vmadev_regions, pos);
}

static void regions_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&vmadev_regions_lock);
}

static int regions_show(struct seq_file *m, void *v)
{
	const struct vmadev_region *region = list_entry(v, struct vmadev_region, link);

	if (v == &vmadev_regions) {
		seq_puts(m, "id name backing bytes run_bytes handles vmas seals state\n");
		return 0;
	}
	seq_printf(m, "%llu %s %s %llu %llu %u ", region->id, region->name,
		   region->backing->name, vmadev_region_bytes(region), region->run_bytes,
		   region->handles);
	if (region->backing->observed & VMADEV_STAT_VMAS)
		seq_printf(m, "%lu ", vmadev_region_vmas(region, NULL));
	else
		seq_puts(m, "- ");
	seq_printf(m, "%x %s\n", READ_ONCE(region->seals), vmadev_region_state(region));
	return 0;
}

static const struct seq_operations regions_sops = {
	.start	= regions_start,
	.next	= regions_next,
	.stop	= regions_stop,
	.show	= regions_show,
};

DEFINE_SEQ_ATTRIBUTE(regions);

/**
 * vmadev_debugfs_init() - make the files; without debugfs there are none
 */
void vmadev_debugfs_init(void)
{
	vmadev_debugfs = debugfs_create_dir("vmadev", NULL);
	debugfs_create_file("regions", 0400, vmadev_debugfs, NULL, &regions_fops);
}

/**
 * vmadev_debugfs_exit() - remove them
 */
void vmadev_debugfs_exit(void)
{
	debugfs_remove(vmadev_debugfs);
}
