/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmaudit: what its files share. An opener makes a subject, a probe asks one
 * question of it in a process of its own and ends with a verdict; nothing that it
 * does there is seen by the next one.
 */
#ifndef VMAUDIT_H
#define VMAUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(format, first) __attribute((__format__(__printf__, format, first)))
#define __noreturn __attribute((__noreturn__))

enum {
	EXIT_CLEAN = 0,
	EXIT_DEFECT = 1,	/* and what is not as the baseline says */
	EXIT_USAGE = 2,		/* and what cannot be opened */
	EXIT_STUCK = 3,		/* and what the kernel complained of */
};

/* main.c: one line that starts with the program's name, and the end */
__printf(1, 2) __noreturn void die(const char *format, ...);

/* What is known of a subject besides its descriptor */
#define TRAIT_SIZED	(1u << 0)	/* its length is the object's, to the page */
#define TRAIT_EXACT	(1u << 1)	/* is mapped whole, or not at all */
#define TRAIT_ONCE	(1u << 2)	/* is mapped once at a time */
#define TRAIT_OWN	(1u << 3)	/* each mapping is memory of its own */
#define TRAIT_REGISTERS	(1u << 4)	/* an access does something */
#define TRAIT_RING	(1u << 5)	/* the kernel writes into it */
#define TRAIT_OTHERS	(1u << 6)	/* other objects are at other offsets */

/* What an opener of one's own can do to its object while it is mapped */
enum { HOOK_REVOKE, HOOK_RESIZE, HOOK_FREE, HOOKS };

/**
 * struct subject - what is audited
 * @name:    as the user called it
 * @fd:      -1: anonymous memory
 * @reader:  another descriptor of the same object, for reading only; -1: there is none
 * @length:  bytes that are mapped: whole pages
 * @offset:  where in the object
 * @prot:    PROT_*; 0: as much as can be had
 * @flags:   MAP_SHARED or MAP_PRIVATE, and what else goes with it; 0: MAP_SHARED if
 *	     that can be had
 * @traits:  TRAIT_*
 * @hooks:   1 << HOOK_*: what its opener does when it is asked
 * @another: opens another object of the same kind, for each probe's process: -1 and errno.
 *	     NULL: one does for all. It is needed where only who opened it may map it,
 *	     or where its first mapping says where all others are to be.
 */
struct subject {
	char name[128];
	int fd;
	int reader;
	size_t length;
	off_t offset;
	int prot;
	int flags;
	unsigned int traits;
	unsigned int hooks;
	int (*another)(const struct subject *subject);
};

/**
 * struct opener - a kind of mapping
 * @name:    as users type it; options follow a colon
 * @about:   for --list
 * @options: that it takes, for --list; NULL: none of its own
 * @open:    makes the subject; returns NULL, or why it cannot be had here.
 *	     Each of @options comes by itself, as "word" or "word=value"; the end is NULL.
 */
struct opener {
	const char *name;
	const char *about;
	const char *options;
	const char *(*open)(struct subject *subject, char *const *options);
};

/* openers.c */
extern const struct opener *const openers[];
extern const size_t opener_count;
/* The value of "name=value" among options, "" of "name"; NULL: it is not there. */
const char *option_value(char *const *options, const char *name);
/* strerror() of what a call failed with, as "open: no such file"; of this call only. */
const char *failed(const char *call);

/*
 * open/exec.c: another object of the opener that was started, as that describes it; then
 * what is done to that one. NULL, or why not.
 */
const char *exec_fresh(struct subject *subject);
const char *exec_hook(const char *word);

/* subject.c: an opener, a node or a descriptor becomes a subject, or the program ends */
void subject_of_kind(struct subject *subject, const struct opener *opener, char *options);
void subject_of_node(struct subject *subject, const char *path);
void subject_of_fd(struct subject *subject, int fd);
const struct opener *opener_named(const char *name, size_t length);
/* Opens the file of a descriptor once more, by /proc: -1 and errno. */
int open_again(int fd, int mode);
size_t whole_pages(size_t bytes);

/*
 * watch.c: returns in a child, whose exit status this process ends with; it ends before
 * that, as stuck, if opening is not over within @seconds.
 */
void watch_opening(const char *name, unsigned int seconds);
void opening_is_over(void);

enum verdict {
	VERDICT_NONE,		/* the probe did not come to one */
	WORKS,
	REFUSED,		/* with an errno, as it may be */
	LATE,			/* allowed, and SIGBUS or SIGSEGV when it is accessed */
	SILENT,			/* success, and nothing happened */
	NOTE,
	NOT_APPLICABLE,
	NOT_ASKED,
	RISK,			/* allowed, seldom meant */
	DEFECT,
	STUCK,
	LOGGED,			/* the kernel's log complains */
	VERDICTS
};

