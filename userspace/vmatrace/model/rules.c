// SPDX-License-Identifier: GPL-2.0-or-later
/* What each kernel release made different. */
#include "vma.h"

void rules_of_release(struct rules *rules, unsigned int major, unsigned int minor)
{
	unsigned int release = major * 1000 + minor;

	*rules = (struct rules){
		.close_never_merges = release < 6007,
		.next_first = release < 6012,
		.anon_targets = release >= 6016,
		.unaccounts = release >= 6011,
		.moves_many = release >= 6017,
		.keeps_source = release >= 7003,
		.locks_rest = release >= 7003,
		.anon_pgoffs = release >= 7003,
		.guard_flag = release >= 6019,
		.guards = release >= 6013,
		.guards_files = release >= 6015,
		.names = true,
		.names_shmem = release >= 6002,
		.heap_touches = release < 6006,
		.zero_pages = true,
		.stacks_small = release >= 6007,
		.denies = release >= 6003,
		.denies_alone = release >= 6006,
		.merges = release >= 6004,
		.merges_after_exec = release >= 6007,
		.merges_new = release >= 6017,
	};
}
