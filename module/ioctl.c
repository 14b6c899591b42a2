// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls; uapi/vmadev.h documents them for callers.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "export.h"
#include "handle.h"
#include "ioctl.h"
#include "memtype.h"
#include "strategy.h"
#include "trace.h"
#include "vma.h"

static long ioctl_info(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_handle *handle = vmadev_handle_of(file);
	const struct vmadev_region *region = handle->region;

	arg->info = (struct vmadev_info) {
		.size = arg->size,
		.strategy = READ_ONCE(handle->strategy)->id,
		.region = region->id,
		.bytes = i_size_read(region->inode),
		.run_bytes = region->run_bytes,
		.backing = region->backing->id,
		.page_size = PAGE_SIZE,
		.strategies_shared = vmadev_strategy_bitmap(region, VMADEV_SHARED),
		.strategies_private = vmadev_strategy_bitmap(region, VMADEV_PRIVATE),
		.strategies_known = vmadev_strategy_bitmap(region, VMADEV_KNOWN),
		.abilities = vmadev_region_abilities(region),
		.orders = vmadev_strategy_orders(region),
		.cache = region->cache,
	};
	strscpy(arg->info.name, region->name, sizeof(arg->info.name));
	return 0;
}

static long ioctl_set_strategy(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_handle *handle = vmadev_handle_of(file);
	const struct vmadev_strategy *strategy;
	int err = vmadev_strategy_for(handle->region, arg->set_strategy.strategy, &strategy);

	return err ?: vmadev_handle_set_strategy(handle, strategy);
}

static long ioctl_stats(struct file *file, union vmadev_arg *arg)
{
	u32 scope = arg->stats.scope ?: VMADEV_SCOPE_HANDLE;
	u32 size = arg->size;

	if (scope != VMADEV_SCOPE_HANDLE && scope != VMADEV_SCOPE_REGION)
		return -EINVAL;
	arg->stats = (struct vmadev_stats) { .size = size };
	vmadev_handle_stats(file, scope, &arg->stats);
	return 0;
}

#define KNOWN_FLAGS	(VMADEV_CREATE_NODE | VMADEV_CREATE_ALLOW_SEALING | \
			 VMADEV_CREATE_REOPEN | VMADEV_CREATE_WC | VMADEV_CREATE_UC | \
			 VMADEV_CREATE_LOG_DIRTY)

/* What is never taken away is not sealed either, and its stores are not seen to be logged. */
static int cache_check(u32 flags, struct vmadev_region_spec *spec)
{
	const u32 both = VMADEV_CREATE_WC | VMADEV_CREATE_UC;

	if (!(flags & both))
		return 0;
	if ((flags & both) == both)
		return -EINVAL;
	if (flags & (VMADEV_CREATE_ALLOW_SEALING | VMADEV_CREATE_LOG_DIRTY) ||
	    !vmadev_memtype_can(spec->backing))
		return -EOPNOTSUPP;
	spec->cache = flags & VMADEV_CREATE_WC ? VMADEV_CACHE_WC : VMADEV_CACHE_UC;
	spec->fixed = true;
	return 0;
}

static int create_check(const struct vmadev_create *create, struct vmadev_region_spec *spec)
{
	if (create->backing == VMADEV_BACKING_BAR)
		return -EOPNOTSUPP;
	spec->backing = vmadev_backing_by_id(create->backing);
	if (!spec->backing || (create->flags & ~KNOWN_FLAGS) || create->reserved)
		return -EINVAL;
	if (!vmadev_region_name_ok(create->name))
		return -EINVAL;
	/* Elsewhere the kernel's own vm_ops map, and the kernel alone sees what is stored. */
	if (spec->logs && !spec->backing->pages)
		return -EOPNOTSUPP;
	if (!(create->flags & VMADEV_CREATE_NODE))
		return create->node ? -EINVAL : 0;
	if (create->node < 0 || create->node >= MAX_NUMNODES)
		return -EINVAL;
	spec->node = array_index_nospec(create->node, MAX_NUMNODES);
	if (!node_online(spec->node))
		return -EINVAL;
	return spec->backing->on_node ? 0 : -EOPNOTSUPP;
}

static long ioctl_create(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_create *create = &arg->create;
	struct vmadev_region_spec spec = {
		.bytes = create->bytes,
		.name = create->name,
		.node = NUMA_NO_NODE,
		.charged = true,
		.sealable = create->flags & VMADEV_CREATE_ALLOW_SEALING,
		.logs = create->flags & VMADEV_CREATE_LOG_DIRTY,
		.reopen = create->flags & VMADEV_CREATE_REOPEN,
	};
	const struct vmadev_strategy *strategy;
	struct vmadev_region *region;
	long ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = create_check(create, &spec) ?: cache_check(create->flags, &spec);
	/* What no region of that backing has is refused before there is one. */
	if (!ret)
		ret = vmadev_strategy_for_backing(spec.backing, create->strategy, &strategy);
	if (ret)
		return ret;
	region = vmadev_region_create(&spec);
	if (IS_ERR(region))
		return PTR_ERR(region);
	ret = vmadev_strategy_for(region, create->strategy, &strategy);
	if (!ret)
		ret = vmadev_install_handle(region, strategy, O_RDWR);
	vmadev_region_put(region);
	return ret;
}

