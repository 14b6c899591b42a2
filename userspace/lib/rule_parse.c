// SPDX-License-Identifier: LGPL-2.1-or-later
/* A rule, read from its text: "page 4: read nth=3 sigbus". */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "rule_words.h"

#define A_RANGE		"a range and ':', as page 4:, pages 4-7:, 0-1M:, 64K-: or all:"
#define AN_ACCESS	"an access: read write kernel access mmap msync read(2) write(2)"
#define AN_ACTION	"an action: sigbus mceerr delay= retry= oom errno= short= corrupt"
#define A_WORD		"nth= interval= times= probability= seed= pid= tid= uid= rearm held, or " \
			AN_ACTION

/* A word of the text, in it. */
struct word {
	const char *at;
	size_t length;
};

/* Says which word it was and what it should have been. */
static int refuse(struct word word, const char *expected)
{
	errno = EINVAL;
	return vmadev_fail("vmadev_rule_parse", "'%.*s': expected %s",
			   word.length < 32 ? (int)word.length : 32, word.at, expected);
}

static bool is(struct word word, const char *name)
{
	return strlen(name) == word.length && !strncmp(word.at, name, word.length);
}

/* What follows "NAME=", or nothing. */
static bool has_value(struct word word, const char *name, struct word *value)
{
	size_t length = strlen(name);

	if (word.length <= length || strncmp(word.at, name, length) || word.at[length] != '=')
		return false;
	*value = (struct word) { word.at + length + 1, word.length - length - 1 };
	return true;
}

/* Digits, of which the rest is left in *@word; false: there are none, or too many. */
static bool take_number(struct word *word, __u64 *number)
{
	const char *begin = word->at;

	for (*number = 0; word->length && isdigit((unsigned char)*word->at);
	     word->at++, word->length--)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (__u64)(*word->at - '0'), number))
			return false;
	return word->at > begin;
}

static bool number_is(struct word word, __u64 least, __u64 most, __u64 *number)
{
	return take_number(&word, number) && !word.length && *number >= least && *number <= most;
}

static bool take_bytes(struct word *word, __u64 *bytes)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;

	if (!take_number(word, bytes))
		return false;
	suffix = word->length ? strchr(suffixes, toupper((unsigned char)*word->at)) : NULL;
	if (!suffix || !*suffix)
		return true;
	word->at++;
	word->length--;
	return !__builtin_mul_overflow(*bytes, 1ull << 10 * (suffix - suffixes + 1), bytes);
}

/* "A-B" without B, "A-", or, where that is so, "A" alone. */
static bool range_is(struct word word, bool (*take)(struct word *word, __u64 *number), bool pages,
		     struct vmadev_rule *rule)
{
	__u64 unit = pages ? (__u64)sysconf(_SC_PAGESIZE) : 1, first, end;

	if (!take(&word, &first))
		return false;
	end = first + 1;
	if (word.length) {
		if (*word.at != '-')
			return false;
		word.at++;
		word.length--;
		if (!word.length && !pages) {
			end = 0;
		} else {
			if (!take(&word, &end) || word.length || end < first ||
			    (!pages && end == first))
				return false;
			end += pages;
		}
	} else if (!pages) {
		return false;
	}
	if (__builtin_mul_overflow(first, unit, &rule->offset))
		return false;
	return !end || !__builtin_mul_overflow(end - first, unit, &rule->length);
}

static struct word next_word(const char **text, const char *separators)
{
	struct word word;

	*text += strspn(*text, separators);
	word.at = *text;
	word.length = strcspn(*text, separators);
	*text += word.length;
	return word;
}

static int parse_range(const char **text, struct vmadev_rule *rule)
{
	const char *colon = strchr(*text, ':'), *end = colon;
	struct word all, word, rest;
	bool good;

	while (end && end > *text && isspace((unsigned char)end[-1]))
		end--;
	all = (struct word) { *text, end ? (size_t)(end - *text) : strlen(*text) };
	if (!colon)
		return refuse(all, A_RANGE);
	*text = colon + 1;
	word = all;
	while (word.length && isspace((unsigned char)*word.at))
		word.at++, word.length--;
	rest = word;
	while (rest.length && !isspace((unsigned char)*rest.at))
		rest.at++, rest.length--;
	word.length -= rest.length;
	while (rest.length && isspace((unsigned char)*rest.at))
		rest.at++, rest.length--;
	if (is(word, "page") || is(word, "pages"))
		good = range_is(rest, take_number, true, rule);
	else
		good = !rest.length && (is(word, "all") || range_is(word, take_bytes, false, rule));
	return good ? 0 : refuse(all, A_RANGE);
}

/* "read,write": none, or all of it */
static bool are_accesses(struct word word, struct vmadev_rule *rule)
{
	__u32 found = 0;

	while (word.length) {
		const struct vmadev_word *known = vmadev_access_words;
		struct word one = { word.at, 0 };

		while (one.length < word.length && one.at[one.length] != ',')
			one.length++;
		while (known->name && !is(one, known->name))
			known++;
		if (!known->name)
			return false;
		found |= known->value;
		word.at += one.length;
		word.length -= one.length;
		if (!word.length)
			break;
		word.at++;
		if (!--word.length)
			return false;
	}
	rule->accesses |= found;
	return found;
}

