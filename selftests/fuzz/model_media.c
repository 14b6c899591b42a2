// SPDX-License-Identifier: GPL-2.0-or-later
/* Regions of media: which pages are dirty, which bytes durable, and what crashes leave. */
#include <errno.h>
#include <string.h>

#include "model.h"

static size_t at(unsigned int page)
{
	return (size_t)page * page_bytes;
}

static unsigned int pages_of(unsigned long from, unsigned long to)
{
	unsigned int set = 0;

	for (unsigned int page = from / page_bytes; at(page) < to; page++)
		set |= 1u << page;
	return set;
}

static unsigned int pages_below(unsigned int page)
{
	return (1u << page) - 1;
}

void media_init(struct object *object)
{
	object->durable = model_alloc(at(MOST_PAGES));
}

void media_stored(struct object *object, unsigned long off, unsigned long len)
{
	if (object->durable)
		object->dirty |= pages_of(off, off + len);
}

void media_filled(struct object *object, unsigned long off, unsigned long len)
{
	object->medium |= pages_of(off, off + len);
}

void media_sync(struct object *object, unsigned int set)
{
	if (!object->durable)
		return;
	set &= object->dirty;
	for (unsigned int i = 0; i < MOST_PAGES; i++)
		if (set >> i & 1)
			memcpy(object->durable + at(i), object->bytes + at(i), page_bytes);
	object->dirty &= ~set;
	object->medium |= set;
}

/* A part of a page: a store, unless all of it is a hole. */
static void punch_part(struct object *object, unsigned long from, unsigned long to)
{
	if (from < to && pages_of(from, to) & (object->dirty | object->medium))
		media_stored(object, from, to - from);
}

void media_punch(struct object *object, unsigned long off, unsigned long len)
{
	unsigned long end = off + len, first = (off + page_bytes - 1) / page_bytes * page_bytes;
	unsigned long last = end / page_bytes * page_bytes;
	unsigned int whole;

	if (!object->durable)
		return;
	punch_part(object, off, first < end ? first : end);
	if (last >= first)
		punch_part(object, last, end);
	if (last <= first)
		return;
	whole = pages_of(first, last);
	memset(object->durable + first, 0, last - first);
	object->dirty &= ~whole;
	object->medium &= ~whole;
}

static long unsynced(const struct object *region, const struct desk *desk, const char **wrong)
{
	__u64 word;

	memcpy(&word, desk->buf, sizeof(word));
	if (desk->ret >= 0 && region->pages && word != region->dirty)
		*wrong = "UNSYNCED tells other pages";
	return __builtin_popcount(region->dirty);
}

long media_crash(struct model *m, const struct object *region, struct handle **slot,
		 unsigned int kept, bool live)
{
	struct object *fork;

	if (!region->pages)
		return -EINVAL;
	fork = object_new(m, VMADEV_BACKING_MEDIA, region->pages);
	kept &= region->dirty;
	memcpy(fork->durable, region->durable, at(region->pages));
	memcpy(fork->bytes, region->durable, at(region->pages));
	for (unsigned int i = 0; i < region->pages; i++)
		if (kept >> i & 1)
			memcpy(fork->bytes + at(i), region->bytes + at(i), page_bytes);
	fork->medium = region->medium;
	fork->seals = VMADEV_SEAL_SEAL;
	fork->dirty = kept;
	if (!live)
		media_sync(fork, kept);
	*slot = handle_new(fork, 0, true);
	return 0;
}

static long revert(struct model *m, struct object *region, unsigned int kept, bool sigbus)
{
	media_sync(region, kept);
	memcpy(region->bytes, region->durable, at(MOST_PAGES));
	region->dirty = 0;
	if (!sigbus)
		return 0;
	region->epoch++;
	for (int p = 0; p < PROCS; p++)
		for (int i = 0; i < ARENA; i++)
			if (m->proc[p].cell[i].object == region)
				m->proc[p].cell[i].copy = NULL;
	return 0;
}

long media_expect(struct model *m, const struct desk *desk, struct handle *handle,
		  const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	struct object *region = handle->region;

	if (desk->op.code != OP_UNSYNCED && !handle->writer)
		return -EBADF;
	if (!region->durable)
		return -EOPNOTSUPP;
	switch (desk->op.code) {
	case OP_UNSYNCED:
		return unsynced(region, desk, wrong);
	case OP_CRASH:
		return media_crash(m, region, &m->proc[desk->op.proc].fd[a[0]],
			     a[2] & pages_below(region->pages), a[3]);
	case OP_REVERT:
		if (object_is_readonly(region))
			return -EPERM;
		return revert(m, region, a[1], a[2]);
	default:	/* writeback */
		media_sync(region, a[1]);
		return 0;
	}
}
