/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of a recorded trace: a kind, then what belongs to it. */
#ifndef VMATRACE_ENTRY_H
#define VMATRACE_ENTRY_H

#include "codec.h"
#include "record.h"

enum entry_kind {
	ENTRY_HEAD = 1,		/* struct recording, rules */
	ENTRY_SPACE,		/* number of the space, pid, its VMAs: it is so now */
	ENTRY_EVENT,		/* number of the space, brk, limits, event, VMAs before and after */
	ENTRY_NOTE,
	ENTRY_ENDING,		/* as ENTRY_SPACE; its process is about to end */
	ENTRY_TAIL,		/* how it went: without it the file is not complete */
};

static inline void code_head(struct codec *codec, struct recording *recording)
{
	struct rules *rules = &recording->rules;

	code_name(codec, &recording->program);
	code_name(codec, &recording->command);
	code_name(codec, &recording->release);
	code_real(codec, &recording->began);
	code_real(codec, &recording->origin);
	CODE(codec, rules->close_never_merges);
	CODE(codec, rules->next_first);
	CODE(codec, rules->anon_targets);
	CODE(codec, rules->unaccounts);
	CODE(codec, rules->moves_many);
	CODE(codec, rules->keeps_source);
	CODE(codec, rules->locks_rest);
	CODE(codec, rules->anon_pgoffs);
	CODE(codec, rules->guard_flag);
	CODE(codec, rules->guards);
	CODE(codec, rules->guards_files);
	CODE(codec, rules->names);
	CODE(codec, rules->names_shmem);
	CODE(codec, rules->heap_touches);
	CODE(codec, rules->zero_pages);
	CODE(codec, rules->stacks_small);
}

static inline void code_tail(struct codec *codec, struct collection *collection)
{
	CODE(codec, collection->status);
	CODE(codec, collection->stopped);
	CODE(codec, collection->calls);
	CODE(codec, collection->unforeseen);
	CODE(codec, collection->lost);
}

#endif
