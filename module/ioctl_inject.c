// SPDX-License-Identifier: GPL-2.0
/*
 * VMADEV_IOC_INJECT and VMADEV_IOC_RULES: between a caller's array of rules and the region.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "handle.h"
#include "inject.h"
#include "inject_match.h"
#include "ioctl.h"

/* The struct's first version. */
#define RULE_MIN	offsetofend(struct vmadev_rule, hits)

/* Memory failure, and a machine whose fault handler knows what to do with it. */
#define HAVE_MCEERR	(IS_ENABLED(CONFIG_MEMORY_FAILURE) && \
			 (IS_ENABLED(CONFIG_X86_64) || IS_ENABLED(CONFIG_ARM64)))

static int rule_may(const struct vmadev_region *region, const struct vmadev_rule *rule)
{
	bool faults = rule->accesses & VMADEV_ON_FAULTS;
	bool logged = rule->action == VMADEV_ACTION_MCEERR || rule->action == VMADEV_ACTION_OOM;

	if (faults && !(vmadev_region_abilities(region) & VMADEV_CAN_INJECT))
		return -EOPNOTSUPP;
	if (rule->action == VMADEV_ACTION_MCEERR && !HAVE_MCEERR)
		return -EOPNOTSUPP;
	if ((logged || region->fixed) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return 0;
}

static int copy_rules(const struct vmadev_region *region, const struct vmadev_inject *inject,
		      struct vmadev_rule *rules)
{
	const void __user *from = u64_to_user_ptr(inject->rules);
	u32 i;
	int err;

	for (i = 0; i < inject->nr; i++, from += inject->rule_size) {
		err = copy_struct_from_user(&rules[i], sizeof(rules[i]), from, inject->rule_size);
		if (!err)
			err = vmadev_rule_check(&rules[i]);
		if (!err)
			err = rule_may(region, &rules[i]);
		if (err)
			return err;
	}
	return 0;
}

/**
 * vmadev_ioctl_inject() - VMADEV_IOC_INJECT
 * @file: a handle's
 * @arg:  what is asked for
 *
 * Return: 0, or an error as uapi/vmadev.h says.
 */
long vmadev_ioctl_inject(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_inject *inject = &arg->inject;
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	bool clear = inject->flags & VMADEV_INJECT_CLEAR;
	struct vmadev_rule *rules = NULL;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (inject->flags > VMADEV_INJECT_CLEAR || hweight32(inject->flags) > 1)
		return -EINVAL;
	if (clear ? inject->nr || inject->rule_size : !inject->nr || inject->rule_size < RULE_MIN)
		return -EINVAL;
	if (inject->nr > VMADEV_RULES_MAX)
		return -ENOSPC;
	if (inject->rule_size > PAGE_SIZE)
		return -E2BIG;
	if (region->fixed && clear && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (inject->nr) {
		rules = kvmalloc_array(inject->nr, sizeof(*rules), GFP_KERNEL);
		if (!rules)
			return -ENOMEM;
	}
	err = copy_rules(region, inject, rules);
	if (!err) {
		inode_lock(region->inode);
		err = vmadev_inject_rules(region, rules, inject->nr,
					  inject->flags & VMADEV_INJECT_APPEND);
		inode_unlock(region->inode);
	}
	kvfree(rules);
	return err;
}

/**
 * vmadev_ioctl_rules() - VMADEV_IOC_RULES
 * @file: a handle's
 * @arg:  what is asked for; its @nr becomes how many there are
 *
 * Return: 0, or an error as uapi/vmadev.h says.
 */
long vmadev_ioctl_rules(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_rules *asked = &arg->rules;
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	void __user *to = u64_to_user_ptr(asked->rules);
	struct vmadev_rule *rules;
	u32 i, nr;
	int err = 0;

	if (asked->flags || asked->rule_size < RULE_MIN)
		return -EINVAL;
	if (asked->rule_size > PAGE_SIZE)
		return -E2BIG;
	rules = kvmalloc_array(VMADEV_RULES_MAX, sizeof(*rules), GFP_KERNEL);
	if (!rules)
		return -ENOMEM;
	inode_lock(region->inode);
	nr = vmadev_rules_count(region);
	for (i = 0; i < nr; i++)
		vmadev_rules_get(region, i, &rules[i]);
	inode_unlock(region->inode);

	for (i = 0; i < min(nr, asked->nr) && !err; i++, to += asked->rule_size) {
		size_t known = min_t(size_t, asked->rule_size, sizeof(*rules));

		if (copy_to_user(to, &rules[i], known) ||
		    clear_user(to + known, asked->rule_size - known))
			err = -EFAULT;
	}
	kvfree(rules);
	asked->nr = nr;
	return err;
}
