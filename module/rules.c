// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of a region: armed, told, taken away again, and freed.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "inject.h"
#include "inject_match.h"
#include "rules.h"

/*
 * Counts the regions that have rules. To patch the kernel's text disturbs every CPU, so
 * who makes and clears rules again and again has it done once a second at most.
 */
DEFINE_STATIC_KEY_DEFERRED_FALSE(vmadev_injecting_key, HZ);

/* The pages of a rule that the region has now. */
static unsigned long pages_of(const struct vmadev_region *region, const struct vmadev_rule *rule,
			      pgoff_t *pgoff)
{
	u64 bytes = vmadev_region_bytes(region);

	if (rule->offset >= bytes)
		return 0;
	bytes -= rule->offset;
	if (rule->length)
		bytes = min(bytes, rule->length);
	*pgoff = rule->offset >> PAGE_SHIFT;
	return bytes >> PAGE_SHIFT;
}

/*
 * Take the PTEs of a rule's range away, between @first and @last. Faults of page have their page
 * locked until it is mapped: wait for these. Private copies stay: nothing of the region's is
 * mapped there.
 */
static void zap_range(const struct vmadev_region *region, const struct vmadev_rule *rule,
		      pgoff_t first, pgoff_t last)
{
	pgoff_t pgoff;
	unsigned long nr = pages_of(region, rule, &pgoff);

	if (!nr || first >= pgoff + nr || last < pgoff)
		return;
	nr = min(last, pgoff + nr - 1) + 1;
	pgoff = max(first, pgoff);
	nr -= pgoff;
	region->backing->settle(region, pgoff, nr);
	unmap_mapping_pages(vmadev_region_mapping(region), pgoff, nr, false);
}

static void rearm_none(struct vmadev_injector *injector)
{
	injector->first = ULONG_MAX;
	injector->last = 0;
}

static void rearm(struct work_struct *work)
{
	struct vmadev_injector *injector = container_of(to_delayed_work(work),
							struct vmadev_injector, rearm);
	pgoff_t first, last;
	unsigned int i;

	mutex_lock(&vmadev_regions_lock);
	vmadev_region_read_lock();
	spin_lock(&injector->lock);
	first = injector->first;
	last = injector->last;
	rearm_none(injector);
	spin_unlock(&injector->lock);
	for (i = 0; i < injector->nr && vmadev_region_mapping(injector->region); i++)
		if (injector->armed[i].rule.flags & VMADEV_RULE_REARM)
			zap_range(injector->region, &injector->armed[i].rule, first, last);
	vmadev_region_read_unlock();
	mutex_unlock(&vmadev_regions_lock);
}

static struct vmadev_injector *injector_create(struct vmadev_region *region)
{
	struct vmadev_injector *injector = kzalloc_obj(*injector, GFP_KERNEL_ACCOUNT);

	if (!injector)
		return NULL;
	injector->region = region;
	spin_lock_init(&injector->lock);
	rearm_none(injector);
	INIT_DELAYED_WORK(&injector->rearm, rearm);
	return injector;
}

/* A pid keeps its number when who had it is gone, and another one may have the same by now. */
static bool is_alive(const struct vmadev_armed *armed)
{
	enum pid_type type = armed->rule.whose == VMADEV_WHOSE_PID ? PIDTYPE_TGID : PIDTYPE_PID;
	bool found;

	rcu_read_lock();
	found = pid_task(armed->pid, type);
	rcu_read_unlock();
	return found;
}

/* Who is meant, of those that the caller can see. */
static int find_whose(struct vmadev_armed *armed)
{
	const struct vmadev_rule *rule = &armed->rule;

	switch (rule->whose) {
	case VMADEV_WHOSE_PID:
	case VMADEV_WHOSE_TID:
		armed->pid = find_get_pid(rule->id);
		return is_alive(armed) ? 0 : -ESRCH;
	case VMADEV_WHOSE_UID:
		armed->uid = make_kuid(current_user_ns(), rule->id);
		return uid_valid(armed->uid) ? 0 : -EINVAL;
	default:
		return 0;
	}
}

static void drop(struct vmadev_armed *armed, unsigned int nr)
{
	while (nr--)
		put_pid(armed[nr].pid);
}

static int fill(struct vmadev_armed *armed, const struct vmadev_rule *rules, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		armed[i].rule = rules[i];
		armed[i].rule.whose = rules[i].whose ?: VMADEV_WHOSE_ANY;
		armed[i].rule.seen = 0;
		armed[i].rule.hits = 0;
		armed[i].random = rules[i].seed;
		err = find_whose(&armed[i]);
		if (err) {
			drop(armed, i + 1);
			return err;
		}
	}
	return 0;
}

