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

enum { LIST = 256, CLEAR };

static const struct choice choices[] = {
	{ 'a', "append", NULL, "add the rules to those there are", NULL },
	{ 'f', "file", "FILE", "rules of FILE, one a line; # begins a comment", NULL },
	{ LIST, "list", NULL, "print the rules and how often they hit", NULL },
	{ CLEAR, "clear", NULL, "take all rules away", NULL },
	CHOICE_WATCH("list again and again (1), until Ctrl-C"), CHOICE_TIMES,
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

struct shown {
	int fd;
	bool json;
};

static void show_again(void *data)
{
	const struct shown *shown = data;

	list(shown->fd, shown->json);
}

/* Rules have a colon, and mostly spaces; names of regions have no space. */
static bool is_name(const char *operand)
{
	return !strpbrk(operand, ": \t");
}

static int fault(const struct command *self, int argc, char **argv)
{
	bool append = false, listed = false, clear = false, again;
	struct target target = { 0 };
	struct watch watch = WATCH_NOT;
	struct shown shown = { 0 };
	static struct rules rules;
	char **operand;
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 'a')
			append = true;
		else if (letter == 'f')
			rules_read(&rules, optarg);
		else if (letter == LIST)
			listed = true;
		else if (letter == CLEAR)
			clear = true;
		else if (letter == 'j')
			shown.json = true;
		else if (!watch_option(&watch, letter))
			target_option(&target, letter);
	}
	operand = operands(argc, argv, 0, INT_MAX);
	if (*operand && is_name(*operand) && !target.region && !target.device)
		target.region = *operand++;
	for (; *operand; operand++)
		rules_add(&rules, "", *operand);
	again = watch_wanted(&watch);
	if (clear && rules.count)
		usage_error("--clear goes with no rule");
	if (append && !rules.count)
		usage_error("--append goes with rules");
	shown.fd = target_open(&target, rules.count || clear ? O_RDWR : O_RDONLY);
	if ((rules.count || clear) &&
	    vmadev_inject(shown.fd, clear ? VMADEV_INJECT_CLEAR : append ? VMADEV_INJECT_APPEND : 0,
			  rules.rule, rules.count, sizeof(*rules.rule)))
		die_vmadev();
	if (again)
		watch_each(&watch, shown.json, show_again, &shown);
	else if (listed || shown.json || (!rules.count && !clear))
		list(shown.fd, shown.json);
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
