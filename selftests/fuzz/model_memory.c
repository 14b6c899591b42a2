// SPDX-License-Identifier: GPL-2.0-or-later
/* What should come of operations on mappings. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "model.h"

/*
 * Cells that something was done to are VMAs of their own now, and so is what
 * follows the last of them in its VMA. They might merge again: nothing here
 * takes different numbers for different VMAs, only same numbers for one.
 */
static void split(struct model *m, struct cell *cells, unsigned int at, unsigned int n)
{
	unsigned int last = 0;

	for (unsigned int i = at; i < ARENA && cells[i].mapped; i++) {
		bool first = i == at || cells[i].vma != last;

		if (first && i >= at + n)
			break;
		if (first || i == at + n)
			m->vmas++;
		last = cells[i].vma;
		cells[i].vma = m->vmas;
	}
}

static void unmap(struct model *m, struct cell *cells, unsigned int at, unsigned int n)
{
	memset(&cells[at], 0, n * sizeof(*cells));
	if (at + n < ARENA)
		split(m, cells, at + n, ARENA);
}

/* A file that nothing executes from, for other reasons, is refused first. */
long mmap_refusal(const struct handle *handle, const unsigned int *a, long got)
{
	bool private = a[5] & PRIVATE;
	long err = 0;

	if (!private && a[4] == READ_WRITE && !handle->writer)
		return -EACCES;
	if (object_rule(handle->region, 1u << RULE_MMAP, (unsigned long)a[3] * page_bytes,
			(unsigned long)a[2] * page_bytes))
		return a[4] == READ_EXEC && got == -EPERM ? -EPERM : -ENOMEM;
	if (handle->region->revoked)
		return a[4] == READ_EXEC && got == -EPERM ? -EPERM : -ENODEV;
	if (a[3] + a[2] > handle->region->pages &&
	    (!handle->region->mount || handle->strategy == VMADEV_STRATEGY_INSERT))
		err = -EINVAL;
	if (private && !strategy_private(handle->strategy))
		err = -EINVAL;
	if (!err && !private && a[4] == READ_WRITE && object_is_readonly(handle->region))
		return -EPERM;
	if (!err && a[4] != READ_EXEC && handle->epoch != handle->region->epoch)
		return -ESTALE;
	return a[4] == READ_EXEC && (!err || got == -EPERM) ? -EPERM : err;
}

static bool overlaps(const struct cell *cells, unsigned int at, unsigned int n)
{
	for (unsigned int i = at; i < at + n; i++)
		if (cells[i].mapped)
			return true;
	return false;
}

static long do_mmap(struct model *m, struct proc *proc, const unsigned int *a, long got)
{
	struct handle *handle = proc->fd[a[0]];
	struct object *object;
	long err;

	if (!handle)
		return -EBADF;
	err = mmap_refusal(handle, a, got);
	if (err && overlaps(proc->cell, a[1], a[2]))
		return -EEXIST;
	/* The module itself has nothing against it, its strategy has. */
	if (err == -ESTALE)
		handle->fixed = true;
	if (err)
		return err;
	object = handle->region;
	if (object->backing == VMADEV_BACKING_NONE) {
		object = NULL;
		if (!(a[5] & PRIVATE)) {
			object = object_new(m, VMADEV_BACKING_NONE, a[2]);
			object->bytes = model_alloc((size_t)MOST_PAGES * page_bytes);
		}
	}
	handle->fixed = true;
	handle->mmaps++;
	handle->region->mmaps++;
	unmap(m, proc->cell, a[1], a[2]);
	m->vmas++;
	for (unsigned int i = 0; i < a[2]; i++) {
		struct cell *cell = &proc->cell[a[1] + i];
		unsigned char *bytes;

		*cell = (struct cell) {
			.mapped = true,
			.readable = a[4] != NONE,
			.writable = a[4] == READ_WRITE,
			.shared = !(a[5] & PRIVATE),
			.may_write = (a[5] & PRIVATE) ||
				     (handle->writer && !object_is_readonly(handle->region)),
			.handle = handle,
			.strategy = handle->strategy,
			.proc = proc - m->proc,
			.vma = m->vmas,
			.object = object,
			.pgoff = i + (object == handle->region ? a[3] : 0),
		};
		/* To populate what is private and writable is to write to it. */
		if (a[5] & POPULATE && cell->writable && !cell->shared)
			cell_write(cell, &bytes);
	}
	return 0;
}