const char *verdict_word(enum verdict verdict);

/**
 * struct finding - what came of a probe
 * @error: errno of REFUSED, signal of LATE
 * @step:  what the probe was doing last
 * @seen:  the evidence, one line
 */
struct finding {
	enum verdict verdict;
	int error;
	char step[96];
	char seen[256];
};

/* What a probe must have; else it is not asked, and the reader is told why */
#define NEEDS_SHARED	(1u << 0)
#define NEEDS_WRITE	(1u << 2)	/* a mapping that may be written through */
#define NEEDS_READER	(1u << 3)
#define NEEDS_FD	(1u << 4)
#define NEEDS_SIZED	(1u << 5)
#define NEEDS_MEMORY	(1u << 6)	/* no registers, no ring: bytes may be written, and stay */
#define NEEDS_TWICE	(1u << 7)	/* two mappings at a time, of the same bytes */
#define NEEDS_TWO	(1u << 8)	/* pages, in one mapping */
#define NEEDS_THREE	(1u << 9)
#define NEEDS_PARTS	(1u << 10)	/* a mapping of a part */
#define NEEDS_ROOT	(1u << 11)
#define NEEDS_ALONE	(1u << 12)	/* nothing else is at other offsets */
#define NEEDS_HOOK	(1u << 13)	/* an opener that does what @value says */

struct audit;

/**
 * struct probe - a question
 * @name:   as users type it
 * @asks:   the question
 * @rule:   what is right, for a defect; NULL: the probe finds none
 * @change: what a driver has to change; NULL as @rule
 * @why:    who went wrong that way, or why it matters
 * @needs:  NEEDS_*
 * @danger: may harm the machine where a driver is wrong: asked last, and only on request
 * @value:  tells apart the probes of one function
 * @run:    ends by one of the verdicts below
 */
struct probe {
	const char *name;
	const char *asks;
	const char *rule;
	const char *change;
	const char *why;
	unsigned int needs;
	bool danger;
	long value;
	void (*run)(struct audit *audit);
};

/* probes.c */
extern const struct probe *const probes[];
extern const size_t probe_count;

/* A probe at work, in a process of its own */
struct audit {
	const struct subject *subject;
	const struct probe *probe;
	struct finding *finding;
};

