/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that do the operations, one at a time, as they are told. */
#ifndef TEAM_H
#define TEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "mount.h"
#include "ops.h"
#include "vmadev.h"

#define IO_BYTES	(3 * 4096)

/* How a page of the arena is when all of them are looked at. */
enum { PAGE_READ, PAGE_SIGSEGV, PAGE_SIGBUS };

/**
 * struct desk - where the coordinator and a process meet: shared memory
 * @op:	    [in] what to do
 * @noreplace: [in] of OP_MMAP: this will be refused, so harm nothing
 * @audit:  [in] instead of @op: look at the whole arena and all descriptors
 * @ret:    [out] 0 or more, or -errno; OP_LOAD and OP_STORE: or -signal
 * @buf:    [out] the bytes that OP_READ, OP_SPLICE_OUT got
 * @told:   [out] of OP_NAMES: all names
 * @pages:  [out] of OP_LOAD the page; of an audit all of the arena
 * @how:    [out] of an audit: what became of reading each page
 */
struct desk {
	struct op op;
	bool noreplace;
	bool audit;
	long ret;
	struct vmadev_info info;
	struct vmadev_stats stats;
	struct told told;
	unsigned char buf[IO_BYTES];
	unsigned char how[ARENA];
	unsigned char pages[];
};

/* Before all else. */
void team_init(void);
struct desk *team_desk(unsigned int proc);
/* Start process 0, with nothing of the device. */
void team_start(void);
/* Have @proc do what is on its desk; false: it died. */
bool team_do(unsigned int proc);
/* Process @proc has been started by another as @pid. */
void team_joined(unsigned int proc, int pid);
/* End a process, all of them; nothing is left then, or false. */
bool team_end(unsigned int proc);
bool team_end_all(void);

/* worker.c: the life of a process */
void worker_init(void *arena, size_t page);
void worker_do(struct desk *desk);

#endif /* TEAM_H */
