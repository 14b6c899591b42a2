// SPDX-License-Identifier: GPL-2.0-or-later
/* Arguments in strace's words. */
#include <stdio.h>
#include <string.h>

#include "words.h"

void put(struct text *text, const char *format, ...)
{
	__builtin_va_list list;
	int length;

	__builtin_va_start(list, format);
	length = vsnprintf(text->room + text->used, text->size - text->used, format, list);
	__builtin_va_end(list);
	text->used += length > 0 ? (size_t)length : 0;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

/* Most of it is this, and of every call. */
void put_word(struct text *text, const char *word)
{
	size_t length = strlen(word), most = text->size - 1 - text->used;

	length = length < most ? length : most;
	memcpy(text->room + text->used, word, length);
	text->used += length;
	text->room[text->used] = '\0';
}

void put_number(struct text *text, __u64 value, unsigned int base)
{
	char digits[24] = "";
	size_t at = sizeof(digits) - 1;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (base == 16)
		put_word(text, "0x");
	put_word(text, digits + at);
}

void put_bits(struct text *text, __u64 value, const struct word *words, const char *none)
{
	bool first = true;

	for (const struct word *word = words; word->name; word++) {
		if (!(value & word->value))
			continue;
		put_word(text, first ? "" : "|");
		put_word(text, word->name);
		value &= ~word->value;
		first = false;
	}
	if (!first && value)
		put_word(text, "|");
	if (value)
		put_number(text, value, 16);
	else if (first)
		put_word(text, none);
}

void put_value(struct text *text, __u64 value, const struct word *words)
{
	for (const struct word *word = words; word->name; word++)
		if (word->value == value) {
			put_word(text, word->name);
			return;
		}
	put_number(text, value, 16);
}
