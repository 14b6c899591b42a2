/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the device should do: every byte, every mapping, every result. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>

#include "lib/vt.h"
#include "mount.h"
#include "ops.h"
#include "team.h"

/* What the numbers of operations mean; worker.c has the tables. */
enum { NONE, READ, READ_WRITE, READ_EXEC };		/* of "prot" */
enum { DONTNEED, RANDOM, DONTFORK, DOFORK, REMOVE };	/* of "advice" */
enum { FILL, FILL_KEEP, PUNCH, ZERO, ZERO_KEEP };	/* of "mode"; others are refused */
enum { SYNC, ASYNC, INVALIDATE };			/* of "flags" of msync */
enum { LOG_DIRTY = 3, REOPEN = 4 };			/* of "flags" of create, any bit of it */
enum { TO_WRITE = 1, TO_TRUNCATE = 2 };			/* of "how" of by_name */
enum { PRIVATE = 1, POPULATE = 2 };			/* of "flags" of mmap */

/* Of "rule": what it is on and comes to; worker.c has them in full. */
enum {
	RULE_CLEAR, RULE_SIGBUS, RULE_RETRY, RULE_DELAY,	/* the latter three: faults */
	RULE_READ, RULE_WRITE, RULE_SHORT, RULE_MMAP, RULE_WRONG,
};

#define RULE_LESS	100	/* bytes of a call that comes short */

#define MOST_PAGES	16	/* of a region that can grow */

/* Memory that mappings share: a region, or one mapping of backing none. */
struct object {
	struct object *next;	/* of all of the sequence */
	unsigned int pages;
	unsigned int missing;	/* of the last page; of a file of a mount alone */
	struct mount *mount;	/* whose file it is */
	unsigned int backing;
	bool fixed;		/* the region of /dev/vmadev */
	unsigned int seals;
	unsigned int revoked;	/* enum vmadev_revoke_how */
	unsigned char *dummies[PROCS + 1];
	unsigned char *bytes;	/* NULL: zeros, whatever is written; room for MOST_PAGES */
	unsigned char *durable;	/* of media alone; what a crash leaves */
	unsigned int dirty;	/* a bit a page: not durable */
	unsigned int medium;	/* the same: its part that is punched is a store */
	unsigned int epoch;	/* how often mappings were ended */
	bool logs;		/* what is written to */
	bool reopens;		/* its descriptors can be opened by their names */
	unsigned int must, may;	/* a bit a page: told as dirty */
	bool was_locked;	/* by mlock */
	unsigned long long id;	/* 0: not known yet */
	unsigned long long mmaps, zaps;
	unsigned int rules;
	struct {
		unsigned int kind;
		unsigned long from, to;		/* bytes; 0: to the end */
	} rule[VMADEV_RULES_MAX];
};

struct handle {
	struct object *region;
	unsigned int strategy;
	bool fixed;
	bool writer;
	bool node;		/* of the device, no file */
	bool append;
	unsigned int epoch;	/* of its region when it was opened */
	unsigned long long mmaps, zaps;
};

/* A page of an arena. */
struct cell {
	bool mapped, readable, writable, shared, may_write, locked, dontfork;
	struct handle *handle;	/* that it was mapped through */
	unsigned int strategy;
	unsigned int proc;	/* whose it is */
	unsigned int vma;	/* cells of the same number are of one VMA */
	struct object *object;	/* NULL: anonymous memory */
	unsigned int pgoff;
	unsigned char *copy;	/* of a private mapping, once it was written to */
};

struct proc {
	bool alive;
	struct handle *fd[FDS];
	struct cell cell[ARENA];
};

/* A file, a directory, or nothing; and what a crash would leave of it. */
struct name {
	struct object *file;
	struct folder *folder;
	unsigned int change;	/* 0: it is durable; else names of one change have the same */
	struct object *durable;	/* of what changed: what it was */
};

struct folder {
	struct name name[NAMES];
};

/* Files may outlive what they are in. */
struct mount {
	struct folder root;
	unsigned int backing, strategy;
	unsigned int cap;	/* pages of all its files; 0: none */
	bool dirsync;
	unsigned int changes;	/* the last number given */
};

struct model {
	struct object node;	/* the region of /dev/vmadev; the first of the list */
	unsigned int vmas;	/* the last number given */
	struct proc proc[PROCS];
	struct mount *mount;	/* NULL: there is none now */
};

extern unsigned int page_bytes;

/*
 * Begin a sequence. The region of /dev/vmadev holds zeros and has been counted
 * so much already: its counters outlive sequences.
 */
void model_begin(struct model *m, unsigned int node_pages, const struct vmadev_stats *node);
void model_end(struct model *m);

/*
 * Make what is random in @op fit, as far as the kernel's own limits matter (the
 * arena's end, say), and prepare @desk. False: this cannot be done, leave it out.
 */
bool model_admit(struct model *m, struct op *op, struct desk *desk);
/* Compare what the desk says with what should be; NULL or what is wrong. */
const char *model_check(struct model *m, const struct desk *desk);
const char *model_audit(struct model *m, unsigned int proc, const struct desk *desk);

/* model_file.c, model_memory.c: the result that an operation should have */
long file_expect(struct model *m, const struct desk *desk, const char **wrong);
long memory_expect(struct model *m, const struct desk *desk, const char **wrong);
/* What kernel and module say before anything is mapped, if it said @got; 0: nothing. */
long mmap_refusal(const struct handle *handle, const unsigned int *a, long got);

/* model_take.c */
long seal_expect(const struct model *m, const struct handle *handle, unsigned int seals);
long revoke_expect(struct model *m, const struct handle *handle, unsigned int how);
long restore_expect(const struct model *m, const struct handle *handle, long got);
long export_expect(const struct desk *desk, const struct handle *handle, const char **wrong);
unsigned char *object_dummy(struct object *region, unsigned int proc, bool writes);
void forget_dummies(struct model *m, unsigned int proc);

