// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/gfp.h>

#include "stats.h"
#include "vmadev.h"

/**
 * vmadev_counters_create() - counters for a handle or a region, all zero
 *
 * Any user can run out of them, so that is not for the log to tell.
 *
 * Context: may sleep.
 * Return: what free_percpu() takes back, or NULL for no memory.
 */
struct vmadev_counters __percpu *vmadev_counters_create(void)
{
	return alloc_percpu_gfp(struct vmadev_counters, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/**
 * vmadev_counters_sum() - add up the CPUs' copies
 * @counters: of a handle or of a region
 * @stats:    gets every counter that enum vmadev_counter names
 *
 * A snapshot: counts that other CPUs make meanwhile may be in or out.
 */
void vmadev_counters_sum(const struct vmadev_counters __percpu *counters,
			 struct vmadev_stats *stats)
{
	u64 sum[VMADEV_NR_COUNTERS] = {};
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < VMADEV_NR_COUNTERS; i++)
			sum[i] += READ_ONCE(per_cpu_ptr(counters, cpu)->n[i]);

	stats->mmaps = sum[VMADEV_COUNT_MMAPS];
	stats->faults_read = sum[VMADEV_COUNT_FAULTS_READ];
	stats->faults_write = sum[VMADEV_COUNT_FAULTS_WRITE];
	stats->faults_cow = sum[VMADEV_COUNT_FAULTS_COW];
	stats->faults_failed = sum[VMADEV_COUNT_FAULTS_FAILED];
	stats->pages = sum[VMADEV_COUNT_PAGES];
	stats->zaps = sum[VMADEV_COUNT_ZAPS];
}
