// SPDX-License-Identifier: GPL-2.0-or-later
/* What should come of seals, of dma-bufs, and of a region whose memory is taken away. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "model.h"

/* Can anybody write to it through a mapping, or make one that can? */
static bool is_written(const struct model *m, const struct object *region)
{
	for (int p = 0; p < PROCS; p++)
		for (int i = 0; i < ARENA; i++) {
			const struct cell *cell = &m->proc[p].cell[i];

			if (m->proc[p].alive && cell->mapped && cell->object == region &&
			    cell->shared && cell->may_write)
				return true;
		}
	return false;
}

long seal_expect(const struct model *m, const struct handle *handle, unsigned int seals)
{
	struct object *region = handle->region;

	if (!handle->writer)
		return -EPERM;
	if (seals >= 32)
		return -EINVAL;
	if (region->revoked)
		return -ENODEV;
	if (region->seals & VMADEV_SEAL_SEAL)
		return -EPERM;
	if (seals & ~region->seals & VMADEV_SEAL_WRITE && is_written(m, region))
		return -EBUSY;
	region->seals |= seals;
	return 0;
}

/* A mapping of the buffer is one of the region, of a handle of its own. */
long export_expect(const struct desk *desk, const struct handle *handle, const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	unsigned long off = (unsigned long)a[1] * page_bytes;
	unsigned long len = (unsigned long)a[2] * page_bytes;
	struct object *region = handle->region;

	if (!handle->writer)
		return -EBADF;
	if (!a[2])
		return -EINVAL;
	/* The kernel may have no dma-bufs. */
	if (!(object_abilities(region) & VMADEV_CAN_EXPORT) || desk->ret == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	if (a[1] + a[2] > region->pages)
		return -EINVAL;
	if (region->revoked)
		return -ENODEV;
	if (a[3] != VMADEV_ACCESS_READ && object_is_readonly(region))
		return -EPERM;
	/* A device may write to it, and who could has it pinned. */
	if (a[3] != VMADEV_ACCESS_READ)
		log_stored(region, off, len);
	if (object_rule(region, 1u << RULE_MMAP, off, len))
		return -ENOMEM;
	region->mmaps++;
	for (unsigned int i = a[1]; i < a[1] + a[2]; i++)
		if (object_is_bad(region, i))
			return -SIGBUS;
	if (!desk->ret && !object_shows(region, off, len, desk->buf))
		*wrong = "a dma-buf shows other bytes";
	return 0;
}

static void forget_copies(struct model *m, const struct object *region)
{
	for (int p = 0; p < PROCS; p++)
		for (int i = 0; i < ARENA; i++)
			if (m->proc[p].cell[i].object == region)
				m->proc[p].cell[i].copy = NULL;
}

long revoke_expect(struct model *m, const struct handle *handle, unsigned int how)
{
	struct object *region = handle->region;

	if (!handle->writer)
		return -EBADF;
	if (how > VMADEV_REVOKE_ONES)
		return -EINVAL;
	how = how ? how : VMADEV_REVOKE_SIGBUS;
	if (region->fixed || region->seals & ~VMADEV_SEAL_SEAL)
		return -EPERM;
	if (region->revoked)
		return -ENODEV;
	if (region->backing == VMADEV_BACKING_NONE || region->backing == VMADEV_BACKING_MEDIA ||
	    (region->backing == VMADEV_BACKING_SHMEM && how != VMADEV_REVOKE_SIGBUS))
		return -EOPNOTSUPP;
	forget_copies(m, region);
	memset(region->bytes, 0, (size_t)MOST_PAGES * page_bytes);
	region->revoked = how;
	return 0;
}

/* Memory that is as contiguous as before cannot always be had. */
long restore_expect(const struct model *m, const struct handle *handle, long got)
{
	struct object *region = handle->region;

	if (!handle->writer)
		return -EBADF;
	if (region->fixed)
		return -EPERM;
	if (!region->revoked)
		return -EINVAL;
	if (!object_has_room(m, region, region->pages))
		return -ENOSPC;
	if (region->backing == VMADEV_BACKING_CONTIG && got == -ENOMEM)
		return got;
	region->revoked = 0;
	log_stored(region, 0, (unsigned long)region->pages * page_bytes);
	memset(region->dummies, 0, sizeof(region->dummies));
	return 0;
}

/*
 * What a process sees of a revoked region: a page of its own, where it could write to it;
 * else one that nobody writes to.
 */
unsigned char *object_dummy(struct object *region, unsigned int proc, bool writes)
{
	unsigned char **dummy = &region->dummies[writes ? proc : PROCS];

	if (!*dummy) {
		*dummy = model_alloc(page_bytes);
		memset(*dummy, region->revoked == VMADEV_REVOKE_ONES ? 0xff : 0, page_bytes);
	}
	return *dummy;
}

void forget_dummies(struct model *m, unsigned int proc)
{
	for (struct object *object = &m->node; object; object = object->next)
		object->dummies[proc] = NULL;
}