static long do_mprotect(struct model *m, struct cell *cells, const unsigned int *a)
{
	unsigned int i, end = a[0] + a[1];
	long err = 0;

	for (i = a[0]; i < end && !err; i++) {
		struct cell *cell = &cells[i];

		if (!cell->mapped)
			err = -ENOMEM;
		else if (a[2] == READ_EXEC || (a[2] == READ_WRITE && !cell->may_write))
			err = -EACCES;
		if (err)
			break;
		cell->readable = a[2] != NONE;
		cell->writable = a[2] == READ_WRITE;
	}
	split(m, cells, a[0], i - a[0]);
	return err;
}

static long do_mremap(struct model *m, struct cell *cells, const unsigned int *a)
{
	unsigned int at = a[0], n = a[1], to = a[2], grown = a[3];
	struct cell last;

	unmap(m, cells, to, n + grown);
	if (!cells[at].mapped || (grown && strategy_special(cells[at].strategy)))
		return -EFAULT;
	memcpy(&cells[to], &cells[at], n * sizeof(*cells));
	unmap(m, cells, at, n);
	last = cells[to + n - 1];
	last.copy = NULL;
	for (unsigned int i = 0; i < grown; i++) {
		last.pgoff++;
		cells[to + n + i] = last;
	}
	split(m, cells, to, n + grown);
	return 0;
}

static bool is_special(const struct cell *cell)
{
	return strategy_special(cell->strategy);
}

/* What MADV_REMOVE says of a cell; it is fallocate of the mapping's file. */
static long remove_refusal(const struct cell *cell)
{
	const struct handle *handle = cell->handle;

	if (cell->locked)
		return -EINVAL;
	if (!cell->shared || !cell->may_write)
		return -EACCES;
	if (cell->object == handle->region && object_is_readonly(handle->region))
		return -EPERM;
	if (handle->region->revoked && handle->region->backing != VMADEV_BACKING_SHMEM)
		return -ENODEV;
	/* Of cache and anon the file is one of tmpfs. */
	if (cell->object != handle->region || handle->region->backing == VMADEV_BACKING_SHMEM)
		return 0;
	if (handle->node)
		return -ENODEV;
	return handle->region->fixed ? -EOPNOTSUPP : 0;
}

/* Of cache all of the page, of which the file may have a part. */
static void remove_page(const struct cell *cell)
{
	unsigned long off = (unsigned long)cell->pgoff * page_bytes;

	if (cell->object->backing != VMADEV_BACKING_SHMEM)
		object_punch(cell->object, off, page_bytes);
	else if (cell->pgoff < cell->object->pages)
		object_zero(cell->object, off, page_bytes);
}

static long do_madvise(struct model *m, struct cell *cells, const unsigned int *a)
{
	unsigned int i, end = a[0] + a[1];
	long err = 0;

	for (i = a[0]; i < end; i++) {
		struct cell *cell = &cells[i];
		bool pfnmap = cell->mapped && strategy_pfnmap(cell->strategy);

		if (!cell->mapped) {
			err = -ENOMEM;
			continue;
		}
		if ((a[2] == DONTNEED && (pfnmap || cell->locked)) || (a[2] == DOFORK && pfnmap)) {
			err = -EINVAL;
			break;
		}
		if (a[2] == REMOVE) {
			long refusal = remove_refusal(cell);

			if (refusal)
				return refusal;
			remove_page(cell);
			continue;
		}
		if (a[2] == DONTNEED)
			cell->copy = NULL;
		if (a[2] == DONTFORK || a[2] == DOFORK)
			cell->dontfork = a[2] == DONTFORK;
	}
	for (unsigned int j = a[0]; a[2] != REMOVE && j < i; j++)
		if (cells[j].mapped)
			split(m, cells, j, 1);
	return err;
}

static long do_mlock(struct model *m, struct cell *cells, const unsigned int *a)
{
	unsigned int i, end = a[0] + a[1];

	for (i = a[0]; i < end && cells[i].mapped; i++) {
		cells[i].locked = a[2] && !is_special(&cells[i]);
		if (cells[i].object && cells[i].locked)
			cells[i].object->was_locked = true;
	}
	split(m, cells, a[0], i - a[0]);
	return i < end ? -ENOMEM : 0;
}

static long do_msync(const struct cell *cells, const unsigned int *a)
{
	long err = 0;

	for (unsigned int i = a[0]; i < a[0] + a[1]; i++) {
		if (!cells[i].mapped)
			err = -ENOMEM;
		else if (a[2] == INVALIDATE && cells[i].locked)
			return -EBUSY;
		else if (a[2] != ASYNC && cells[i].shared && cells[i].may_write &&
			 cells[i].object && cells[i].pgoff < MOST_PAGES)
			media_sync(cells[i].object, 1u << cells[i].pgoff);
	}
	return err;
}

