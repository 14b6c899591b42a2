// SPDX-License-Identifier: GPL-2.0-or-later
/* What should come of operations on descriptors. */
#include <errno.h>
#include <string.h>

#include "model.h"

struct handle *handle_new(struct object *region, unsigned int strategy, bool writer)
{
	struct handle *handle = model_alloc(sizeof(*handle));

	handle->region = region;
	if (!strategy && region->mount)
		strategy = region->mount->strategy;
	handle->strategy = strategy ? strategy : strategy_default(region->backing);
	handle->writer = writer;
	handle->epoch = region->epoch;
	return handle;
}

/* Strategies that not every kernel serves, or not in each region of their backing. */
#define PERHAPS	(VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_REMAP) | \
		 VMADEV_STRATEGY_BIT(VMADEV_STRATEGY_HUGE))

/* May be 0 for the default. */
static long strategy_check(unsigned int id, unsigned int backing, long got)
{
	if (id && !strategy_exists(id))
		return -EINVAL;
	if (id && !strategy_serves(id, backing))
		return -EOPNOTSUPP;
	if (VMADEV_STRATEGY_BIT(id) & PERHAPS && got == -EOPNOTSUPP)
		return got;
	return 0;
}

static long create(struct model *m, const struct desk *desk, const struct handle *from)
{
	const unsigned int *a = desk->op.arg;
	unsigned int backing = a[2] ? a[2] : VMADEV_BACKING_PAGES;
	struct object *region;
	long err;

	if (!from->writer)
		return -EBADF;
	if (backing == VMADEV_BACKING_BAR)	/* devices have it, and there are none here */
		return -EOPNOTSUPP;
	if (backing > VMADEV_BACKING_BAR)
		return -EINVAL;
	if (a[5] & LOG_DIRTY && backing != VMADEV_BACKING_PAGES && backing != VMADEV_BACKING_CONTIG)
		return -EOPNOTSUPP;
	err = strategy_check(a[3], backing, desk->ret);
	if (!err && !a[4])
		return -EINVAL;
	if (err)
		return err;
	region = object_new(m, backing, a[4]);
	region->logs = a[5] & LOG_DIRTY;
	region->reopens = a[5] & REOPEN;
	m->proc[desk->op.proc].fd[a[0]] = handle_new(region, a[3], true);
	return 0;
}

static long reopen(struct model *m, const struct desk *desk, const struct handle *from)
{
	const unsigned int *a = desk->op.arg;
	bool writer = from->writer && a[2] != VMADEV_ACCESS_READ;
	long err;

	if (a[2] == VMADEV_ACCESS_READ_WRITE && !from->writer)
		return -EACCES;
	if (from->region->mount)
		return -EOPNOTSUPP;
	err = strategy_check(a[3], from->region->backing, desk->ret);
	if (!err)
		m->proc[desk->op.proc].fd[a[0]] = handle_new(from->region, a[3], writer);
	return err;
}

static long snapshot(struct model *m, const struct desk *desk, const struct handle *from)
{
	const unsigned int *a = desk->op.arg;
	struct object *of = from->region, *region;
	long err;

	if (!from->writer)
		return -EBADF;
	if (!of->logs)
		return -EOPNOTSUPP;
	if (of->revoked)
		return -ENODEV;
	if (!of->pages)
		return -EINVAL;
	err = strategy_check(from->strategy, of->backing, desk->ret);
	if (err)
		return err;
	region = object_new(m, of->backing, of->pages);
	memcpy(region->bytes, of->bytes, object_size(of));
	region->seals = VMADEV_SEAL_SEAL;
	region->logs = a[2];
	m->proc[desk->op.proc].fd[a[0]] = handle_new(region, from->strategy, true);
	return 0;
}

static const char *info_check(const struct handle *handle, const struct vmadev_info *info)
{
	struct object *region = handle->region;
	unsigned int shared = strategy_bitmap(region->backing, false);

	if (!region->id)
		region->id = info->region;
	if (info->region != region->id)
		return "INFO names another region";
	if (info->strategy != handle->strategy || info->backing != region->backing ||
	    info->bytes != object_size(region) || info->page_size != page_bytes ||
	    info->cache != VMADEV_CACHE_WB)
		return "INFO tells something else";
	if (info->abilities != object_abilities(region) &&
	    info->abilities != (object_abilities(region) & ~VMADEV_CAN_EXPORT))
		return "INFO tells other abilities";
	if ((info->strategies_shared | PERHAPS) != (shared | PERHAPS) ||
	    info->strategies_shared & ~shared ||
	    info->strategies_private != strategy_bitmap(region->backing, true))
		return "INFO tells other strategies";
	return NULL;
}

