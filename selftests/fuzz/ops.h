/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations, sequences of them, and their text. */
#ifndef OPS_H
#define OPS_H

#include <stdio.h>

#define PROCS	4	/* processes of a sequence; 0 is there from the start */
#define FDS	6	/* descriptors of each */
#define ARENA	32	/* pages of address space of each */
#define ARGS	6
#define MAX_OPS	64

enum op_code {
	OP_OPEN, OP_CREATE, OP_REOPEN, OP_BY_NAME, OP_CLOSE, OP_STRATEGY, OP_INFO, OP_STATS, OP_ZAP,
	OP_READ, OP_WRITE, OP_SPLICE_OUT, OP_SPLICE_IN, OP_SEEK, OP_FSYNC, OP_TRUNCATE,
	OP_FALLOCATE, OP_SEAL, OP_REVOKE, OP_RESTORE, OP_UNSYNCED, OP_CRASH, OP_REVERT,
	OP_WRITEBACK, OP_INJECT, OP_EXPORT, OP_DIRTY_GET, OP_DIRTY_CLEAR, OP_SNAPSHOT,
	OP_COPY_IN, OP_COPY_OUT, OP_MMAP, OP_MUNMAP, OP_MPROTECT, OP_MREMAP, OP_MADVISE, OP_MLOCK,
	OP_MSYNC, OP_LOAD, OP_STORE, OP_FORK, OP_EXIT,
	OP_MOUNT, OP_UMOUNT, OP_OPEN_AT, OP_LINK, OP_UNLINK, OP_MKDIR, OP_RMDIR, OP_RENAME,
	OP_TRUNCATE_AT, OP_SYNC_DIR, OP_NAMES, OP_LOSE_NAMES, OP_FORK_NAME, OP_ROOM,
	NR_OPS
};

struct op {
	enum op_code code;
	unsigned int proc;
	unsigned int arg[ARGS];
};

struct seq {
	unsigned int len;
	struct op op[MAX_OPS];
};

/*
 * What an argument is: how it is called, and the largest value that makes sense
 * (a page offset, say, may be past every region's end).
 */
struct arg_kind {
	const char *name;
	unsigned int max;
};

struct op_kind {
	const char *name;
	unsigned int weight;	/* how often it is chosen */
	struct arg_kind arg[ARGS];
};

extern const struct op_kind op_kinds[NR_OPS];

void op_print(const struct op *op, char *text, size_t room);
void seq_print(const struct seq *seq, const char *prefix);
/* Read what seq_print() wrote, other lines are skipped; -1: not understood. */
int seq_parse(struct seq *seq, FILE *from);

#endif /* OPS_H */
