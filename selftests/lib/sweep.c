// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "failnth.h"
#include "ledger.h"
#include "sweep.h"

#define MAX_SITES 2000

static const struct pass {
	const char *whose;
	const char *symbol;
	bool pages;
} passes[] = {
	{ "vmadev, slab", "vmadev", false },
	{ "vmadev, slab and pages", "vmadev", true },
	{ "the kernel, slab", NULL, false },
};

struct report {
	const struct sweep_op *op;
	const char *label;
	int site;
	int wrong;
	char results[512];
};

static void complain(struct report *r, const char *what, const char *detail)
{
	r->wrong++;
	printf("# %s.%s, site %d: %s%s\n", r->op->name, r->label, r->site, what, detail);
}

static bool is_sensible(const struct sweep_op *op, long result)
{
	for (int i = 0; op->errnos[i]; i++)
		if (result == -op->errnos[i])
			return true;
	return result >= 0;
}

/* Once, the nth site failing; 0: none. True if it came to that. */
static bool once(struct report *r, int nth)
{
	static struct ledger was, is;
	const struct sweep_op *op = r->op;
	const char *differs;
	bool fired = false;
	char number[24];
	long result;

	if (ledger_take(&was))
		complain(r, "no ledger", "");
	if (op->before && op->before()) {
		complain(r, "what it needs cannot be had", "");
		return false;
	}
	if (nth)
		failnth_arm(nth);
	result = op->run();
	if (nth)
		fired = failnth_disarm();

	snprintf(number, sizeof(number), " %ld", result);
	if (fired && strlen(r->results) + strlen(number) < sizeof(r->results))
		strcat(r->results, number);
	if (!fired && result < 0)
		complain(r, "it fails when nothing else does:", number);
	else if (!is_sensible(op, result))
		complain(r, "not an errno that it should have:", number);
	if (op->check && op->check(result))
		complain(r, "not as it should be after", number);
	if (op->undo && op->undo())
		complain(r, "cannot be undone after", number);
	if (ledger_take(&is))
		complain(r, "no ledger", "");
	differs = ledger_differs(&was, &is);
	if (differs)
		complain(r, "left behind: ", differs);
	return fired;
}

static void sweep_pass(struct report *r, const struct pass *pass)
{
	r->results[0] = '\0';
	/* What the first call of all allocates for good is none of ours. */
	once(r, 0);
	for (r->site = 1; r->site < MAX_SITES && !r->wrong; r->site++) {
		if (!once(r, r->site))
			break;
		/* The kernel has many sites; there, the next site is the next try. */
		if (pass->symbol)
			once(r, 0);
	}
	if (r->site == MAX_SITES)
		complain(r, "no end of sites", "");
	printf("# sites %s.%s of %s: %d%s%s\n", r->op->name, r->label, pass->whose, r->site - 1,
	       r->site > 1 ? ":" : "", r->results);
}

int sweep(const struct sweep_op *op, const char *label, bool module_only)
{
	struct report r = { .op = op, .label = label };
	bool swept = false;

	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
		if (!passes[i].symbol && module_only && swept)
			continue;
		if (!failnth_sites(passes[i].pages, passes[i].symbol))
			continue;
		sweep_pass(&r, &passes[i]);
		swept = true;
	}
	r.site = 0;
	if (ledger_room())
		complain(&r, "the cap has less room than before", "");
	return r.wrong;
}
