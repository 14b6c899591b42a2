/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments in strace's words, and the calls that have more than words for them. */
#ifndef VMATRACE_WORDS_H
#define VMATRACE_WORDS_H

#include "space.h"

/* Names of bits, or of values. */
struct word {
	__u64 value;
	const char *name;
};

/* What is being written: never more than there is room for. */
struct text {
	char *room;
	size_t size, used;
};

__attribute((__format__(__printf__, 2, 3))) void put(struct text *text, const char *format, ...);
void put_word(struct text *text, const char *word);
void put_number(struct text *text, __u64 value, unsigned int base);
void put_bits(struct text *text, __u64 value, const struct word *words, const char *none);
void put_value(struct text *text, __u64 value, const struct word *words);

/* What of these calls changes VMAs; false: nothing. */
bool enter_prctl(const __u64 args[6], struct event *event, struct text *text);
bool enter_uffd(const __u64 args[6], struct event *event, struct text *text);

#endif