/* How many VMAs there are is the kernel's business; that there are some is not. */
static bool is_mapped(const struct model *m, const struct handle *handle, bool whole)
{
	for (int p = 0; p < PROCS; p++)
		for (int i = 0; i < ARENA; i++) {
			const struct cell *cell = &m->proc[p].cell[i];

			if (m->proc[p].alive && cell->mapped &&
			    (whole ? cell->object == handle->region : cell->handle == handle))
				return true;
		}
	return false;
}

static const char *stats_check(const struct model *m, const struct handle *handle,
			       const struct vmadev_stats *stats)
{
	bool whole = stats->scope == VMADEV_SCOPE_REGION;

	if (stats->mmaps != (whole ? handle->region->mmaps : handle->mmaps))
		return "STATS counts other mmaps";
	if (stats->zaps != (whole ? handle->region->zaps : handle->zaps))
		return "STATS counts other zaps";
	if (stats->observed & VMADEV_STAT_VMAS && !stats->vmas == is_mapped(m, handle, whole))
		return "STATS is wrong about there being VMAs";
	return NULL;
}

static long zap(const struct desk *desk, struct handle *handle)
{
	const unsigned int *a = desk->op.arg;

	if (!handle->writer)
		return -EBADF;
	if (!a[2] || a[1] + a[2] > handle->region->pages)
		return -EINVAL;
	if (handle->region->backing == VMADEV_BACKING_NONE)
		return -EOPNOTSUPP;
	handle->zaps++;
	handle->region->zaps++;
	return 0;
}

/* A splice may do less than it could, but something. */
static long spliced(long most, long got)
{
	return got > 0 && got < most ? got : most;
}

static long read_from(const struct desk *desk, const struct object *region, long n,
		      const char **wrong)
{
	if (region->revoked && desk->op.arg[2])
		return -ENODEV;
	if (n > 0 && desk->ret == n && !object_shows(region, desk->op.arg[1], n, desk->buf))
		*wrong = "other bytes are read";
	return n;
}

static long write_part(struct model *m, const struct handle *handle, const unsigned char *bytes,
		       unsigned long off, unsigned long len)
{
	struct object *region = handle->region;
	struct write w;
	long n = write_begin(m, handle, &w, off, len);

	if (n > 0 && region->bytes)
		memcpy(region->bytes + w.off, bytes, n);
	if (n > 0)
		object_stored(region, w.off, n);
	return write_end(m, &w, n);
}

/* A splice goes on after a write that came short. */
static long splice_parts(struct model *m, const struct desk *desk, const struct handle *handle)
{
	const unsigned int *a = desk->op.arg;
	long done = 0, n = 1;

	while (n > 0 && done < (long)a[2]) {
		n = write_part(m, handle, desk->buf + done, a[1] + done, a[2] - done);
		if (n > 0)
			done += n;
	}
	return done ? done : n;
}

/* What it did of a region that does not grow, as far as it said. */
static long splice_to(struct model *m, const struct desk *desk, const struct handle *handle)
{
	const unsigned int *a = desk->op.arg;
	struct object *region = handle->region;
	long n = object_inside(region, a[1], a[2]);

	if (handle->writer && handle->append)
		return -EINVAL;
	if (region->mount)
		return splice_parts(m, desk, handle);
	if (!handle->writer || region->revoked || object_is_readonly(region) || !n ||
	    object_rule(region, 1u << RULE_WRITE | 1u << RULE_SHORT, a[1], n) == RULE_WRITE)
		return write_part(m, handle, desk->buf, a[1], a[2]);
	n = spliced(n, desk->ret);
	if (region->bytes)
		memcpy(region->bytes + a[1], desk->buf, n);
	object_stored(region, a[1], n);
	return n;
}

static bool is_zero(const struct object *region, unsigned long from, unsigned long to)
{
	return vt_is_zero(region->bytes + from, to - from);
}

/* Where there is memory is not modelled; but what is told to be a hole is zeros. */
static long seek_memory(const struct object *region, const unsigned int *a, long got)
{
	unsigned long off = a[1], size = object_size(region), at = got;

	if (a[2] == 1 && got == -ENXIO)
		return is_zero(region, off, size) ? got : 0;
	if (got < 0 || at < off || at > size || (a[2] == 1 && at == size))
		return 0;
	if (a[2] == 1)
		return is_zero(region, off, at) ? got : 0;
	return at == size || is_zero(region, at, at - at % page_bytes + page_bytes) ?
	       got : (long)size;
}

static long seek(const struct object *region, const unsigned int *a, long got)
{
	if (!a[2])
		return object_size(region);
	if (region->revoked)
		return -ENODEV;
	if (a[1] >= object_size(region))
		return -ENXIO;
	if (object_abilities(region) & VMADEV_CAN_HOLES)
		return seek_memory(region, a, got);
	return a[2] == 1 ? a[1] : object_size(region);
}

