// SPDX-License-Identifier: GPL-2.0-or-later
/* Who made the VMAs that are left: a table for each process. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "../must.h"
#include "../who/account.h"
#include "../who/owner.h"
#include "show.h"
#include "table.h"

static struct accounts accounts;

static bool ledger_event(struct show *show, struct event *event)
{
	(void)show;
	accounts_event(&accounts, event);
	return true;
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
	struct libscols_table *table = table_new(columns, ARRAY_SIZE(columns));

	table_text(table, "CALL", 0);
	table_text(table, "OWNER", 0);
	table_text(table, "FROM", SCOLS_FL_TRUNC);
	for (size_t i = 0; i < sites->count; i++) {
		const struct site *site = sites->site[i];
		struct libscols_line *line = table_line(table);

		table_cell(line, 0, "%zu", site->vmas);
		table_cell(line, 1, "%llu", site->bytes >> 10);
		table_cell(line, 2, "%lu", site->calls);
		table_cell(line, 3, "%s", site->call);
		table_cell(line, 4, "%s", site->owner);
		table_cell(line, 5, "%s", site->key ? owner_path(site->key) : "");
	}
	table_print(table, out);
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
