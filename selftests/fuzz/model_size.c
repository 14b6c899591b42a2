// SPDX-License-Identifier: GPL-2.0-or-later
/* How long regions are, and what makes them longer and shorter: a write too, if it has a name. */
#include <errno.h>
#include <string.h>

#include "model.h"

unsigned long object_size(const struct object *region)
{
	return (unsigned long)region->pages * page_bytes - region->missing;
}

long object_inside(const struct object *region, unsigned long off, unsigned long len)
{
	unsigned long size = object_size(region);

	return off >= size ? 0 : len < size - off ? len : size - off;
}

/* What is cut off takes the copies of private mappings with it. */
static void cut(struct model *m, struct object *region, unsigned int pages)
{
	for (int p = 0; p < PROCS; p++)
		for (int i = 0; i < ARENA; i++) {
			struct cell *cell = &m->proc[p].cell[i];

			if (cell->object == region && cell->pgoff >= pages)
				cell->copy = NULL;
		}
	object_zero(region, (unsigned long)pages * page_bytes,
		    (unsigned long)(region->pages - pages) * page_bytes);
}

/* Behind the end of a file there are zeros when it grows, durable ones as its size is. */
static void clear_tail(struct object *region, unsigned long end)
{
	unsigned long rest = end % page_bytes ? page_bytes - end % page_bytes : 0;

	if (region->bytes)
		memset(region->bytes + end, 0, rest);
	if (region->durable)
		memset(region->durable + end, 0, rest);
}

static long set_size(struct model *m, struct object *region, unsigned long bytes)
{
	unsigned int pages = (bytes + page_bytes - 1) / page_bytes, before = region->pages;
	unsigned long size = object_size(region);

	if (bytes == size)
		return 0;
	clear_tail(region, bytes < size ? bytes : size);
	if (pages > before && !object_has_room(m, region, pages - before))
		return -ENOSPC;
	if (pages < before)
		cut(m, region, pages);
	region->pages = pages;
	region->missing = (unsigned long)pages * page_bytes - bytes;
	log_resized(region, before);
	return 0;
}

long object_truncate(struct model *m, struct object *region, unsigned long bytes)
{
	if (region->fixed)
		return -EPERM;
	if (region->revoked)
		return -ENODEV;
	if (bytes % page_bytes && !region->mount)
		return -EINVAL;
	if (bytes == object_size(region))
		return 0;
	if (region->seals & (bytes < object_size(region) ? VMADEV_SEAL_SHRINK : VMADEV_SEAL_GROW))
		return -EPERM;
	if (!object_resizes(region))
		return -EOPNOTSUPP;
	return set_size(m, region, bytes);
}

long allocate_expect(struct model *m, const struct handle *handle, const unsigned int *a)
{
	unsigned long off = a[2], len = a[3], end = off + len;
	struct object *region = handle->region;
	unsigned int mode = a[1];
	long err = 0;

	if (!len)
		return -EINVAL;
	if (!handle->writer)
		return -EBADF;
	if (handle->node)
		return -ENODEV;
	if (region->revoked)
		return -ENODEV;
	if (mode > ZERO_KEEP || (region->fixed && mode != FILL))
		return -EOPNOTSUPP;
	if (mode >= PUNCH && object_is_readonly(region))
		return -EPERM;
	if (mode != PUNCH && end > object_size(region)) {
		if (region->seals & VMADEV_SEAL_GROW)
			return -EPERM;
		if (mode == FILL_KEEP || mode == ZERO_KEEP || !object_resizes(region))
			return -ENOSPC;
		err = object_truncate(m, region, end);
	}
	if (err)
		return err;
	if (mode >= PUNCH)
		object_punch(region, off, len);
	if (mode != PUNCH)
		media_filled(region, off, len);
	return 0;
}

/*
 * How much of a write there is, and where; or an error. A file of a mount is as long then as
 * the write would have it.
 */
long write_begin(struct model *m, const struct handle *handle, struct write *w, unsigned long off,
		 unsigned long len)
{
	struct object *region = handle->region;
	long err = 0;

	*w = (struct write) { .region = region, .off = off, .asked = len };
	w->before = object_size(region);
	if (!handle->writer)
		return -EBADF;
	if (!len)
		return 0;
	if (region->revoked)
		return -ENODEV;
	if (object_is_readonly(region))
		return -EPERM;
	if (handle->append)
		w->off = w->before;
	if (region->mount && w->off + len > w->before) {
		err = set_size(m, region, w->off + len);
		w->grown = !err;
	}
	if (err)
		return err;
	len = object_inside(region, w->off, len);
	return len ? call_moves(region, RULE_WRITE, w->off, len) : -ENOSPC;
}

/* It came to @done: what could not be written a file is not longer by. */
long write_end(struct model *m, const struct write *w, long done)
{
	unsigned long end = done > 0 ? w->off + done : w->before;

	if (w->grown && done < (long)w->asked)
		set_size(m, w->region, end > w->before ? end : w->before);
	return done;
}
