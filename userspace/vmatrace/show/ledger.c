// SPDX-License-Identifier: GPL-2.0-or-later
/* Who made the VMAs that are left: a table for each process. */
#include <err.h>
#include <libsmartcols/libsmartcols.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../who/owner.h"
#include "growth.h"
#include "show.h"

/**
 * struct site - where calls come from
 * @key:   its call and stack; @owner: who is behind it
 * @calls: that made VMAs; @vmas, @bytes: what is left of these
 */
struct site {
	char *key;
	const char *call, *owner;
	unsigned long calls;
	size_t vmas;
	__u64 bytes;
};

struct held {
	__u64 start, end;
	struct site *site;
};

/**
 * struct account - of one address space
 * @held:  a VMA each, sorted, with who made it
 * @before: what was there when it began
 */
struct account {
	unsigned long number;
	pid_t pid;
	struct growth growth;
	__u64 limit;
	struct held *held;
	size_t count, room;
	void *sites;
	struct site before;
	struct account *next;
};

static struct account *accounts, **last = &accounts;

static void *must(void *memory)
{
	if (!memory)
		err(1, "no memory");
	return memory;
}

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
			mm.vma[i]->start, mm.vma[i]->end, &account->before,
		};
	growth_add(&account->growth, event->time, mm.count);
	mm_free(&mm);
}

static struct account *account_of(const struct event *event)
{
	struct account *account = accounts;

	while (account && account->number != event->space->number)
		account = account->next;
	if (account)
		return account;
	account = must(calloc(1, sizeof(*account)));
	account->number = event->space->number;
	account->before.call = "(before)";
	account->before.owner = "there when it began, or inherited by fork";
	open_account(account, event);
	*last = account;
	last = &account->next;
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

/* A VMA goes on to be whose start it holds; else this call has made it. */
static struct site *heir(const struct held *old, size_t count, const struct vma *vma,
			 struct site *site, bool *made)
{
	for (size_t i = 0; i < count; i++)
		if (old[i].start >= vma->start && old[i].start < vma->end)
			return old[i].site;
	*made = true;
	return site;
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
	for (size_t i = 0; i < after->count; i++)
		account->held[first + i] = (struct held){
			after->vma[i]->start, after->vma[i]->end,
			heir(old, gone, after->vma[i], site, &made),
		};
	site->calls += made;
	free(old);
}

static bool ledger_event(struct show *show, struct event *event)
{
	struct account *account = account_of(event);

	(void)show;
	account->pid = event->pid;
	account->limit = event->space->mm.limits.vmas;
	replace(account, event);
	growth_add(&account->growth, event->time, event->space->mm.count);
	return true;
}

static void cell(struct libscols_line *line, size_t column, const char *format, ...)
{
	char text[8192];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (scols_line_set_data(line, column, text))
		errx(1, "no memory");
}

struct sites {
	struct site **site;
	size_t count;
};

static void list(const void *node, VISIT visit, void *data)
{
	struct sites *sites = data;
	struct site *site = *(struct site *const *)node;

	if ((visit != postorder && visit != leaf) || !site->vmas)
		return;
	sites->site = must(reallocarray(sites->site, sites->count + 1, sizeof(struct site *)));
	sites->site[sites->count++] = site;
}

static int by_vmas(const void *a, const void *b)
{
	const struct site *one = *(struct site *const *)a, *other = *(struct site *const *)b;

	if (one->vmas != other->vmas)
		return one->vmas < other->vmas ? 1 : -1;
	if (one->bytes != other->bytes)
		return one->bytes < other->bytes ? 1 : -1;
	return strcmp(one->key ? one->key : "", other->key ? other->key : "");
}

static void put_sites(FILE *out, const struct sites *sites)
{
	static const char *const columns[] = { "VMAS", "KIB", "CALLS" };
	struct libscols_table *table = must(scols_new_table());

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		scols_table_new_column(table, columns[i], 0, SCOLS_FL_RIGHT);
	scols_table_new_column(table, "CALL", 0, 0);
	scols_table_new_column(table, "OWNER", 0, 0);
	scols_table_new_column(table, "FROM", 0, SCOLS_FL_TRUNC);
	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = sites->site[i];
		struct libscols_line *line = must(scols_table_new_line(table, NULL));

		cell(line, 0, "%zu", site->vmas);
		cell(line, 1, "%llu", site->bytes >> 10);
		cell(line, 2, "%lu", site->calls);
		cell(line, 3, "%s", site->call);
		cell(line, 4, "%s", site->owner);
		cell(line, 5, "%s", site->key ? owner_path(site->key) : "");
	}
	scols_table_set_stream(table, out);
	scols_print_table(table);
	scols_unref_table(table);
}

static void put_account(struct show *show, struct account *account)
{
	struct sites sites = { 0 };

	fprintf(show->out, "process %d: ", account->pid);
	growth_print(show->out, &account->growth, account->limit);
	for (size_t i = 0; i < account->count; i++) {
		struct site *site = account->held[i].site;

		site->vmas++;
		site->bytes += account->held[i].end - account->held[i].start;
	}
	twalk_r(account->sites, list, &sites);
	if (account->before.vmas) {
		struct site *before = &account->before;

		list(&before, leaf, &sites);
	}
	if (sites.count)
		qsort(sites.site, sites.count, sizeof(*sites.site), by_vmas);
	put_sites(show->out, &sites);
	free(sites.site);
}

static bool ledger_end(struct show *show)
{
	for (struct account *account = accounts; account; account = account->next) {
		if (account != accounts)
			fputc('\n', show->out);
		put_account(show, account);
	}
	return show_written(show);
}

const struct format format_ledger = {
	.name = "ledger", .event = ledger_event, .end = ledger_end, .needs_all = true,
};
