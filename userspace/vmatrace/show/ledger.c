// SPDX-License-Identifier: GPL-2.0-or-later
/* Who made the VMAs that are left: a table for each process. */
#include <err.h>
#include <libsmartcols/libsmartcols.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../who/account.h"
#include "../who/owner.h"
#include "show.h"

static struct accounts accounts;

static void *must(void *memory)
{
	if (!memory)
		err(1, "no memory");
	return memory;
}

static bool ledger_event(struct show *show, struct event *event)
{
	(void)show;
	accounts_event(&accounts, event);
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
	for (struct account *account = accounts.first; account; account = account->next) {
		if (account != accounts.first)
			fputc('\n', show->out);
		put_account(show, account);
	}
	accounts_free(&accounts);
	return show_written(show);
}

const struct format format_ledger = {
	.name = "ledger", .event = ledger_event, .end = ledger_end, .needs_all = true,
};
