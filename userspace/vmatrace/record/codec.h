/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as the bytes of a recorded trace. One function of each kind both writes and
 * reads, so that the two cannot differ.
 */
#ifndef VMATRACE_CODEC_H
#define VMATRACE_CODEC_H

#include "../collect/space.h"

/**
 * struct codec - the bytes of one entry
 * @writing: values become bytes; otherwise bytes become values
 * @damaged: what was read cannot have been written so; all that follows reads as 0
 * @size:    of @bytes, of which there is @room; @at: so far it was read
 */
struct codec {
	bool writing, damaged;
	unsigned char *bytes;
	size_t size, room, at;
};

void codec_free(struct codec *codec);

void code_number(struct codec *codec, __u64 *value);
void code_real(struct codec *codec, double *value);
/* code_name - a string that is interned when it is read, or NULL */
void code_name(struct codec *codec, const char **name);
/* code_text - a string that is put into @room */
void code_text(struct codec *codec, char *room, size_t size);

#define CODE(codec, field) do { \
	__u64 value_ = (__u64)(field); \
	code_number(codec, &value_); \
	(field) = (__typeof__(field))value_; \
} while (0)

/* code_mm - limits and where heap and stack are; code_vmas - its VMAs, it has none yet */
void code_mm(struct codec *codec, struct mm *mm);
void code_vmas(struct codec *codec, struct mm *mm);
/* code_event - all but its VMAs and its space */
void code_event(struct codec *codec, struct event *event);

#endif