static bool any_on_faults(const struct vmadev_armed *armed, unsigned int nr)
{
	while (nr--)
		if (armed[nr].rule.accesses & VMADEV_ON_FAULTS)
			return true;
	return false;
}

/*
 * Nobody who comes from now on makes a PTE in a rule's range unasked. Those who came
 * before have made theirs (pfn), have a page locked until it is mapped (page), or are in
 * mmap; wait for the latter two, and take all of these PTEs away.
 */
static int take_away(struct vmadev_region *region, const struct vmadev_rule *rules,
		     unsigned int nr)
{
	int err = vmadev_eager_wait(region, true);
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (rules[i].accesses & VMADEV_ON_FAULTS)
			zap_range(region, &rules[i], 0, ULONG_MAX);
	return err;
}

/**
 * vmadev_inject_rules() - give a region its rules
 * @region: its inode is locked
 * @rules:  each right by itself, and fit for the region
 * @nr:	    how many
 * @append: after those there are; else instead
 *
 * Return: 0; -ENOSPC, they would be too many; -ESRCH, there is no such process; -EINVAL, no
 * such user; -ENOMEM; -EINTR, killed: what was mapped meanwhile may be mapped still.
 */
int vmadev_inject_rules(struct vmadev_region *region, const struct vmadev_rule *rules,
			unsigned int nr, bool append)
{
	unsigned int had = vmadev_rules_count(region), kept = append ? had : 0;
	struct vmadev_injector *injector = region->injector;
	struct vmadev_armed *armed = NULL, *old;
	int err = 0;

	if (nr > VMADEV_RULES_MAX - kept)
		return -ENOSPC;
	if (!injector)
		injector = injector_create(region);
	if (injector && (kept || nr))
		armed = kvcalloc(kept + nr, sizeof(*armed), GFP_KERNEL_ACCOUNT);
	if (!injector || ((kept || nr) && !armed))
		err = -ENOMEM;
	else
		err = fill(armed + kept, rules, nr);
	if (err) {
		if (injector != region->injector)
			kfree(injector);
		kvfree(armed);
		return err;
	}
	if (!had && nr)
		static_branch_deferred_inc(&vmadev_injecting_key);

	vmadev_region_write_lock();
	old = injector->armed;
	if (kept)
		memcpy(armed, old, kept * sizeof(*armed));
	injector->armed = armed;
	injector->nr = kept + nr;
	injector->faults = any_on_faults(armed, injector->nr);
	region->injector = injector;
	vmadev_region_write_unlock();

	if (had && !injector->nr)
		static_branch_slow_dec_deferred(&vmadev_injecting_key);
	if (!append)
		drop(old, had);
	kvfree(old);
	return any_on_faults(armed + kept, nr) ? take_away(region, rules, nr) : 0;
}

/**
 * vmadev_rules_count() - how many rules are there?
 * @region: its inode is locked
 */
unsigned int vmadev_rules_count(const struct vmadev_region *region)
{
	return region->injector ? region->injector->nr : 0;
}

/**
 * vmadev_rules_get() - tell a rule and its hits
 * @region: its inode is locked
 * @i:	    which, of vmadev_rules_count()
 * @rule:   gets it, as the caller sees users and processes
 */
void vmadev_rules_get(const struct vmadev_region *region, unsigned int i,
		      struct vmadev_rule *rule)
{
	struct vmadev_injector *injector = region->injector;
	const struct vmadev_armed *armed = &injector->armed[i];

	spin_lock(&injector->lock);
	*rule = armed->rule;
	spin_unlock(&injector->lock);
	if (armed->pid)
		rule->id = is_alive(armed) ? pid_vnr(armed->pid) : 0;
	else if (rule->whose == VMADEV_WHOSE_UID)
		rule->id = from_kuid_munged(current_user_ns(), armed->uid);
}

/**
 * vmadev_inject_free() - forget all rules, with the region
 * @region: has no handle any more
 */
void vmadev_inject_free(struct vmadev_region *region)
{
	struct vmadev_injector *injector = region->injector;

	if (!injector)
		return;
	cancel_delayed_work_sync(&injector->rearm);
	if (injector->nr)
		static_branch_slow_dec_deferred(&vmadev_injecting_key);
	drop(injector->armed, injector->nr);
	kvfree(injector->armed);
	kfree(injector);
}

/**
 * vmadev_inject_exit() - before the module goes, when all regions have gone
 */
void vmadev_inject_exit(void)
{
	static_key_deferred_flush(&vmadev_injecting_key);
}
