// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of cases, and results as a table, CSV or JSON. */
#include <string.h>

#include "../json.h"
#include "vmabench.h"

static const char *counted(const struct result *result)
{
	return result->bench->counted ? result->bench->counted : clock_unit();
}

void print_list(bool (*wanted)(const struct bench_case *bench, const struct peer *peer))
{
	for (size_t i = 0; i < case_count; i++) {
		bool begun = false;

		for (size_t j = 0; j < peer_count(); j++) {
			if (!wanted(&cases[i], peer_at(j)))
				continue;
			if (!begun)
				printf("%-20s a %-7s ", cases[i].name, cases[i].unit);
			begun = true;
			printf(" %s", peer_at(j)->name);
		}
		if (begun)
			putchar('\n');
	}
}

void print_table(const struct result *results, size_t count)
{
	printf("%-20s %-18s %16s %-20s %7s\n", "CASE", "PEER", "COST", "", "SPREAD");
	for (size_t i = 0; i < count; i++) {
		const struct result *r = &results[i];

		printf("%-20s %-18s ", r->bench->name, r->peer->name);
		if (*r->why)
			printf("%16s %s\n", "-", r->why);
		else
			printf("%16.1f %s a %-*s %6.2f%%\n", r->cost, counted(r),
			       17 - (int)strlen(counted(r)), r->bench->unit, 100 * r->spread);
	}
}

void print_csv(const struct result *results, size_t count)
{
	puts("case,peer,unit,counted,cost,spread,passes");
	for (size_t i = 0; i < count; i++) {
		const struct result *r = &results[i];

		if (!*r->why)
			printf("%s,%s,%s,%s,%.2f,%.5f,%u\n", r->bench->name, r->peer->name,
			       r->bench->unit, counted(r), r->cost, r->spread, r->passes);
	}
}

static void json_result(const struct result *result)
{
	json_member("{", "case", result->bench->name);
	json_member(", ", "peer", result->peer->name);
	if (*result->why) {
		json_member(", ", "why", result->why);
	} else {
		json_member(", ", "unit", result->bench->unit);
		json_member(", ", "counted", counted(result));
		if (result->bench->axis) {
			json_member(", ", "axis", result->bench->axis);
			printf(", \"at\": %llu", (unsigned long long)result->bench->at);
		}
		printf(", \"cost\": %.2f, \"spread\": %.5f, \"passes\": %u", result->cost,
		       result->spread, result->passes);
	}
	putchar('}');
}

static void json_results(const struct result *results, size_t count, bool absent)
{
	bool begun = false;

	for (size_t i = 0; i < count; i++) {
		if ((*results[i].why != '\0') != absent)
			continue;
		printf("%s\n  ", begun ? "," : "");
		json_result(&results[i]);
		begun = true;
	}
}

void print_json(const struct pin *pins, size_t pin_count, const struct result *results,
		size_t count)
{
	puts("{");
	json_member("", "clock", clock_unit());
	printf(",\n\"versions\": {");
	for (size_t i = 0; i < pin_count; i++)
		json_member(i ? ",\n  " : "\n  ", pins[i].name, pins[i].value);
	printf("\n},\n\"results\": [");
	json_results(results, count, false);
	printf("\n],\n\"absent\": [");
	json_results(results, count, true);
	puts("\n]\n}");
}