static long ioctl_zap(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_handle *handle = vmadev_handle_of(file);
	const struct vmadev_zap *zap = &arg->zap;
	u64 end;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (zap->flags || !zap->length || !PAGE_ALIGNED(zap->offset | zap->length))
		return -EINVAL;
	if (check_add_overflow(zap->offset, zap->length, &end) ||
	    end > round_up(i_size_read(handle->region->inode), PAGE_SIZE))
		return -EINVAL;
	/* Each shared mapping of none is an object of its own. */
	if (handle->region->backing->id == VMADEV_BACKING_NONE)
		return -EOPNOTSUPP;

	/* Not unmap_mapping_range(), where a 32-bit kernel loses what is above 4 GiB. */
	unmap_mapping_pages(vmadev_region_mapping(handle->region), zap->offset >> PAGE_SHIFT,
			    zap->length >> PAGE_SHIFT, false);
	vmadev_count(handle, VMADEV_COUNT_ZAPS, 1);
	trace_vmadev_zap(handle->region->id, READ_ONCE(handle->strategy)->id,
			 zap->offset >> PAGE_SHIFT, zap->length >> PAGE_SHIFT, 0);
	return 0;
}

/* As of a memfd, who may not write may not seal, and it is EPERM. */
static long ioctl_add_seals(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EPERM;
	inode_lock(region->inode);
	err = vmadev_region_seal(region, arg->seals.seals);
	inode_unlock(region->inode);
	return err;
}

static long ioctl_get_seals(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_region *region = vmadev_handle_of(file)->region;

	arg->seals.seals = READ_ONCE(region->seals);
	return 0;
}

static long ioctl_revoke(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	u32 how = arg->revoke.how ?: VMADEV_REVOKE_SIGBUS;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (how > VMADEV_REVOKE_ONES)
		return -EINVAL;
	inode_lock(region->inode);
	err = vmadev_region_revoke(region, how, &arg->revoke.pinned);
	inode_unlock(region->inode);
	return err;
}

static long ioctl_restore(struct file *file, union vmadev_arg *arg)
{
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (arg->restore.flags)
		return -EINVAL;
	inode_lock(region->inode);
	err = vmadev_region_restore(region);
	inode_unlock(region->inode);
	return err;
}

static long ioctl_export(struct file *file, union vmadev_arg *arg)
{
	const struct vmadev_export *export = &arg->export;
	struct vmadev_region *region = vmadev_handle_of(file)->region;
	int err, oflags = vmadev_access_mode(file, export->access);
	const struct vmadev_strategy *strategy;
	struct vmadev_range range;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (export->reserved || !export->length || !PAGE_ALIGNED(export->offset | export->length))
		return -EINVAL;
	if (oflags < 0)
		return oflags;
	if (oflags == O_WRONLY)		/* of a buffer that is not read there is no such thing */
		return -EACCES;
	if (!(vmadev_region_abilities(region) & VMADEV_CAN_EXPORT))
		return -EOPNOTSUPP;
	err = vmadev_strategy_for(region, export->strategy, &strategy);
	if (err)
		return err;
	if (export->offset + export->length < export->offset ||
	    export->offset + export->length > i_size_read(region->inode))
		return -EINVAL;
	if (export->length > SIZE_MAX)
		return -EFBIG;
	range.pgoff = export->offset >> PAGE_SHIFT;
	range.nr_pages = export->length >> PAGE_SHIFT;
	return vmadev_export(region, &range, strategy, oflags);
}

