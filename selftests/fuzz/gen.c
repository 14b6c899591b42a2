// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gen.h"

void rng_seed(struct rng *r, uint64_t seed)
{
	r->state = seed;
}

/* splitmix64 */
static uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

unsigned int rng_below(struct rng *r, unsigned int below)
{
	return rng_next(r) % below;
}

static bool rng_percent(struct rng *r, unsigned int percent)
{
	return rng_below(r, 100) < percent;
}

static enum op_code any_code_from(struct rng *r, enum op_code first)
{
	unsigned int all = 0, at, code;

	for (code = first; code < NR_OPS; code++)
		all += op_kinds[code].weight;
	at = rng_below(r, all);
	for (code = first; at >= op_kinds[code].weight; code++)
		at -= op_kinds[code].weight;
	return code;
}

static enum op_code any_code(struct rng *r)
{
	return any_code_from(r, 0);
}

/* Numbers near what a page or the end of a region is make more trouble than others. */
static unsigned int any_number(struct rng *r, const struct arg_kind *kind)
{
	unsigned int n = rng_below(r, kind->max + 1);

	if (kind->max >= 4096 && rng_percent(r, 50))
		n -= n % 4096;
	if (kind->max >= 4096 && n && rng_percent(r, 20))
		n--;
	return n;
}

static void any_args(struct rng *r, struct op *op)
{
	const struct op_kind *kind = &op_kinds[op->code];

	for (int i = 0; i < ARGS && kind->arg[i].name; i++)
		op->arg[i] = any_number(r, &kind->arg[i]);
}

/* One of @count for which @is_good says so, or any. */
static unsigned int pick(struct rng *r, unsigned int count, const struct model *m,
			 unsigned int proc,
			 bool (*is_good)(const struct model *, unsigned int, unsigned int))
{
	unsigned int good[ARENA], found = 0;

	for (unsigned int i = 0; i < count; i++)
		if (is_good(m, proc, i))
			good[found++] = i;
	return found && rng_percent(r, 92) ? good[rng_below(r, found)] : rng_below(r, count);
}

static bool is_alive(const struct model *m, unsigned int proc, unsigned int i)
{
	(void)proc;
	return m->proc[i].alive;
}

static bool is_open(const struct model *m, unsigned int proc, unsigned int i)
{
	return m->proc[proc].fd[i];
}

/* Of a region that was made, and for writing. */
static bool is_changeable(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct handle *handle = m->proc[proc].fd[i];

	return handle && handle->writer && !handle->region->fixed;
}

static bool is_revoked(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct handle *handle = m->proc[proc].fd[i];

	return handle && handle->writer && handle->region->revoked;
}

static bool can_crash(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct handle *handle = m->proc[proc].fd[i];

	return handle && handle->region->durable;
}

static bool is_logged(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct handle *handle = m->proc[proc].fd[i];

	return handle && handle->region->logs;
}

static bool is_mapped(const struct model *m, unsigned int proc, unsigned int i)
{
	return m->proc[proc].cell[i].mapped;
}

static bool is_free(const struct model *m, unsigned int proc, unsigned int i)
{
	return !m->proc[proc].cell[i].mapped;
}

static struct name *name_at(const struct model *m, unsigned int path)
{
	struct folder *folder;
	struct name *name;

	return m->mount && !name_find(m->mount, path, &folder, &name) ? name : NULL;
}

static bool is_file(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct name *name = name_at(m, i);

	(void)proc;
	return name && name->file;
}

static bool is_folder(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct name *name = name_at(m, i);

	(void)proc;
	return name && name->folder;
}

static bool is_vacant(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct name *name = name_at(m, i);

	(void)proc;
	return name && !name_is_taken(name);
}

static bool is_lost(const struct model *m, unsigned int proc, unsigned int i)
{
	const struct name *name = name_at(m, i);

	(void)proc;
	return name && name->change && name->durable;
}

