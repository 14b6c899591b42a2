/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmabench: what its files share. */
#ifndef VMABENCH_H
#define VMABENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libvmadev.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(format, first) __attribute((__format__(__printf__, format, first)))
#define __noreturn __attribute((__noreturn__))

#define EXIT_USAGE 2

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)
#define GIB(n) ((size_t)(n) << 30)

/* main.c: one line that starts with the program's name, and the end */
__printf(1, 2) __noreturn void die(const char *format, ...);

/* clock.c */
enum clock_kind { CLOCK_AUTO, CLOCK_INSTRUCTIONS, CLOCK_CYCLES, CLOCK_NANOSECONDS };

void clock_choose(enum clock_kind kind);
/* Looks again, when all is measured. */
void clock_check(void);
bool clock_repeats(void);
const char *clock_unit(void);
uint64_t clock_now(void);

/**
 * struct peer - one kind of memory that is measured
 * @name:     as users type it
 * @group:    PEER_*, what a case picks it by
 * @strategy: of vmadev; 0: it is none of vmadev's
 * @backing:  of its regions
 * @backing: of its regions
 * @flags:    of mmap(2)
 * @advice:   of madvise(2), right after mmap; 0: none
 * @make:     makes an object of @bytes; returns its descriptor, or -1 with errno;
 *	      NULL: there is none, as with anonymous memory
 * @fill:     makes the object's pages present; returns 0, or -1 with errno;
 *	      NULL: they are there, or belong to each mapping
 */
struct peer {
	const char *name;
	unsigned int group;
	__u32 strategy;
	__u32 backing;
	int flags;
	int advice;
	int (*make)(const struct peer *peer, size_t bytes);
	int (*fill)(int fd, size_t bytes);
};

#define PEER_VMADEV	(1u << 0)
#define PEER_POPULATE	(1u << 1)	/* a strategy of vmadev with MAP_POPULATE */
#define PEER_MEMFD	(1u << 2)
#define PEER_MEMFD_POPULATE (1u << 3)
#define PEER_TMPFS	(1u << 4)
#define PEER_HUGETLB	(1u << 5)
#define PEER_ZERO	(1u << 6)
#define PEER_ANON	(1u << 7)	/* with and without huge pages */
#define PEER_UDMABUF	(1u << 8)
#define PEER_STREAM	(1u << 9)	/* a pipe, a socket: only messages go through */

size_t peer_count(void);
const struct peer *peer_at(size_t index);
/* What vmadev.h's functions failed with, or the last system call. */
const char *peer_error(const struct peer *peer);

struct bench_case;

/**
 * struct run - a case on a peer
 * @fd:	   of the peer's object; -1: there is none
 * @bytes: of the object: the case's, in whole pages
 * @spent: what was counted between run_start() and run_stop(), in this pass
 */
struct run {
	const struct bench_case *bench;
	const struct peer *peer;
	int fd;
	size_t bytes;
	size_t page;
	uint64_t spent;
	uint64_t started;
};

/**
 * struct bench_case - a row of the table of cases
 * @name:    as users type it
 * @unit:    what the cost is of
 * @peers:   PEER_*, what it is measured on
 * @run:     does the work of a pass, what counts of it between run_start() and
 *	     run_stop(); returns how many units that was
 * @bytes:   the size of the object, and of what is done with it
 * @times:   how often, in a pass
 * @step:    one page in so many is accessed; 0: each
 * @write:   accesses write
 * @random:  accesses are in random order; then @bytes is a power of two
 * @unmade:  @run makes the object itself
 * @is_long: takes its time: one pass has to do
 * @axis:    NULL, or what grows from row to row, up to @at here
 * @counted: NULL: what the clock counts; else what @run leaves in spent
 * @prepare: NULL, or what is done before the first pass
 * @finish:  NULL, or what must be done after the last, also if it failed
 */
struct bench_case {
	const char *name;
	const char *unit;
	unsigned int peers;
	uint64_t (*run)(struct run *run);
	size_t bytes;
	unsigned int times;
	unsigned int step;
	bool write;
	bool random;
	bool unmade;
	bool is_long;
	const char *axis;
	uint64_t at;
	const char *counted;
	void (*prepare)(struct run *run);
	void (*finish)(void);
};

/* cases.c */
extern const struct bench_case cases[];
extern const size_t case_count;

/**
 * struct result - what a case costs on a peer
 * @cost:   of one unit: the median of the passes
 * @spread: how far the middle half of the passes lies apart, as a part of @cost
 * @why:    "", or why there is no result
 */
struct result {
	const struct bench_case *bench;
	const struct peer *peer;
	double cost;
	double spread;
	unsigned int passes;
	char why[160];
};

/* measure.c */
void measure(struct result *result);
/* Ends the case with a reason; the program goes on. */
__printf(1, 2) __noreturn void give_up(const char *format, ...);
/* ... unless a system call succeeded. */
void run_need(const struct run *run, bool done, const char *call);

/* pause.c */
void pause_want(void);
void pause_shortens(struct bench_case *bench);
__printf(1, 2) void pause_for(const char *format, ...);

/* run.c: what cases do with their object */
void run_start(struct run *run);
void run_stop(struct run *run);
int run_make(struct run *run);
char *run_map(struct run *run);
char *run_map_as(struct run *run, int flags);
void run_unmap(struct run *run, char *at);
/* Accesses the pages as the case says; returns how many. */
uint64_t run_access(const struct run *run, char *at, bool write);
size_t run_accesses(const struct run *run);
void run_zap(struct run *run, char *at);

/* output.c */
struct pin {
	const char *name;
	const char *value;
};

void print_list(bool (*wanted)(const struct bench_case *bench, const struct peer *peer));
void print_table(const struct result *results, size_t count);
void print_csv(const struct result *results, size_t count);
void print_json(const struct pin *pins, size_t pin_count, const struct result *results,
		size_t count);

/* case_*.c */
uint64_t map_unmap(struct run *run);
uint64_t map_munmap_one(struct run *run);
uint64_t map_mprotect(struct run *run);
uint64_t map_mremap(struct run *run);
uint64_t map_fork(struct run *run);
uint64_t map_tables(struct run *run);
uint64_t map_use(struct run *run);

uint64_t fault_present(struct run *run);
uint64_t fault_fresh(struct run *run);
uint64_t fault_zapped(struct run *run);
uint64_t fault_cow(struct run *run);
uint64_t fault_locks(struct run *run);
void fault_trace(struct run *run);
void fault_untrace(void);

uint64_t copy_read(struct run *run);
uint64_t copy_write(struct run *run);
uint64_t copy_splice(struct run *run);
uint64_t copy_vmsplice(struct run *run);
uint64_t copy_msync(struct run *run);

uint64_t region_create(struct run *run);
uint64_t region_info(struct run *run);
uint64_t region_stats(struct run *run);
uint64_t region_strategy(struct run *run);
uint64_t region_open(struct run *run);
uint64_t region_list(struct run *run);
uint64_t region_zap(struct run *run);

uint64_t dirty_ask(struct run *run);

void crowd_vmas(struct run *run);
void crowd_regions(struct run *run);
void crowd_processes(struct run *run);
void crowd_mappings(struct run *run);
/* All of them access the object's pages once. */
void crowd_access(const struct run *run);
void crowd_leave(void);

uint64_t message_pass(struct run *run);

#endif
