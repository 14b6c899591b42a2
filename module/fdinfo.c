// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/PID/fdinfo/N: what VMADEV_IOC_INFO and VMADEV_IOC_STATS tell of a
 * handle, for people. The keys are stable.
 */
#include <linux/seq_file.h>

#include "dirty.h"
#include "fdinfo.h"
#include "handle.h"
#include "vma.h"

static const struct {
	const char *key;
	u64 bit;
	size_t offset;
} counters[] = {
	{ "mmaps", VMADEV_STAT_MMAPS, offsetof(struct vmadev_stats, mmaps) },
	{ "faults-read", VMADEV_STAT_FAULTS_READ, offsetof(struct vmadev_stats, faults_read) },
	{ "faults-write", VMADEV_STAT_FAULTS_WRITE, offsetof(struct vmadev_stats, faults_write) },
	{ "faults-cow", VMADEV_STAT_FAULTS_COW, offsetof(struct vmadev_stats, faults_cow) },
	{ "faults-failed", VMADEV_STAT_FAULTS_FAILED,
	  offsetof(struct vmadev_stats, faults_failed) },
	{ "pages", VMADEV_STAT_PAGES, offsetof(struct vmadev_stats, pages) },
	{ "zaps", VMADEV_STAT_ZAPS, offsetof(struct vmadev_stats, zaps) },
	{ "vmas", VMADEV_STAT_VMAS, offsetof(struct vmadev_stats, vmas) },
};

/**
 * vmadev_show_fdinfo() - &file_operations.show_fdinfo
 * @m:	  where to
 * @file: a handle's
 */
void vmadev_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct vmadev_handle *handle = vmadev_handle_of(file);
	struct vmadev_stats stats = {};
	size_t i;

	seq_printf(m, "vmadev-region:\t%llu\n", handle->region->id);
	seq_printf(m, "vmadev-name:\t%s\n", handle->region->name);
	seq_printf(m, "vmadev-bytes:\t%llu\n", i_size_read(handle->region->inode));
	seq_printf(m, "vmadev-backing:\t%s\n", handle->region->backing->name);
	if (handle->region->cache != VMADEV_CACHE_WB)
		seq_printf(m, "vmadev-cache:\t%s\n",
			   handle->region->cache == VMADEV_CACHE_WC ? "wc" : "uc");
	seq_printf(m, "vmadev-seals:\t%x\n", READ_ONCE(handle->region->seals));
	seq_printf(m, "vmadev-state:\t%s\n", vmadev_region_state(handle->region));
	if (vmadev_logs(handle->region))
		seq_printf(m, "vmadev-dirty:\t%lu\n", vmadev_log_weight(handle->region));
	seq_printf(m, "vmadev-strategy:\t%s\n", READ_ONCE(handle->strategy)->name);

	vmadev_handle_stats(file, VMADEV_SCOPE_HANDLE, &stats);
	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		const u64 *n = (void *)&stats + counters[i].offset;

		if (stats.observed & counters[i].bit)
			seq_printf(m, "vmadev-%s:\t%llu\n", counters[i].key, *n);
		else
			seq_printf(m, "vmadev-%s:\t-\n", counters[i].key);
	}
}