/* verdict.c: the end of a probe */
__noreturn void works(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void refused(struct audit *audit, const char *format, ...) __printf(2, 3);	/* errno */
__noreturn void late(struct audit *audit, int sig, const char *format, ...) __printf(3, 4);
__noreturn void silent(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void note(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void not_applicable(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void not_asked(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void risk(struct audit *audit, const char *format, ...) __printf(2, 3);
__noreturn void defect(struct audit *audit, const char *format, ...) __printf(2, 3);
/* What comes next, for whoever has to tell how far the probe came. */
void step(struct audit *audit, const char *format, ...) __printf(2, 3);

/* mapping.c */
size_t page_size(void);
/* The subject mapped as it is to be, or the end: not asked. */
char *map_subject(struct audit *audit);
/* The same, from another descriptor or with other rights; MAP_FAILED and errno. */
char *map_as(const struct subject *subject, int fd, int prot, int flags);
/* A byte of a page that is not the one there; wraps. */
int other_byte(int byte);
/* What is right and nobody has to be told: a signal where there should be a byte is LATE. */
int must_read(struct audit *audit, const volatile void *at, const char *what);
void must_write(struct audit *audit, volatile void *at, int byte, const char *what);
/*
 * The end of a probe that could map more than there is: LATE, or DEFECT unless the
 * page is the process's own, or the object's, which may have grown with its mapping.
 */
__noreturn void past_the_end(struct audit *audit, const char *at);
/* Faults of an access to each page, by one thread; @write: of writing what is read there. */
long faults_of(const char *at, size_t length, bool write);
/* Has a child a mapping there, too? A driver may say that it has not: VM_DONTCOPY. */
bool is_inherited(struct audit *audit, char *at);
/* Runs @work in a child of this process and returns what waitpid(2) says. */
int in_child(struct audit *audit, void (*work)(struct audit *audit, char *at), char *at);

/* marks.c */
#define NO_PAGE SIZE_MAX

/* Write a byte of its own to each page, or learn those of what is only read. */
void mark(struct audit *audit, char *at);
bool is_marked(void);		/* written, not only read */
/* The first page of a part that does not hold its mark, and what it holds or -signal. */
size_t wrong_page(const char *at, size_t from, size_t bytes, int *byte);
/* The same, of what was there before. */
size_t changed_page(const char *at, size_t from, size_t bytes, int *byte);
/* All pages of a part hold theirs: else DEFECT. @when: after what */
void must_hold(struct audit *audit, const char *at, size_t from, size_t bytes, const char *when);
/* So do pages that were not mapped any more; that such do not come back is LATE. */
void must_hold_again(struct audit *audit, const char *at, size_t bytes, const char *when);
/* What was there before; a verdict does it, too. */
void unmark(const struct subject *subject);
/*
 * Another mapping that shows the marks, where there can be one; else @at. All but its
 * first page fault when they are looked at, after what was done to it.
 */
char *map_again(struct audit *audit, char *at);
/* What a part of the mapping is a multiple of, if it has @least of these. */
size_t unit_of(struct audit *audit, const char *at, size_t least);
/* Addresses that nothing uses, and where huge pages would fit as they do at @at. */
char *reserve_like(struct audit *audit, const char *at, size_t bytes);

/* The subject by its descriptor, or as anonymous memory, but MAP_SHARED or MAP_PRIVATE. */
char *map_kind(const struct subject *subject, int prot, int kind);
/* Does another mapping of the descriptor see what is written at @at, as it is for MAP_SHARED? */
bool is_seen_elsewhere(struct audit *audit, char *at);
/* A child that is stopped and traced, and goes with this process; or the end: not asked. */
pid_t traced_child(struct audit *audit);
/* Bytes of a page of this mapping: a huge one's are more. */
size_t unit_size(const char *at);
/* Page faults of this process so far. */
long faults(void);
/* A file without a name in a folder, open with @flags too; -1 and errno. */
int scratch_file(const char *folder, int flags);

/*
 * sample.c: a page whose bytes are known while somebody else reads or writes it.
 * @before: what it held, and will hold after the verdict
 * @now:    what it holds: other bytes, where it may be written
 */
struct sample {
	char *at;
	size_t length;
	char *before;
	char *now;
};

/* The page at @at. */
struct sample take_sample(struct audit *audit, char *at);
/* What end() does before the evidence is written: nothing is left as a probe made it. */
void put_back_sample(void);
/* Ends the probe: @how read @n bytes of the sample into @got; -1: refused, with errno. */
__noreturn void sample_was_read(struct audit *audit, const struct sample *sample, const char *got,
				ssize_t n, const char *how);
/* Ends the probe: @how wrote @n bytes of @given to the sample. */
__noreturn void sample_was_written(struct audit *audit, const struct sample *sample,
				   const char *given, ssize_t n, const char *how);

/* run.c: ask, in a process that is given @seconds */
void ask(struct audit *audit, unsigned int seconds);
/* Has a descriptor something to read, or its end, within that time? */
bool is_ready_within(int fd, int milliseconds);

/*
 * survey.c: how the subject can be mapped; fills prot and flags, or the program ends.
 * With @guess a length that is refused becomes a page.
 */
void survey(struct subject *subject, bool guess, unsigned int seconds);

/* flags.c */
bool has_vmflag(const char *flags, const char *two);
/* Of dma-buf and of GEM, which have ways of their own. @name: as in maps */
bool is_graphics(const char *name);
/*
 * Flags that do not belong together, and what comes of it; NULL: they do. @name: as in maps;
 * @whole: there is no mapping of it that could grow
 */
const char *vmflags_at_odds(const char *flags, const char *name, bool whole);

/* baseline.c: what an earlier audit said; the program ends where there is none in the file */
void baseline_read(const char *path);
/* Its verdict of a probe, as verdict_words() has it; NULL: it said nothing. */
const char *baseline_of(const struct probe *probe);

/* report.c */
/* "refused (EINVAL)", "late (SIGBUS)": of the name of an errno, of a signal without its SIG. */
void verdict_words(const char *verdict, const char *error, const char *sig, char *text,
		   size_t room);
enum format { TABLE, JSON, TAP };

void report_begin(const struct subject *subject, enum format format, size_t count);
void report_probe(const struct probe *probe, const struct finding *finding, enum format format);
/* @command: the words that ask again. Returns the exit status. */
int report_end(const char *command, enum format format);
void print_list(void);

/* process.c: looks at the VMA of a live process; returns the exit status */
int audit_process(const char *pid, const char *address, enum format format, const char *command);

#endif