/* A mount that there can be, half of them of media; and names that can be had. */
static void fit_mount(struct rng *r, const struct model *m, struct op *op)
{
	static const unsigned int backings[] = {
		VMADEV_BACKING_MEDIA, VMADEV_BACKING_MEDIA, VMADEV_BACKING_MEDIA,
		VMADEV_BACKING_PAGES, VMADEV_BACKING_SHMEM, VMADEV_BACKING_NONE,
	};
	bool makes = rng_percent(r, 50);
	unsigned int *a = op->arg;

	switch (op->code) {
	case OP_MOUNT:
		if (rng_percent(r, 5))
			break;
		a[0] = backings[rng_below(r, sizeof(backings) / sizeof(backings[0]))];
		if (!strategy_serves(a[1], a[0]))
			a[1] = 0;
		a[2] = rng_percent(r, 60) ? 0 : a[2];
		a[3] = a[3] && rng_percent(r, 20);
		break;
	case OP_OPEN_AT:
		a[1] = pick(r, PATHS, m, op->proc, makes ? is_vacant : is_file);
		a[2] |= makes ? TO_CREATE : 0;
		a[2] |= rng_percent(r, 60) ? TO_WRITE : 0;
		break;
	case OP_LINK:
	case OP_RENAME:
		a[0] = pick(r, PATHS, m, op->proc, rng_percent(r, 20) ? is_folder : is_file);
		a[1] = pick(r, PATHS, m, op->proc, makes ? is_vacant :
			    rng_percent(r, 30) ? is_folder : is_file);
		a[2] = makes ? NO_FLAG : a[2];
		break;
	case OP_UNLINK:
	case OP_TRUNCATE_AT:
		a[0] = pick(r, PATHS, m, op->proc, is_file);
		break;
	case OP_MKDIR:
		/* Where the ways lead. */
		a[0] = rng_percent(r, 80) ? rng_below(r, 2) * NAMES + 3 + rng_below(r, 2) : a[0];
		break;
	case OP_RMDIR:
		a[0] = pick(r, PATHS, m, op->proc, is_folder);
		break;
	case OP_FORK_NAME:
		a[1] = pick(r, PATHS, m, op->proc, is_lost);
		break;
	default:
		break;
	}
}

/* A backing that exists, and a strategy that serves it. */
static void make_sense(struct rng *r, unsigned int *backing, unsigned int *strategy)
{
	static const struct {
		unsigned int backing, strategy;
	} modes[] = {
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PFN },
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE },
		{ VMADEV_BACKING_PAGES, VMADEV_STRATEGY_INSERT },
		{ VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_REMAP },
		{ VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_PFN },
		{ VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_PAGE },
		{ VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_INSERT },
		{ VMADEV_BACKING_SHMEM, VMADEV_STRATEGY_CACHE },
		{ VMADEV_BACKING_CONTIG, VMADEV_STRATEGY_HUGE },
		{ VMADEV_BACKING_NONE, VMADEV_STRATEGY_ANON },
		/* It has operations of its own. */
		{ VMADEV_BACKING_MEDIA, VMADEV_STRATEGY_FILEMAP },
		{ VMADEV_BACKING_MEDIA, VMADEV_STRATEGY_FILEMAP },
		{ VMADEV_BACKING_MEDIA, VMADEV_STRATEGY_FILEMAP },
		{ VMADEV_BACKING_MEDIA, VMADEV_STRATEGY_FILEMAP },
	};
	unsigned int i = rng_below(r, sizeof(modes) / sizeof(modes[0]));

	*backing = modes[i].backing;
	*strategy = modes[i].strategy;
}

/* Inside the region, mostly, and with no more access than there is. */
static void fit_mmap(struct rng *r, const struct handle *handle, unsigned int *a)
{
	unsigned int pages = handle->region->pages;

	if (!pages)
		return;
	a[3] %= pages;
	if (a[2] > pages - a[3])
		a[2] = pages - a[3];
	if (rng_percent(r, 60))
		a[4] = handle->writer || a[5] & 1 ? 2 : 1;
	if (!strategy_private(handle->strategy))
		a[5] &= ~1u;
}

