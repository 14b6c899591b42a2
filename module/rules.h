/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_RULES_H
#define VMADEV_RULES_H

#include <linux/pid.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include "region.h"

#define VMADEV_SERVED	64	/* a power of two */

/**
 * struct vmadev_armed - a rule in force
 * @rule:   as it was given, and its counters; these under &vmadev_injector.lock
 * @random: what its draws go on from; the same
 * @pid:    of whom, referenced; NULL without one
 * @uid:    of whom
 */
struct vmadev_armed {
	struct vmadev_rule rule;
	u64 random;
	struct pid *pid;
	kuid_t uid;
};

/**
 * struct vmadev_served - an access that a rule has hit, and that comes again
 * @task:  whose; compared, never looked at
 * @since: since when there is that task, or its place might be another's by now
 * @pgoff: where
 * @left:  how often it is to come again before it is served
 */
struct vmadev_served {
	const struct task_struct *task;
	u64 since;
	pgoff_t pgoff;
	u32 left;
};

/**
 * struct vmadev_injector - a region's rules
 * @region: whose
 * @armed:  @nr rules; written under the inode's lock and vmadev_region_write_lock()
 * @nr:	    the same
 * @faults: any is on faults; the same
 * @lock:   guards counters, and those below but @rearm; nothing is taken inside it
 * @served: the kernel comes again for what a delay or a retry has hit, and says of no
 *	    fault that it is the second one. A task has one access under way, so more
 *	    than one entry a task is never of use: the oldest one goes.
 * @next:   where the next one goes
 * @rearm:  takes away the pages of rules that want it
 * @first:  of those that are mapped since it last did; ULONG_MAX: none are
 * @last:   the same; in between are others too
 */
struct vmadev_injector {
	struct vmadev_region *region;
	struct vmadev_armed *armed;
	unsigned int nr;
	bool faults;
	spinlock_t lock;	/* see above */
	struct vmadev_served served[VMADEV_SERVED];
	unsigned int next;
	struct delayed_work rearm;
	pgoff_t first;
	pgoff_t last;
};

#endif /* VMADEV_RULES_H */
