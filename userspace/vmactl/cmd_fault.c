// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl fault: faults by script. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

enum { LIST = 256, CLEAR, TIMES };

static const struct choice choices[] = {
	{ 'a', "append", NULL, "add the rules to those there are", NULL },
	{ 'f', "file", "FILE", "rules of FILE, one a line; # begins a comment", NULL },
	{ LIST, "list", NULL, "print the rules and how often they hit", NULL },
	{ CLEAR, "clear", NULL, "take all rules away", NULL },
	{ 'w', "watch", "[=SECONDS]", "list again and again (1), until Ctrl-C", NULL },
	{ TIMES, "times", "N", "with --watch: end after N times", NULL },
	CHOICE_DEVICE, CHOICE_REGION, CHOICE_JSON, { 0 }
};

enum { RULE, SEEN, HITS };

static const struct column columns[] = {
	[RULE] = { "RULE", SCOLS_JSON_STRING, 0 },
	[SEEN] = { "SEEN", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[HITS] = { "HITS", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
};

/* Rules that are to be given. */
struct rules {
	struct vmadev_rule rule[VMADEV_RULES_MAX];
	unsigned int count;
};

/* @where: "" or "FILE:LINE: " */
static void rules_add(struct rules *rules, const char *where, const char *text)
{
	if (rules->count == VMADEV_RULES_MAX)
		die("%sa region has at most %d rules", where, VMADEV_RULES_MAX);
	if (vmadev_rule_parse(text, &rules->rule[rules->count], sizeof(*rules->rule))) {
		warn("%s%s", where, vmadev_error());
		exit(EXIT_USAGE);
	}
	rules->count++;
}

static void rules_read(struct rules *rules, const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = NULL;
	size_t room = 0;

	if (!file)
		die("%s: %s", path, strerror(errno));
	for (int line = 1; getline(&text, &room, file) > 0; line++) {
		char where[PATH_MAX + 16];

		text[strcspn(text, "#\n")] = '\0';
		snprintf(where, sizeof(where), "%s:%d: ", path, line);
		if (text[strspn(text, " \t")])
			rules_add(rules, where, text);
	}
	if (ferror(file))
		die("%s: %s", path, strerror(errno));
	free(text);
	if (file != stdin)
		fclose(file);
}

static void list(int fd, bool json)
{
	struct libscols_table *table = table_new("rules", columns, ARRAY_SIZE(columns), json);
	struct vmadev_rule rules[VMADEV_RULES_MAX];
	int count = vmadev_rules(fd, rules, VMADEV_RULES_MAX, sizeof(*rules));

	if (count < 0)
		die_vmadev();
	for (int i = 0; i < count && i < VMADEV_RULES_MAX; i++) {
		struct libscols_line *line = table_line(table);
		char text[256];

		vmadev_rule_format(&rules[i], text, sizeof(text));
		table_cell(line, RULE, "%s", text);
		table_cell(line, SEEN, "%llu", (unsigned long long)rules[i].seen);
		table_cell(line, HITS, "%llu", (unsigned long long)rules[i].hits);
	}
	table_print(table);
}

static void watch(int fd, int milliseconds, unsigned long times, bool json)
{
	const bool screen = !json && isatty(STDOUT_FILENO);
	int stop = stop_fd();

	for (unsigned long i = 0; i < times; i++) {
		if (i && stop_within(stop, milliseconds))
			return;
		if (screen)
			fputs("\033[H\033[J", stdout);
		else if (i && !json)
			putchar('\n');
		list(fd, json);
		flush_output();
	}
}

/* Rules have a colon, and mostly spaces; names of regions have no space. */
static bool is_name(const char *operand)
{
	return !strpbrk(operand, ": \t");
}

static int fault(const struct command *self, int argc, char **argv)
{
	bool append = false, listed = false, clear = false, json = false;
	struct target target = { 0 };
	static struct rules rules;
	unsigned long times = ULONG_MAX;
	int letter, fd, milliseconds = -1;
	char **operand;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 'a')
			append = true;
		else if (letter == 'f')
			rules_read(&rules, optarg);
		else if (letter == LIST)
			listed = true;
		else if (letter == CLEAR)
			clear = true;
		else if (letter == 'w')
			milliseconds = 1000 * (int)(optarg ? parse_number("--watch", optarg, 10,
									  INT_MAX / 1000) : 1);
		else if (letter == TIMES)
			times = parse_number("--times", optarg, 10, ULONG_MAX);
		else if (letter == 'j')
			json = true;
		else
			target_option(&target, letter);
	}
	operand = operands(argc, argv, 0, INT_MAX);
	if (*operand && is_name(*operand) && !target.region && !target.device)
		target.region = *operand++;
	for (; *operand; operand++)
		rules_add(&rules, "", *operand);
	if (times != ULONG_MAX && milliseconds < 0)
		usage_error("--times goes with --watch");
	if (clear && rules.count)
		usage_error("--clear goes with no rule");
	if (append && !rules.count)
		usage_error("--append goes with rules");
	fd = target_open(&target, rules.count || clear ? O_RDWR : O_RDONLY);
	if ((rules.count || clear) &&
	    vmadev_inject(fd, clear ? VMADEV_INJECT_CLEAR : append ? VMADEV_INJECT_APPEND : 0,
			  rules.rule, rules.count, sizeof(*rules.rule)))
		die_vmadev();
	if (milliseconds >= 0)
		watch(fd, milliseconds, times, json);
	else if (listed || json || (!rules.count && !clear))
		list(fd, json);
	return 0;
}

const struct command command_fault = {
	.name = "fault",
	.operands = "[REGION] [RULE...]",
	.summary = "make accesses to a region go wrong, by rules",
	.about = "A rule is RANGE: ACCESS [WHOSE] [WHICH] ACTION, as\n"
		 "  'page 4: read nth=3 sigbus'   '0-1M: write probability=1% delay=2ms'\n"
		 "vmadev_rule_parse(3) has all words. Without a rule it lists those there are.",
	.choices = choices,
	.run = fault,
};
