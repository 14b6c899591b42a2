/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a rule, for who reads and who writes them. */
#ifndef LIBVMADEV_RULE_WORDS_H
#define LIBVMADEV_RULE_WORDS_H

#include "internal.h"

struct vmadev_word {
	const char *name;
	__u32 value;
};

/* VMADEV_ON_*, "access" the last; enum vmadev_action; enum vmadev_whose; errno; each to a NULL. */
extern const struct vmadev_word vmadev_access_words[], vmadev_action_words[],
	vmadev_whose_words[], vmadev_errno_words[];

/* The word for @value, or NULL. */
const char *vmadev_word_of(const struct vmadev_word *words, __u32 value);

#endif
