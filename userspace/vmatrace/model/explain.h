/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts in words. */
#ifndef VMATRACE_EXPLAIN_H
#define VMATRACE_EXPLAIN_H

#include "fact.h"

/* why_word - a short name of a reason, for JSON: "rights", "anon_vma" */
const char *why_word(enum why why);
/* fact_word - the same of a kind of fact: "merged", "split" */
const char *fact_word(enum fact_kind kind);

/* explain - one sentence about a fact; "" for one that is not worth a line */
const char *explain(const struct mm *mm, const struct fact *fact, char *room, size_t size);

/* flag_words - VM_* as the kernel's documents write them: "VM_LOCKED VM_IO" */
const char *flag_words(__u64 flags, char *room, size_t size);
/* rights - as maps shows them: "rw-p" */
const char *rights(__u64 flags, char room[5]);

#endif