static long do_store(struct cell *cell, const unsigned int *a)
{
	unsigned char *bytes;
	int sig = cell_write(cell, &bytes);

	if (!sig)
		memset(bytes + a[1], a[3], a[2]);
	return -sig;
}

static long do_load(const struct cell *cell, const struct desk *desk, const char **wrong)
{
	const unsigned char *shown;
	int sig = cell_read(cell, &shown);

	if (!sig && !desk->ret && !cell_shows(cell, desk->pages))
		*wrong = "the page shows other bytes";
	return -sig;
}

/* Of a write that begins at @w what comes of it, if there are @n bytes to take there. */
static long take_in(struct write *w, const struct cell *cell, long n)
{
	struct object *region = w->region;
	const unsigned char *shown;

	if (!region->bytes || n < 0)
		return n;
	if (cell_read(cell, &shown)) {
		log_tried(region, w->off, page_bytes);
		return -EFAULT;
	}
	object_stored(region, w->off, n);
	if (shown)
		memmove(region->bytes + w->off, shown, n);
	else
		memset(region->bytes + w->off, 0, n);
	return n;
}

/* pwrite() of a page of the region, from memory. */
static long copy_in(struct model *m, const struct handle *handle, const struct cell *cell,
		    unsigned int pgoff)
{
	struct write w;
	long n;

	if (!handle)
		return -EBADF;
	n = write_begin(m, handle, &w, (unsigned long)pgoff * page_bytes, page_bytes);
	return write_end(m, &w, take_in(&w, cell, n));
}

/* pread() of a page of the region, to memory. */
static long copy_out(struct handle *handle, struct cell *cell, unsigned int pgoff)
{
	unsigned long off = (unsigned long)pgoff * page_bytes;
	unsigned char *bytes;
	long n;

	if (!handle)
		return -EBADF;
	if (handle->region->revoked)
		return -ENODEV;
	n = object_inside(handle->region, off, page_bytes);
	if (!n)
		return 0;
	n = call_moves(handle->region, RULE_READ, off, n);
	if (n < 0)
		return n;
	if (cell_write(cell, &bytes))
		return -EFAULT;
	if (handle->region->bytes)
		memmove(bytes, handle->region->bytes + off, n);
	else
		memset(bytes, 0, n);
	return n;
}

static long do_fork(struct model *m, const struct proc *parent, const struct desk *desk)
{
	struct proc *child = &m->proc[desk->op.arg[0]];

	if (desk->ret < 0)
		return 0;	/* there is no reason to fail */
	*child = *parent;
	forget_dummies(m, desk->op.arg[0]);
	for (int i = 0; i < ARENA; i++) {
		struct cell *cell = &child->cell[i];
		unsigned char *copy;

		cell->locked = false;
		cell->proc = desk->op.arg[0];
		if (cell->dontfork)
			*cell = (struct cell) { .mapped = false };
		if (!cell->copy)
			continue;
		copy = model_alloc(page_bytes);
		memcpy(copy, cell->copy, page_bytes);
		cell->copy = copy;
	}
	return desk->ret;
}

long memory_expect(struct model *m, const struct desk *desk, const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	struct proc *proc = &m->proc[desk->op.proc];
	struct cell *cells = proc->cell;

	switch (desk->op.code) {
	case OP_COPY_IN:
		return copy_in(m, proc->fd[a[0]], &cells[a[2]], a[1]);
	case OP_COPY_OUT:
		return copy_out(proc->fd[a[0]], &cells[a[2]], a[1]);
	case OP_MMAP:
		return do_mmap(m, proc, a, desk->ret);
	case OP_MUNMAP:
		unmap(m, cells, a[0], a[1]);
		return 0;
	case OP_MPROTECT:
		return do_mprotect(m, cells, a);
	case OP_MREMAP:
		return do_mremap(m, cells, a);
	case OP_MADVISE:
		return do_madvise(m, cells, a);
	case OP_MLOCK:
		return do_mlock(m, cells, a);
	case OP_MSYNC:
		return do_msync(cells, a);
	case OP_LOAD:
		return do_load(&cells[a[0]], desk, wrong);
	case OP_STORE:
		return do_store(&cells[a[0]], a);
	default:	/* fork */
		return do_fork(m, proc, desk);
	}
}