/* Where the names of arguments say what would make sense. */
static void fit_args(struct rng *r, const struct model *m, struct op *op)
{
	const struct op_kind *kind = &op_kinds[op->code];
	unsigned int *a = op->arg;
	bool anew = op->code == OP_MMAP && rng_percent(r, 60);
	bool changes = op->code == OP_TRUNCATE || op->code == OP_FALLOCATE ||
		       op->code == OP_SEAL || op->code == OP_REVOKE || op->code == OP_INJECT;
	bool crashes = op->code >= OP_UNSYNCED && op->code <= OP_WRITEBACK;
	bool logs = op->code == OP_DIRTY_GET || op->code == OP_DIRTY_CLEAR ||
		    op->code == OP_SNAPSHOT;
	bool makes = op->code == OP_OPEN || op->code == OP_CREATE || op->code == OP_REOPEN ||
		     op->code == OP_BY_NAME || op->code == OP_CRASH ||
		     op->code == OP_SNAPSHOT || op->code >= OP_MOUNT;

	for (int i = 0; i < ARGS && kind->arg[i].name; i++) {
		const char *name = kind->arg[i].name;

		if (!strcmp(name, "from") || (!strcmp(name, "fd") && !makes))
			a[i] = pick(r, FDS, m, op->proc, crashes ? can_crash :
				    logs ? is_logged :
				    op->code == OP_RESTORE ? is_revoked :
				    changes ? is_changeable : is_open);
		else if (!strcmp(name, "at"))
			a[i] = pick(r, ARENA, m, op->proc, anew ? is_free : is_mapped);
	}
	/* Long ranges have holes, mostly. */
	if (op->code > OP_MMAP && op->code < OP_LOAD && rng_percent(r, 60))
		a[1] = 1 + a[1] % 3;
	if (op->code == OP_CREATE && rng_percent(r, 90)) {
		make_sense(r, &a[2], &a[3]);
		a[4] = a[4] ? a[4] : 1;
		if (a[2] != VMADEV_BACKING_PAGES && a[2] != VMADEV_BACKING_CONTIG)
			a[5] &= ~LOG_DIRTY;
	}
	if (op->code == OP_DIRTY_GET && rng_percent(r, 60)) {
		a[2] = 0;
		a[3] = 0;
	}
	if (op->code == OP_MMAP && m->proc[op->proc].fd[a[0]] && rng_percent(r, 85))
		fit_mmap(r, m->proc[op->proc].fd[a[0]], a);
	if (op->code == OP_TRUNCATE && rng_percent(r, 90))
		a[1] -= a[1] % 4096;
	if (op->code == OP_MREMAP && rng_percent(r, 70))
		a[3] = 0;
	if (op->code == OP_MPROTECT && rng_percent(r, 40))
		a[2] = 2;
	if (op->code == OP_OPEN && rng_percent(r, 30))
		a[1] = VMADEV_ACCESS_READ;
	fit_mount(r, m, op);
}

void gen_op(struct rng *r, const struct model *m, struct op *op)
{
	*op = (struct op) { .code = any_code(r) };
	op->proc = pick(r, PROCS, m, 0, is_alive);
	/* Where something is mounted, half of all is done there. */
	if (m->mount && rng_percent(r, 50))
		op->code = any_code_from(r, OP_UMOUNT);
	/* Without a descriptor there is not much to do. */
	if (!m->proc[op->proc].fd[0] && rng_percent(r, 80))
		op->code = m->mount || rng_percent(r, 65) ? OP_OPEN : OP_MOUNT;
	any_args(r, op);
	if (op->code == OP_OPEN && !m->proc[op->proc].fd[0])
		memset(op->arg, 0, sizeof(op->arg));
	fit_args(r, m, op);
}

static void any_op(struct rng *r, struct op *op)
{
	*op = (struct op) { .code = any_code(r), .proc = rng_below(r, PROCS) % 2 };
	any_args(r, op);
}

static void insert(struct seq *seq, unsigned int at, const struct op *op)
{
	if (seq->len == MAX_OPS)
		return;
	memmove(&seq->op[at + 1], &seq->op[at], (seq->len - at) * sizeof(*op));
	seq->op[at] = *op;
	seq->len++;
}

void gen_mutate(struct rng *r, struct seq *seq, const struct seq *other)
{
	unsigned int times = 1 + rng_below(r, 5);

	while (times--) {
		unsigned int at = rng_below(r, seq->len), arg;
		struct op *op = &seq->op[at], new;

		switch (rng_below(r, 6)) {
		case 0:
			any_op(r, op);
			break;
		case 1:
			any_op(r, &new);
			insert(seq, at, &new);
			break;
		case 2:		/* again */
			new = *op;
			insert(seq, rng_below(r, seq->len + 1), &new);
			break;
		case 3:		/* the tail of another */
			for (unsigned int i = rng_below(r, other->len); i < other->len; i++)
				insert(seq, seq->len, &other->op[i]);
			break;
		default:
			arg = rng_below(r, ARGS);
			if (op_kinds[op->code].arg[arg].name)
				op->arg[arg] = any_number(r, &op_kinds[op->code].arg[arg]);
			break;
		}
	}
}