/* What a page shows; NULL: zeros. A signal if it cannot be read. */
int cell_read(const struct cell *cell, const unsigned char **bytes);
/* The bytes to write to, made a copy first if need be; or a signal. */
int cell_write(struct cell *cell, unsigned char **bytes);
/* Does the page show these bytes? */
bool cell_shows(const struct cell *cell, const unsigned char *bytes);
void *model_alloc(size_t bytes);
struct handle *handle_new(struct object *region, unsigned int strategy, bool writer);
/* Its handle's mappings were ended. */
bool cell_is_stale(const struct cell *cell);
/* Bytes of it are written to. */
void object_stored(struct object *object, unsigned long off, unsigned long len);
/* What becomes zeros; private copies stay. */
void object_zero(struct object *object, unsigned long off, unsigned long len);
/* The same, of that what is inside. */
void object_punch(struct object *object, unsigned long off, unsigned long len);
/* No call may write to it. */
bool object_is_readonly(const struct object *object);
/* VMADEV_CAN_* */
unsigned int object_abilities(const struct object *region);
bool object_shows(const struct object *object, unsigned long off, unsigned long n,
		  const unsigned char *bytes);
/* Can it be made longer or shorter? */
bool object_resizes(const struct object *object);
struct object *object_new(struct model *m, unsigned int backing, unsigned int pages);

/* model_size.c: bytes */
unsigned long object_size(const struct object *region);
/* Of [off, off + len) what is inside. */
long object_inside(const struct object *region, unsigned long off, unsigned long len);
long object_truncate(struct model *m, struct object *region, unsigned long bytes);
long allocate_expect(struct model *m, const struct handle *handle, const unsigned int *a);

/* A write between its beginning and its end. */
struct write {
	struct object *region;
	unsigned long off, asked;
	unsigned long before;	/* its size */
	bool grown;
};

long write_begin(struct model *m, const struct handle *handle, struct write *w, unsigned long off,
		 unsigned long len);
long write_end(struct model *m, const struct write *w, long done);

/* model_names.c: 0, -ENOENT or -ENOTDIR: there is no such directory */
long way_find(struct mount *mount, unsigned int way, struct folder **folder);
long name_find(struct mount *mount, unsigned int path, struct folder **folder, struct name **name);
bool name_is_taken(const struct name *name);
/* A name becomes that of @file, which may be NULL. */
void name_set(struct mount *mount, struct folder *folder, struct name *name, struct object *file);
/* Of two that are of files, or of none: a rename. */
void names_move(struct mount *mount, struct folder *from_folder, struct name *from,
		struct folder *to_folder, struct name *to, bool exchange);
/* What was done to a name, or to all of a directory, is durable. */
void names_settle(struct mount *mount, const struct name *name);
void names_sync(struct mount *mount, struct folder *folder);
/* A crash, of which so many changes are kept, a bit each, in the order of a walk. */
void names_crash(struct mount *mount, unsigned int keep);
unsigned int object_links(const struct object *file);
/* Has somebody a file of it open? */
bool mount_is_busy(const struct model *m);
/* That its files have, removed ones too that are open or durable. */
unsigned int mount_pages(const struct model *m, const struct mount *mount);
bool object_has_room(const struct model *m, const struct object *object, unsigned int pages);

/* model_mount.c, model_told.c */
long mount_expect(struct model *m, const struct desk *desk, const char **wrong);
long names_expect(struct model *m, const struct desk *desk, const char **wrong);

/* model_media.c: nothing, of regions of other backings */
void media_init(struct object *object);
void media_stored(struct object *object, unsigned long off, unsigned long len);
void media_filled(struct object *object, unsigned long off, unsigned long len);
void media_sync(struct object *object, unsigned int set);
void media_punch(struct object *object, unsigned long off, unsigned long len);
/* The slot gets a handle of what is left, with the pages @kept, dirty there if @live. */
long media_crash(struct model *m, const struct object *region, struct handle **slot,
		 unsigned int kept, bool live);
long media_expect(struct model *m, const struct desk *desk, struct handle *handle,
		  const char **wrong);

/* model_rules.c: of an object's rules the first that is on one of these @kinds, a bit each */
unsigned int object_rule(const struct object *object, unsigned int kinds, unsigned long off,
			 unsigned long len);
/* Does each access to a page raise SIGBUS? */
bool object_is_bad(const struct object *object, unsigned int pgoff);
/* What becomes of a call for @n bytes; @kind: RULE_READ or RULE_WRITE. */
long call_moves(const struct object *region, unsigned int kind, unsigned long off, long n);
/* The result of giving a region a rule. */
long rules_expect(const struct handle *handle, const unsigned int *a);

/* model_dirty.c: nothing, of regions that keep no log */
void log_stored(struct object *object, unsigned long off, unsigned long len);
void log_tried(struct object *object, unsigned long off, unsigned long len);
void log_punched(struct object *object, unsigned long off, unsigned long len);
void log_resized(struct object *object, unsigned int before);
long dirty_expect(const struct desk *desk, struct handle *handle, const char **wrong);

/* model_table.c: what strategies are; as module/strategy.c, but said again */
bool strategy_exists(unsigned int id);
bool strategy_serves(unsigned int id, unsigned int backing);
bool strategy_private(unsigned int id);
bool strategy_special(unsigned int id);	/* VM_SPECIAL: mlock does nothing, no growing */
bool strategy_pfnmap(unsigned int id);
unsigned int strategy_default(unsigned int backing);
unsigned int strategy_bitmap(unsigned int backing, bool private);

#endif /* MODEL_H */
