/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_STATS_H
#define VMADEV_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

struct seq_file;
struct vmadev_stats;

/* What is counted, in the order of VMADEV_STAT_* and struct vmadev_stats. */
enum vmadev_counter {
	VMADEV_COUNT_MMAPS,
	VMADEV_COUNT_FAULTS_READ,
	VMADEV_COUNT_FAULTS_WRITE,
	VMADEV_COUNT_FAULTS_COW,
	VMADEV_COUNT_FAULTS_FAILED,
	VMADEV_COUNT_PAGES,
	VMADEV_COUNT_ZAPS,
	VMADEV_NR_COUNTERS,
};

/* One copy a CPU, so that no two CPUs share a cache line on the fault path. */
struct vmadev_counters {
	unsigned long n[VMADEV_NR_COUNTERS];
};

struct vmadev_counters __percpu *vmadev_counters_create(void);
void vmadev_counters_sum(const struct vmadev_counters __percpu *counters,
			 struct vmadev_stats *stats);

#endif /* VMADEV_STATS_H */