static bool time_is(struct word word, __u64 *microseconds)
{
	__u64 unit;

	if (!take_number(&word, microseconds))
		return false;
	unit = is(word, "us") ? 1 : is(word, "ms") ? 1000 : is(word, "s") ? 1000000 : 0;
	return unit && !__builtin_mul_overflow(*microseconds, unit, microseconds) &&
	       *microseconds && *microseconds <= VMADEV_DELAY_MAX;
}

static bool errno_is(struct word word, __u64 *value)
{
	const struct vmadev_word *known = vmadev_errno_words;

	while (known->name && !is(word, known->name))
		known++;
	*value = known->value;
	return known->name;
}

/* "1/100" or "5%" */
static bool probability_is(struct word word, struct vmadev_rule *rule)
{
	__u64 odds, chances = 100;

	if (!take_number(&word, &odds) || !word.length)
		return false;
	if (*word.at == '/') {
		word.at++;
		word.length--;
		if (!number_is(word, 1, UINT32_MAX, &chances))
			return false;
	} else if (!is(word, "%")) {
		return false;
	}
	rule->odds = (__u32)odds;
	rule->chances = (__u32)chances;
	return odds && odds <= chances;
}

/* 1: it is one; 0: it is none; -1: it is a wrong one */
static int parse_action(struct word word, struct vmadev_rule *rule)
{
	const struct vmadev_word *known = vmadev_action_words;
	struct word value = { "", 0 };

	while (known->name && !is(word, known->name) && !has_value(word, known->name, &value))
		known++;
	if (!known->name)
		return 0;
	if (rule->action)
		return refuse(word, "one action, and there is one already");
	rule->action = known->value;
	switch (rule->action) {
	case VMADEV_ACTION_DELAY:
		return time_is(value, &rule->value) ? 1 :
		       refuse(word, "delay=TIME, as 500us, 2ms or 1s, at most 10s");
	case VMADEV_ACTION_RETRY:
		return number_is(value, 1, VMADEV_RETRIES_MAX, &rule->value) ? 1 :
		       refuse(word, "retry=N, at most 1000");
	case VMADEV_ACTION_ERRNO:
		return errno_is(value, &rule->value) ? 1 :
		       refuse(word, "errno=EIO, ENOMEM, ENOSPC or EINTR");
	case VMADEV_ACTION_SHORT:
		return number_is(value, 1, UINT64_MAX, &rule->value) ? 1 :
		       refuse(word, "short=BYTES");
	case VMADEV_ACTION_CORRUPT:
		rule->value = 1;
		return is(word, known->name) ||
		       number_is(value, 1, VMADEV_BITS_MAX, &rule->value) ? 1 :
		       refuse(word, "corrupt=BITS, at most 64");
	default:
		return is(word, known->name) ? 1 : refuse(word, "it without a value");
	}
}

/* As parse_action(). */
static int parse_which(struct word word, struct vmadev_rule *rule)
{
	const struct { const char *name; __u64 *number; __u64 least; } numbers[] = {
		{ "nth", &rule->nth, 1 }, { "interval", &rule->interval, 1 },
		{ "times", &rule->times, 1 }, { "seed", &rule->seed, 0 },
	};
	const struct vmadev_word *whose = vmadev_whose_words;
	struct word value;
	__u64 id;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (has_value(word, numbers[i].name, &value))
			return number_is(value, numbers[i].least, UINT64_MAX, numbers[i].number) ?
			       1 : refuse(word, "a number behind it");
	if (has_value(word, "probability", &value))
		return probability_is(value, rule) ? 1 :
		       refuse(word, "probability=1/100, or 1%");
	for (; whose->name; whose++) {
		if (!has_value(word, whose->name, &value))
			continue;
		if (!number_is(value, 0, UINT32_MAX, &id) || rule->whose)
			return refuse(word, "one pid=N, tid=N or uid=N");
		rule->whose = whose->value;
		rule->id = (__u32)id;
		return 1;
	}
	if (is(word, "rearm"))
		rule->flags |= VMADEV_RULE_REARM;
	else if (is(word, "held"))
		rule->flags |= VMADEV_RULE_HELD;
	else
		return 0;
	return 1;
}

int vmadev_rule_parse(const char *text, struct vmadev_rule *rule, size_t size)
{
	struct vmadev_rule parsed = { 0 };
	struct word word;

	text += strspn(text, " \t\n");
	if (parse_range(&text, &parsed))
		return -1;
	for (word = next_word(&text, " \t\n"); word.length; word = next_word(&text, " \t\n")) {
		int known = are_accesses(word, &parsed);

		if (!known)
			known = parse_action(word, &parsed);
		if (!known)
			known = parse_which(word, &parsed);
		if (known < 0)
			return -1;
		if (!known)
			return refuse(word, parsed.accesses ? A_WORD : AN_ACCESS);
	}
	if (!parsed.accesses)
		return refuse(word, AN_ACCESS);
	if (!parsed.action)
		return refuse(word, AN_ACTION);
	memset(rule, 0, size);
	memcpy(rule, &parsed, size < sizeof(parsed) ? size : sizeof(parsed));
	return 0;
}
