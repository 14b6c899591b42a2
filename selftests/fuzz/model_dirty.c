// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions that keep a log: which pages have been written to. Those have to be told; others
 * may be, if their bytes were written as they were, or the kernel may have kept the page.
 */
#include <errno.h>
#include <string.h>

#include "model.h"

static unsigned int pages_of(unsigned long from, unsigned long to)
{
	unsigned int set = 0;

	for (unsigned int page = from / page_bytes; (unsigned long)page * page_bytes < to; page++)
		set |= 1u << page;
	return set;
}

static unsigned int pages_from(unsigned int page, unsigned int n)
{
	return ((1u << n) - 1) << page;
}

void log_stored(struct object *object, unsigned long off, unsigned long len)
{
	if (!object->logs || object->revoked)
		return;
	object->must |= pages_of(off, off + len);
	object->may |= object->must;
}

/* A call that had nothing to copy has logged the page already. */
void log_tried(struct object *object, unsigned long off, unsigned long len)
{
	if (object->logs && !object->revoked)
		object->may |= pages_of(off, off + len);
}

void log_punched(struct object *object, unsigned long off, unsigned long len)
{
	if (object->logs)
		object->may |= pages_of(off, off + len);
	for (unsigned long i = off; i < off + len; i++)
		if (object->bytes[i])
			log_stored(object, i, 1);
}

void log_resized(struct object *object, unsigned int before)
{
	unsigned int inside = pages_from(0, object->pages);

	if (object->pages > before)
		log_stored(object, (unsigned long)before * page_bytes,
			   (unsigned long)(object->pages - before) * page_bytes);
	object->must &= inside;
	object->may &= inside;
}

static long refusal(const struct handle *handle, bool changes, unsigned int from, unsigned int n)
{
	const struct object *region = handle->region;

	if (changes && !handle->writer)
		return -EBADF;
	if (!region->logs)
		return -EOPNOTSUPP;
	if (region->revoked)
		return -ENODEV;
	return from > region->pages || n > region->pages - from ? -EINVAL : 0;
}

static void take(struct object *region, unsigned int set)
{
	region->must &= ~set;
	/* mlock keeps pages for a while longer than it has to. */
	if (!region->was_locked)
		region->may &= ~set;
}

/* How many of @set are dirty, if it said @got. */
static long count(const struct object *region, unsigned int set, long got)
{
	long least = __builtin_popcount(region->must & set);
	long most = __builtin_popcount(region->may & set);

	return got < least ? least : got > most ? most : got;
}

static long get(struct object *region, const struct desk *desk, unsigned int set,
		const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	long n = count(region, set, desk->ret);
	__u64 word;

	memcpy(&word, desk->buf, sizeof(word));
	word <<= a[2];
	if (desk->ret == n && n != __builtin_popcountll(word))
		*wrong = "DIRTY_GET counts others than it tells";
	else if (region->must & set & ~word)
		*wrong = "DIRTY_GET misses a page";
	else if (word & ~(__u64)(region->may & set))
		*wrong = "DIRTY_GET tells of a page that is clean";
	if (!a[1])
		take(region, set);
	return n;
}

long dirty_expect(const struct desk *desk, struct handle *handle, const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	struct object *region = handle->region;
	bool clear = desk->op.code == OP_DIRTY_CLEAR;
	unsigned int from = clear ? 0 : a[2], n = clear ? 0 : a[3], set;
	long err = refusal(handle, clear || !a[1], from, n);

	if (err)
		return err;
	set = pages_from(from, n ? n : region->pages - from);
	if (!clear)
		return get(region, desk, set, wrong);
	set &= a[1];
	n = count(region, set, desk->ret);
	take(region, set);
	return n;
}
