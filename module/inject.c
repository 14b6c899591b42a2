// SPDX-License-Identifier: GPL-2.0
/*
 * Faults by script: what becomes of an access, by the rules of its region.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "dirty.h"
#include "inject.h"
#include "inject_match.h"
#include "rules.h"
#include "trace.h"

#define WAIT_HELD	BIT(31)

/* Long enough for an instruction to fault at all pages that it needs, and to be done. */
#define REARM_AFTER	(msecs_to_jiffies(4) + 1)

/**
 * struct access - what is asked about
 * @on:	    one of VMADEV_ON_*
 * @mm:	    whose mapping it is through; NULL: it is a call
 * @yields: the lock that it holds can be let go
 * @pos:    in the region
 * @bytes:  how many
 */
struct access {
	u32 on;
	struct mm_struct *mm;
	bool yields;
	u64 pos;
	u64 bytes;
};

/* Is this mm that of a process? Its threads have the same one, or none once they exit. */
static bool has_mm(struct pid *pid, const struct mm_struct *mm)
{
	struct task_struct *leader, *task;
	bool found = false;

	rcu_read_lock();
	leader = pid_task(pid, PIDTYPE_TGID);
	if (leader) {
		for_each_thread(leader, task) {
			found = READ_ONCE(task->mm) == mm;
			if (found)
				break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* As whom runs the process of an mm? Others look at it by ptrace and the like. */
static kuid_t uid_of(struct mm_struct *mm)
{
	kuid_t uid = current_euid();
#ifdef CONFIG_MEMCG
	const struct task_struct *owner;

	if (mm == current->mm)
		return uid;
	rcu_read_lock();
	owner = rcu_dereference(mm->owner);
	uid = owner ? __task_cred(owner)->euid : INVALID_UID;
	rcu_read_unlock();
#endif
	return uid;
}

static bool is_whose(const struct vmadev_armed *armed, struct mm_struct *mm)
{
	switch (armed->rule.whose) {
	case VMADEV_WHOSE_PID:
		return mm ? has_mm(armed->pid, mm) : task_tgid(current) == armed->pid;
	case VMADEV_WHOSE_TID:
		return task_pid(current) == armed->pid && (!mm || mm == current->mm);
	case VMADEV_WHOSE_UID:
		return uid_eq(armed->uid, mm ? uid_of(mm) : current_euid());
	default:
		return true;
	}
}

static bool matches(const struct vmadev_armed *armed, const struct access *access)
{
	const struct vmadev_rule *rule = &armed->rule;

	if (!(rule->accesses & access->on) ||
	    !vmadev_rule_covers(rule, access->pos, access->bytes))
		return false;
	if (rule->action == VMADEV_ACTION_DELAY && !(rule->flags & VMADEV_RULE_HELD) &&
	    !access->yields)
		return false;
	return is_whose(armed, access->mm);
}

/* Ask the rules in their order: true, and a copy of the one that hits, as it was then. */
static bool hits(const struct vmadev_region *region, const struct access *access,
		 struct vmadev_rule *hit)
{
	struct vmadev_injector *injector = region->injector;
	bool is_hit = false;
	unsigned int i;

	for (i = 0; i < injector->nr && !is_hit; i++) {
		struct vmadev_armed *armed = &injector->armed[i];

		if (!matches(armed, access))
			continue;
		spin_lock(&injector->lock);
		is_hit = vmadev_rule_draw(&armed->rule, &armed->random);
		*hit = armed->rule;
		spin_unlock(&injector->lock);
	}
	if (is_hit)
		trace_vmadev_inject(region->id, i - 1, access->on, access->pos >> PAGE_SHIFT,
				    hit->action);
	return is_hit;
}

/* Is this a match of a rule that wants to see the next one too? */
static bool rearms(const struct vmadev_injector *injector, const struct access *access)
{
	unsigned int i;

	for (i = 0; i < injector->nr; i++)
		if (injector->armed[i].rule.flags & VMADEV_RULE_REARM &&
		    matches(&injector->armed[i], access))
			return true;
	return false;
}

/* The access of this task at @pgoff has been hit, and comes again so often before it is served. */
static void note_served(struct vmadev_injector *injector, pgoff_t pgoff, u32 left)
{
	spin_lock(&injector->lock);
	injector->served[injector->next++ % VMADEV_SERVED] =
		(struct vmadev_served) { current, current->start_time, pgoff, left };
	spin_unlock(&injector->lock);
}

/* Has it been hit? Then how often it is still to come again, else -1. */
static int find_served(struct vmadev_injector *injector, pgoff_t pgoff)
{
	int left = -1;
	unsigned int i;

	spin_lock(&injector->lock);
	for (i = 0; i < VMADEV_SERVED && left < 0; i++) {
		struct vmadev_served *served = &injector->served[i];

		if (served->task != current || served->since != current->start_time ||
		    served->pgoff != pgoff)
			continue;
		left = served->left;
		if (left)
			served->left--;
		else
			served->task = NULL;
	}
	spin_unlock(&injector->lock);
	return left;
}

static void flip_bits(const struct vmadev_region *region, pgoff_t pgoff,
		      const struct vmadev_rule *rule)
{
	struct page *page;
	unsigned int i;
	u8 *bytes;

	/* Of what is sealed no byte ever changes. */
	if (vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		return;
	page = region->backing->get_page(region, pgoff);
	if (IS_ERR(page))
		return;
	bytes = kmap_local_page(page);
	for (i = 0; i < rule->value; i++) {
		u32 bit = vmadev_rule_bit(rule, i, PAGE_SIZE * BITS_PER_BYTE);

		bytes[bit / BITS_PER_BYTE] ^= 1u << bit % BITS_PER_BYTE;
	}
	flush_dcache_page(page);
	kunmap_local(bytes);
	put_page(page);
	if (vmadev_logs(region))
		vmadev_log_page(region, pgoff);
}

/* What comes of a fault that is hit. */
static struct vmadev_verdict act(const struct vmadev_region *region, pgoff_t pgoff,
				 const struct vmadev_rule *hit)
{
	switch (hit->action) {
	case VMADEV_ACTION_SIGBUS:
		return (struct vmadev_verdict) { VM_FAULT_SIGBUS };
	case VMADEV_ACTION_MCEERR:
		return (struct vmadev_verdict) { VM_FAULT_HWPOISON };
	case VMADEV_ACTION_OOM:
		return (struct vmadev_verdict) { VM_FAULT_OOM };
	case VMADEV_ACTION_DELAY:
		return (struct vmadev_verdict) {
			VM_FAULT_RETRY,
			hit->value | (hit->flags & VMADEV_RULE_HELD ? WAIT_HELD : 0),
		};
	case VMADEV_ACTION_RETRY:
		note_served(region->injector, pgoff, hit->value - 1);
		return (struct vmadev_verdict) { VM_FAULT_RETRY };
	case VMADEV_ACTION_CORRUPT:
		flip_bits(region, pgoff, hit);
		break;
	}
	return (struct vmadev_verdict) {};
}

/**
 * vmadev_inject_fault() - what becomes of a fault for a PTE?
 * @region: has a page there
 * @vmf:    the fault
 */
struct vmadev_verdict vmadev_inject_fault(const struct vmadev_region *region,
					  const struct vm_fault *vmf)
{
	const unsigned int yields = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT;
	struct vmadev_injector *injector = region->injector;
	struct access access = {
		.on = !(vmf->flags & FAULT_FLAG_USER) ? VMADEV_ON_KERNEL :
		      vmf->flags & FAULT_FLAG_WRITE ? VMADEV_ON_WRITE : VMADEV_ON_READ,
		.mm = vmf->vma->vm_mm,
		.yields = (vmf->flags & yields) == FAULT_FLAG_ALLOW_RETRY,
		.pos = (u64)vmf->pgoff << PAGE_SHIFT,
		.bytes = PAGE_SIZE,
	};
	struct vmadev_verdict verdict = {};
	struct vmadev_rule hit;
	int left;

	if (!injector || !injector->faults)
		return verdict;
	left = find_served(injector, vmf->pgoff);
	if (left > 0)
		return (struct vmadev_verdict) { VM_FAULT_RETRY };
	if (left < 0 && hits(region, &access, &hit))
		verdict = act(region, vmf->pgoff, &hit);
	if (!verdict.result)
		verdict.then = rearms(injector, &access);
	return verdict;
}

/**
 * vmadev_inject_mapped() - what a fault of a rule that sees the next one too was for is mapped
 * @region: its lock is held
 * @pgoff:  where; the PTE is made, or the page is locked until it is
 */
void vmadev_inject_mapped(const struct vmadev_region *region, pgoff_t pgoff)
{
	struct vmadev_injector *injector = region->injector;

	spin_lock(&injector->lock);
	injector->first = min(injector->first, pgoff);
	injector->last = max(injector->last, pgoff);
	spin_unlock(&injector->lock);
	schedule_delayed_work(&injector->rearm, REARM_AFTER);
}

static void sleep(u32 microseconds)
{
	ktime_t until = ktime_add_us(ktime_get(), microseconds);

	do {
		set_current_state(TASK_KILLABLE);
		schedule_hrtimeout(&until, HRTIMER_MODE_ABS);
	} while (ktime_before(ktime_get(), until) && !fatal_signal_pending(current));
}

/**
 * vmadev_inject_wait() - the rest of a verdict that was VM_FAULT_RETRY
 * @region: the region, whose lock is not held
 * @vmf:    the fault; nothing of it is there any more after VM_FAULT_RETRY
 * @wait:   of the verdict
 *
 * Return: VM_FAULT_RETRY, its lock was let go; VM_FAULT_NOPAGE, it was not.
 */
vm_fault_t vmadev_inject_wait(const struct vmadev_region *region, struct vm_fault *vmf, u32 wait)
{
	pgoff_t pgoff = vmf->pgoff;
	struct file *file;

	if (!wait)
		return VM_FAULT_NOPAGE;
	if (wait & WAIT_HELD) {
		sleep(wait & ~WAIT_HELD);
		note_served(region->injector, pgoff, 0);
		return VM_FAULT_NOPAGE;
	}
	/* Without the lock the mapping may go, and only its file keeps the region. */
	file = get_file(vmf->vma->vm_file);
	vmadev_release_fault_lock(vmf);
	sleep(wait);
	note_served(region->injector, pgoff, 0);
	fput(file);
	return VM_FAULT_RETRY;
}

/**
 * vmadev_inject_access() - what becomes of an access by vm_ops->access?
 * @region: the region, whose lock is not held
 * @mm:	    whose mapping it is through
 * @pgoff:  where
 *
 * Return: 0 or -EFAULT.
 */
int vmadev_inject_access(const struct vmadev_region *region, struct mm_struct *mm, pgoff_t pgoff)
{
	struct access access = {
		.on = VMADEV_ON_KERNEL,
		.mm = mm,
		.pos = (u64)pgoff << PAGE_SHIFT,
		.bytes = PAGE_SIZE,
	};
	struct vmadev_rule hit;
	bool is_hit;

	vmadev_region_read_lock();
	is_hit = vmadev_region_has(region, pgoff, 1) && region->injector &&
		 hits(region, &access, &hit);
	if (is_hit && hit.action == VMADEV_ACTION_CORRUPT)
		flip_bits(region, pgoff, &hit);
	vmadev_region_read_unlock();
	if (!is_hit)
		return 0;
	switch (hit.action) {
	case VMADEV_ACTION_SIGBUS:
	case VMADEV_ACTION_MCEERR:
	case VMADEV_ACTION_OOM:
		return -EFAULT;
	case VMADEV_ACTION_DELAY:
		sleep(hit.value);
		break;
	}
	return 0;
}

/**
 * vmadev_inject_call() - what becomes of a call?
 * @region: the region, whose lock is not held
 * @access: VMADEV_ON_*
 * @pos:    in the region
 * @bytes:  how many, not 0
 *
 * Return: how many of these, or the negative of an errno.
 */
s64 vmadev_inject_call(const struct vmadev_region *region, u32 access, u64 pos, u64 bytes)
{
	struct access call = { .on = access, .yields = true, .pos = pos, .bytes = bytes };
	struct vmadev_rule hit;
	bool is_hit;

	vmadev_region_read_lock();
	is_hit = region->injector && hits(region, &call, &hit);
	vmadev_region_read_unlock();
	if (!is_hit)
		return bytes;
	switch (hit.action) {
	case VMADEV_ACTION_ERRNO:
		return -(int)hit.value;
	case VMADEV_ACTION_SHORT:
		return hit.value < bytes ? bytes - hit.value : 1;
	case VMADEV_ACTION_DELAY:
		sleep(hit.value);
		if (fatal_signal_pending(current))
			return -EINTR;
		break;
	}
	return bytes;
}

/**
 * vmadev_inject_covers() - is a rule on faults at any of these pages?
 * @region:   the region
 * @pgoff:    the first
 * @nr_pages: how many
 */
bool vmadev_inject_covers(const struct vmadev_region *region, pgoff_t pgoff,
			  unsigned long nr_pages)
{
	const struct vmadev_injector *injector = region->injector;
	unsigned int i;

	if (!injector || !injector->faults)
		return false;
	for (i = 0; i < injector->nr; i++) {
		const struct vmadev_rule *rule = &injector->armed[i].rule;

		if (rule->accesses & VMADEV_ON_FAULTS &&
		    vmadev_rule_covers(rule, (u64)pgoff << PAGE_SHIFT, (u64)nr_pages << PAGE_SHIFT))
			return true;
	}
	return false;
}

/**
 * vmadev_inject_narrow() - leave out of a window what rules on faults are at
 * @region: the region
 * @pgoff:  the page that is mapped in any case
 * @first:  of the window
 * @end:    of it
 */
void vmadev_inject_narrow(const struct vmadev_region *region, pgoff_t pgoff, pgoff_t *first,
			  pgoff_t *end)
{
	pgoff_t from = pgoff, to = pgoff + 1;

	if (!vmadev_inject_covers(region, pgoff, 1)) {
		while (from > *first && !vmadev_inject_covers(region, from - 1, 1))
			from--;
		while (to < *end && !vmadev_inject_covers(region, to, 1))
			to++;
	}
	*first = from;
	*end = to;
}