static long truncate_to(struct model *m, const struct handle *handle, unsigned int bytes)
{
	if (handle->node || !handle->writer)
		return -EINVAL;
	return object_truncate(m, handle->region, bytes);
}

/* The device's node is opened, and has no length; others have a file of their region, or are it. */
static long by_name(struct model *m, const struct desk *desk, const struct handle *from)
{
	const unsigned int *a = desk->op.arg;
	struct handle *handle = handle_new(from->region, 0, a[2] & TO_WRITE);
	long err = 0;

	handle->node = from->node;
	if (!from->node && !from->region->mount) {
		if (!from->region->reopens)
			return -ENXIO;
		if (a[2] && !from->writer)
			return -EACCES;
	}
	if (!from->node && a[2] & TO_TRUNCATE)
		err = object_truncate(m, from->region, 0);
	if (!err)
		m->proc[desk->op.proc].fd[a[0]] = handle;
	return err;
}

long file_expect(struct model *m, const struct desk *desk, const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	struct proc *proc = &m->proc[desk->op.proc];
	bool from = desk->op.code == OP_CREATE || desk->op.code == OP_REOPEN ||
		    desk->op.code == OP_BY_NAME || desk->op.code == OP_CRASH ||
		    desk->op.code == OP_SNAPSHOT;
	struct handle *handle = proc->fd[a[from ? 1 : 0]];
	long err, n;

	if (desk->op.code == OP_OPEN) {
		proc->fd[a[0]] = handle_new(&m->node, 0, a[1] != VMADEV_ACCESS_READ);
		proc->fd[a[0]]->node = true;
		return 0;
	}
	/* Nothing to splice: no descriptor is looked at. */
	if ((desk->op.code == OP_SPLICE_OUT || desk->op.code == OP_SPLICE_IN) && !a[2])
		return 0;
	if (!handle)
		return desk->op.code == OP_BY_NAME ? -ENOENT : -EBADF;
	switch (desk->op.code) {
	case OP_CREATE:
		return create(m, desk, handle);
	case OP_REOPEN:
		return reopen(m, desk, handle);
	case OP_BY_NAME:
		return by_name(m, desk, handle);
	case OP_CLOSE:
		proc->fd[a[0]] = NULL;
		return 0;
	case OP_STRATEGY:
		err = strategy_check(a[1], handle->region->backing, desk->ret);
		if (!err && handle->fixed)
			return -EBUSY;
		if (!err)
			handle->strategy = a[1] ? a[1] : strategy_default(handle->region->backing);
		return err;
	case OP_INFO:
		*wrong = desk->ret ? NULL : info_check(handle, &desk->info);
		return 0;
	case OP_STATS:
		if (a[1] > VMADEV_SCOPE_REGION)
			return -EINVAL;
		*wrong = desk->ret ? NULL : stats_check(m, handle, &desk->stats);
		return 0;
	case OP_ZAP:
		return zap(desk, handle);
	case OP_INJECT:
		return rules_expect(handle, a);
	case OP_READ:
		n = object_inside(handle->region, a[1], a[2]);
		return read_from(desk, handle->region,
				 call_moves(handle->region, RULE_READ, a[1], n), wrong);
	case OP_SPLICE_OUT:
		n = object_inside(handle->region, a[1], a[2]);
		n = call_moves(handle->region, RULE_READ, a[1], n);
		return read_from(desk, handle->region, n < 0 ? n : spliced(n, desk->ret), wrong);
	case OP_WRITE:
		return write_part(m, handle, desk->buf, a[1], a[2]);
	case OP_SPLICE_IN:
		return splice_to(m, desk, handle);
	case OP_SEEK:
		return seek(handle->region, a, desk->ret);
	case OP_TRUNCATE:
		return truncate_to(m, handle, a[1]);
	case OP_FALLOCATE:
		return allocate_expect(m, handle, a);
	case OP_SEAL:
		return seal_expect(m, handle, a[1]);
	case OP_REVOKE:
		return revoke_expect(m, handle, a[1]);
	case OP_RESTORE:
		return restore_expect(m, handle, desk->ret);
	case OP_EXPORT:
		return export_expect(desk, handle, wrong);
	case OP_DIRTY_GET:
	case OP_DIRTY_CLEAR:
		return dirty_expect(desk, handle, wrong);
	case OP_SNAPSHOT:
		return snapshot(m, desk, handle);
	case OP_FSYNC:
		media_sync(handle->region, ~0u);
		return 0;
	default:
		return media_expect(m, desk, handle, wrong);
	}
}
