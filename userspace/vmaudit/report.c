// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings as a table, JSON or TAP. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "../json.h"
#include "vmaudit.h"

static size_t reported, differing, counts[VERDICTS];
static const struct probe *defects[64];
static size_t defect_count;

void verdict_words(const char *verdict, const char *error, const char *sig, char *text,
		   size_t room)
{
	if (error || sig)
		snprintf(text, room, "%s (%s%s)", verdict, error ? "" : "SIG", error ? error : sig);
	else
		snprintf(text, room, "%s", verdict);
}

static void verdict_text(const struct finding *finding, char *text, size_t room)
{
	verdict_words(verdict_word(finding->verdict),
		      finding->verdict == REFUSED ? strerrorname_np(finding->error) : NULL,
		      finding->verdict == LATE ? sigabbrev_np(finding->error) : NULL, text, room);
}

static bool is_bad(enum verdict verdict)
{
	return verdict == DEFECT || verdict == STUCK || verdict == LOGGED;
}

void report_begin(const struct subject *subject, enum format format, size_t count)
{
	switch (format) {
	case TABLE:
		printf("%s: %zu bytes, %s, %s%s\n", subject->name, subject->length,
		       (subject->flags & MAP_TYPE) == MAP_SHARED ? "shared" : "private",
		       subject->prot & PROT_READ ? "read" : "",
		       subject->prot & PROT_WRITE ? " and write" : "");
		break;
	case TAP:
		printf("TAP version 13\n1..%zu\n", count);
		break;
	case JSON:
		json_member("{", "subject", subject->name);
		printf(", \"length\": %zu, \"offset\": %lld", subject->length,
		       (long long)subject->offset);
		json_member(", ", "mapping",
			    (subject->flags & MAP_TYPE) == MAP_SHARED ? "shared" : "private");
		printf(", \"writable\": %s, \"probes\": [",
		       subject->prot & PROT_WRITE ? "true" : "false");
		break;
	}
}

static void report_json(const struct probe *probe, const struct finding *finding,
			const char *was)
{
	printf("%s\n  ", reported > 1 ? "," : "");
	json_member("{", "probe", probe->name);
	json_member(", ", "verdict", verdict_word(finding->verdict));
	if (finding->verdict == REFUSED)
		json_member(", ", "errno", strerrorname_np(finding->error));
	if (finding->verdict == LATE)
		json_member(", ", "signal", sigabbrev_np(finding->error));
	json_member(", ", "seen", finding->seen);
	if (was)
		json_member(", ", "was", was);
	if (finding->verdict == DEFECT) {
		json_member(", ", "rule", probe->rule);
		json_member(", ", "change", probe->change);
		json_member(", ", "known", probe->why);
	}
	putchar('}');
}

void report_probe(const struct probe *probe, const struct finding *finding, enum format format)
{
	const char *was = baseline_of(probe);
	char verdict[64];

	reported++;
	counts[finding->verdict]++;
	if (finding->verdict == DEFECT && defect_count < ARRAY_SIZE(defects))
		defects[defect_count++] = probe;
	verdict_text(finding, verdict, sizeof(verdict));
	if (was && !strcmp(was, verdict))
		was = NULL;
	differing += !!was;
	switch (format) {
	case TABLE:
		printf("%-25s %-18s %s\n", probe->name, verdict, finding->seen);
		if (was)
			printf("%-25s %s\n", "  was", was);
		break;
	case TAP:
		printf("%sok %zu %s%s # %s: %s%s%s\n",
		       was || is_bad(finding->verdict) ? "not " : "", reported, probe->name,
		       finding->verdict == NOT_ASKED ? " # SKIP" : "", verdict, finding->seen,
		       was ? "; was: " : "", was ? was : "");
		break;
	case JSON:
		report_json(probe, finding, was);
		break;
	}
	fflush(stdout);
}

static void explain_defects(const char *command)
{
	for (size_t i = 0; i < defect_count; i++)
		printf("\n%s\n  rule:   %s\n  change: %s\n  known:  %s\n"
		       "  again:  vmaudit --only %s %s\n",
		       defects[i]->name, defects[i]->rule, defects[i]->change, defects[i]->why,
		       defects[i]->name, command);
}

int report_end(const char *command, enum format format)
{
	if (format == JSON) {
		puts("\n]}");
	} else {
		const char *before = format == TAP ? "# " : "";

		for (size_t i = 1; i < VERDICTS; i++) {
			if (!counts[i])
				continue;
			printf("%s%zu %s", before, counts[i], verdict_word((enum verdict)i));
			before = ", ";
		}
		if (differing)
			printf("; %zu differ from the baseline", differing);
		if (reported)
			putchar('\n');
		if (format == TABLE)
			explain_defects(command);
	}
	if (counts[STUCK] || counts[LOGGED])
		return EXIT_STUCK;
	return counts[DEFECT] || differing ? EXIT_DEFECT : EXIT_CLEAN;
}

void print_list(void)
{
	puts("Kinds of mappings; /dev/NODE and --fd N are others:");
	for (size_t i = 0; i < opener_count; i++) {
		printf("  %-14s %s\n", openers[i]->name, openers[i]->about);
		if (openers[i]->options)
			printf("  %-14s   options: %s\n", "", openers[i]->options);
	}
	puts("\nProbes:");
	for (size_t i = 0; i < probe_count; i++)
		printf("  %-25s %s%s\n", probes[i]->name, probes[i]->asks,
		       probes[i]->danger ? " (dangerous)" : "");
}