static const struct vmadev_ioctl ioctls[] = {
	VMADEV_IOCTL(VMADEV_IOC_INFO, ioctl_info, vmadev_info, name, true),
	VMADEV_IOCTL(VMADEV_IOC_SET_STRATEGY, ioctl_set_strategy,
		     vmadev_set_strategy, strategy, false),
	VMADEV_IOCTL(VMADEV_IOC_STATS, ioctl_stats, vmadev_stats, vmas, true),
	VMADEV_IOCTL(VMADEV_IOC_CREATE, ioctl_create, vmadev_create, name, false),
	VMADEV_IOCTL(VMADEV_IOC_OPEN, vmadev_ioctl_open, vmadev_open, reserved, false),
	VMADEV_IOCTL(VMADEV_IOC_ZAP, ioctl_zap, vmadev_zap, length, false),
	VMADEV_IOCTL(VMADEV_IOC_ADD_SEALS, ioctl_add_seals, vmadev_seals, seals, false),
	VMADEV_IOCTL(VMADEV_IOC_GET_SEALS, ioctl_get_seals, vmadev_seals, seals, true),
	VMADEV_IOCTL(VMADEV_IOC_REVOKE, ioctl_revoke, vmadev_revoke, pinned, true),
	VMADEV_IOCTL(VMADEV_IOC_RESTORE, ioctl_restore, vmadev_restore, flags, false),
	VMADEV_IOCTL(VMADEV_IOC_INJECT, vmadev_ioctl_inject, vmadev_inject, rule_size, false),
	VMADEV_IOCTL(VMADEV_IOC_RULES, vmadev_ioctl_rules, vmadev_rules, rule_size, true),
	VMADEV_IOCTL(VMADEV_IOC_CRASH_FORK, vmadev_ioctl_crash_fork, vmadev_crash, name, false),
	VMADEV_IOCTL(VMADEV_IOC_CRASH_REVERT, vmadev_ioctl_crash_revert, vmadev_crash, name, false),
	VMADEV_IOCTL(VMADEV_IOC_WRITEBACK, vmadev_ioctl_writeback,
		     vmadev_writeback, nr_pages, false),
	VMADEV_IOCTL(VMADEV_IOC_UNSYNCED, vmadev_ioctl_unsynced, vmadev_unsynced, pages, true),
	VMADEV_IOCTL(VMADEV_IOC_EXPORT, ioctl_export, vmadev_export, length, false),
	VMADEV_IOCTL(VMADEV_IOC_DIRTY_GET, vmadev_ioctl_dirty_get, vmadev_dirty, dirty, true),
	VMADEV_IOCTL(VMADEV_IOC_DIRTY_CLEAR, vmadev_ioctl_dirty_clear, vmadev_dirty, dirty, true),
	VMADEV_IOCTL(VMADEV_IOC_SNAPSHOT, vmadev_ioctl_snapshot, vmadev_snapshot, pinned, true),
	VMADEV_IOCTL(VMADEV_IOC_OPEN_BY_NAME, vmadev_ioctl_open_by_name,
		     vmadev_open_by_name, name, false),
};

/*
 * What the caller's struct has beyond the kernel's has to be 0, of any length:
 * so it is looked at in pieces, between which the caller may be killed.
 */
static __always_inline int check_tail(const void __user *tail, size_t len)
{
	while (len) {
		size_t n = min_t(size_t, len, SZ_64K);
		int zero = check_zeroed_user(tail, n);

		if (zero <= 0)
			return zero ?: -E2BIG;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		tail += n;
		len -= n;
	}
	return 0;
}

/* Inline, and check_tail() too: else each call of the device pays for what directories share. */
static __always_inline long run(const struct vmadev_ioctl *ioctls, size_t nr, struct file *file,
				unsigned int cmd, void __user *uarg, union vmadev_arg *arg)
{
	unsigned int i = _IOC_NR(cmd) - _IOC_NR(VMADEV_IOC_INFO);
	u32 size, known;
	long ret;

	if (i >= nr || cmd != _IO(VMADEV_IOC_MAGIC, _IOC_NR(cmd)))
		return -ENOTTY;
	i = array_index_nospec(i, nr);
	if (!ioctls[i].call)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < ioctls[i].min)
		return -EINVAL;
	known = min_t(size_t, size, ioctls[i].size);
	ret = check_tail(uarg + known, size - known);
	if (!ret)
		ret = copy_struct_from_user(arg, ioctls[i].size, uarg, known);
	if (ret)
		return ret;

	arg->size = size;	/* what was checked, whatever the caller wrote since */
	/* Once something was changed it is too late to say that the answer cannot be written. */
	if (ioctls[i].out && copy_to_user(uarg, arg, known))
		return -EFAULT;
	ret = ioctls[i].call(file, arg);
	if (ret >= 0 && ioctls[i].out && copy_to_user(uarg, arg, known))
		return -EFAULT;
	return ret;
}

/**
 * vmadev_ioctl_run() - do one of a table
 * @ioctls: the table
 * @nr:	    how long it is
 * @file:   what is passed to it
 * @cmd:    VMADEV_IOC_*
 * @uarg:   the struct of that command
 * @arg:    room for the largest of the table
 *
 * Return: 0 or a descriptor, or an error as uapi/vmadev.h says.
 */
long vmadev_ioctl_run(const struct vmadev_ioctl *ioctls, size_t nr, struct file *file,
		      unsigned int cmd, void __user *uarg, union vmadev_arg *arg)
{
	return run(ioctls, nr, file, cmd, uarg, arg);
}

/**
 * vmadev_ioctl() - &file_operations.unlocked_ioctl
 * @file: a handle's
 * @cmd:  VMADEV_IOC_*
 * @arg:  user pointer to the struct of that command
 *
 * Return: as vmadev_ioctl_run().
 */
long vmadev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	union vmadev_arg karg;

	return run(ioctls, ARRAY_SIZE(ioctls), file, cmd, (void __user *)arg, &karg);
}
