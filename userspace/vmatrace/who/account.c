// SPDX-License-Identifier: GPL-2.0-or-later
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "account.h"
#include "owner.h"

static int by_key(const void *a, const void *b)
{
	const struct site *one = a, *other = b;

	return strcmp(one->key, other->key);
}

static struct site *site_of(struct account *account, const struct event *event)
{
	struct site *site = must(calloc(1, sizeof(*site))), **found;
	size_t size;
	FILE *key = must(open_memstream(&site->key, &size));

	fputs(event->name, key);
	for (size_t i = 0; event->frame[i]; i++)
		fprintf(key, "\n%s", event->frame[i]);
	fclose(key);
	found = must(tsearch(must(site), &account->sites, by_key));
	if (*found != site) {
		free(site->key);
		free(site);
	} else {
		site->call = event->name;
		site->owner = owner_of(event->frame);
	}
	return *found;
}

static void make_room(struct account *account, size_t more)
{
	while (account->count + more > account->room) {
		account->room = account->room ? 2 * account->room : 256;
		account->held = must(reallocarray(account->held, account->room,
						  sizeof(*account->held)));
	}
}

/* All that was there before this event, since then. */
static void open_account(struct account *account, const struct event *event)
{
	struct mm mm;

	mm_copy(&mm, &event->space->mm);
	window_replace(&mm, &event->after, &event->before);
	make_room(account, mm.count);
	for (size_t i = 0; i < mm.count; i++)
		account->held[account->count++] = (struct held){
			mm.vma[i]->start, mm.vma[i]->end, &account->before, &account->before,
		};
	growth_add(&account->growth, event->time, mm.count);
	mm_free(&mm);
}

static struct account *account_of(struct accounts *accounts, const struct event *event)
{
	struct account **place = &accounts->first, *account;

	for (; *place; place = &(*place)->next)
		if ((*place)->number == event->space->number)
			return *place;
	account = must(calloc(1, sizeof(*account)));
	account->number = event->space->number;
	account->before.call = "(before)";
	account->before.owner = "there when it began, or inherited by fork";
	open_account(account, event);
	*place = account;
	return account;
}

static size_t at(const struct account *account, __u64 address)
{
	size_t low = 0, high = account->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (account->held[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * A VMA goes on to be whose start it holds; else this call has made it. Of a part that it
 * has split off the memory is whose it was, unless this call has mapped it.
 */
static struct held heir(const struct held *old, size_t count, const struct vma *vma,
			struct site *site, const struct event *event)
{
	struct held held = { vma->start, vma->end, site, site };
	const struct call *call = &event->call;
	__u64 place = (__u64)call->result;

	for (size_t i = 0; i < count; i++) {
		if (old[i].start < vma->start || old[i].start >= vma->end)
			continue;
		held.site = old[i].site;
		held.origin = old[i].origin;
		return held;
	}
	if ((call->kind == CALL_MMAP || call->kind == CALL_SHMAT) && vma->start >= place &&
	    vma->start - place < call->args[1])
		return held;
	for (size_t i = 0; i < count; i++)
		if (old[i].start <= vma->start && vma->start < old[i].end)
			held.origin = old[i].origin;
	return held;
}

static void replace(struct account *account, const struct event *event)
{
	const struct mm *before = &event->before, *after = &event->after;
	__u64 start = ~0ULL, end = 0;
	size_t first, gone;
	struct held *old;
	struct site *site;
	bool made = false;

	window_hull(before, &start, &end);
	window_hull(after, &start, &end);
	if (start >= end)
		return;
	first = at(account, start);
	for (gone = 0; first + gone < account->count; gone++)
		if (account->held[first + gone].start >= end)
			break;
	old = must(malloc((gone + 1) * sizeof(*old)));
	memcpy(old, account->held + first, gone * sizeof(*old));
	make_room(account, after->count);
	memmove(account->held + first + after->count, account->held + first + gone,
		(account->count - first - gone) * sizeof(*old));
	account->count += after->count - gone;
	site = site_of(account, event);
	for (size_t i = 0; i < after->count; i++) {
		struct held *held = &account->held[first + i];

		*held = heir(old, gone, after->vma[i], site, event);
		made |= held->site == site;
	}
	site->calls += made;
	free(old);
}

struct account *accounts_event(struct accounts *accounts, const struct event *event)
{
	struct account *account = account_of(accounts, event);

	account->pid = event->pid;
	account->limit = event->space->mm.limits.vmas;
	replace(account, event);
	growth_add(&account->growth, event->time, event->space->mm.count);
	return account;
}

const struct held *account_find(const struct account *account, __u64 address)
{
	size_t i = at(account, address);

	return i < account->count && account->held[i].start <= address ? &account->held[i] : NULL;
}

static void put_site(FILE *out, const struct site *site)
{
	if (!site->key)
		fputs(site->owner, out);
	else if (!*site->owner)
		fputs(site->call, out);
	else
		fprintf(out, "%s, %s: %s", site->call, site->owner, owner_path(site->key));
}

const char *held_text(const struct held *held, char *room, size_t size)
{
	FILE *out = must(fmemopen(room, size, "w"));

	if (held->origin->key)
		fputs("mapped by ", out);
	put_site(out, held->origin);
	if (held->site != held->origin) {
		fputs("; split off by ", out);
		put_site(out, held->site);
	}
	fclose(out);
	room[size - 1] = '\0';
	return room;
}

static void free_site(void *site)
{
	free(((struct site *)site)->key);
	free(site);
}

void accounts_free(struct accounts *accounts)
{
	while (accounts->first) {
		struct account *account = accounts->first;

		accounts->first = account->next;
		tdestroy(account->sites, free_site);
		free(account->held);
		free(account);
	}
}
