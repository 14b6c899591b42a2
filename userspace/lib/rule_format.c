// SPDX-License-Identifier: LGPL-2.1-or-later
/* A rule as text, which vmadev_rule_parse() reads. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "rule_words.h"

/* The text so far; @length counts what had no room too. */
struct text {
	char *at;
	size_t room, length;
};

__printf(2, 3) static void add(struct text *text, const char *format, ...)
{
	size_t used = text->length < text->room ? text->length : text->room;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(used < text->room ? text->at + used : NULL, text->room - used, format,
			   args);
	va_end(args);
	text->length += length > 0 ? (size_t)length : 0;
}

static void add_bytes(struct text *text, __u64 bytes)
{
	static const char suffixes[] = "\0KMGT";
	int i = 0;

	while (bytes && !(bytes % 1024) && i < 4) {
		bytes /= 1024;
		i++;
	}
	add(text, i ? "%llu%c" : "%llu", (unsigned long long)bytes, suffixes[i]);
}

static void add_range(struct text *text, const struct vmadev_rule *rule)
{
	__u64 page = (__u64)sysconf(_SC_PAGESIZE);
	unsigned long long first = rule->offset / page, nr = rule->length / page;

	if (!rule->offset && !rule->length) {
		add(text, "all");
	} else if (nr && !((rule->offset | rule->length) % page)) {
		add(text, nr == 1 ? "page %llu" : "pages %llu-%llu", first, first + nr - 1);
	} else {
		add_bytes(text, rule->offset);
		add(text, "-");
		if (rule->length)
			add_bytes(text, rule->offset + rule->length);
	}
	add(text, ":");
}

static void add_accesses(struct text *text, __u32 accesses)
{
	const struct vmadev_word *word = vmadev_access_words;
	const char *before = " ";

	if ((accesses & VMADEV_ON_FAULTS) == VMADEV_ON_FAULTS) {
		add(text, "%s%s", before, vmadev_word_of(word, VMADEV_ON_FAULTS));
		accesses &= ~(__u32)VMADEV_ON_FAULTS;
		before = ",";
	}
	for (; word->name; word++) {
		if (!(accesses & word->value))
			continue;
		add(text, "%s%s", before, word->name);
		accesses &= ~word->value;
		before = ",";
	}
}

static void add_number(struct text *text, const char *name, __u64 number)
{
	if (number)
		add(text, " %s=%llu", name, (unsigned long long)number);
}

static void add_action(struct text *text, const struct vmadev_rule *rule)
{
	const char *name = vmadev_word_of(vmadev_action_words, rule->action);
	const char *error = vmadev_word_of(vmadev_errno_words, (__u32)rule->value);
	unsigned long long value = rule->value;

	add(text, " %s", name ? name : "newer");
	switch (rule->action) {
	case VMADEV_ACTION_DELAY:
		add(text, value % 1000 ? "=%lluus" : value % 1000000 ? "=%llums" : "=%llus",
		    value % 1000 ? value : value % 1000000 ? value / 1000 : value / 1000000);
		break;
	case VMADEV_ACTION_ERRNO:
		add(text, "=%s", error ? error : "newer");
		break;
	default:
		if (value)
			add(text, "=%llu", value);
	}
}

int vmadev_rule_format(const struct vmadev_rule *rule, char *text, size_t room)
{
	const char *whose = vmadev_word_of(vmadev_whose_words, rule->whose);
	struct text out = { text, room, 0 };

	if (room)
		*text = '\0';
	add_range(&out, rule);
	add_accesses(&out, rule->accesses);
	if (whose)
		add(&out, " %s=%u", whose, rule->id);
	add_number(&out, "nth", rule->nth);
	add_number(&out, "interval", rule->interval);
	add_number(&out, "times", rule->times);
	if (rule->chances)
		add(&out, " probability=%u/%u", rule->odds, rule->chances);
	add_number(&out, "seed", rule->seed);
	add_action(&out, rule);
	if (rule->flags & VMADEV_RULE_REARM)
		add(&out, " rearm");
	if (rule->flags & VMADEV_RULE_HELD)
		add(&out, " held");
	return (int)out.length;
}
