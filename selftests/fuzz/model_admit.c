// SPDX-License-Identifier: GPL-2.0-or-later
/* Which operations can be done, as far as the model goes. */
#include "model.h"

/* Would mlock() touch it: as it does not model what it would write, or fails at? */
static bool lock_is_unclear(const struct cell *cell)
{
	const unsigned char *bytes;

	if (cell->mapped && cell->readable && cell_read(cell, &bytes))
		return true;
	return cell->mapped && (!cell->shared || !cell->readable || !cell->object ||
				cell->pgoff >= cell->object->pages || cell->object->revoked ||
				cell_is_stale(cell));
}

static bool admit_range(const struct cell *cells, const struct op *op)
{
	for (unsigned int i = op->arg[0]; i < op->arg[0] + op->arg[1]; i++) {
		if (op->code == OP_MLOCK && op->arg[2] && lock_is_unclear(&cells[i]))
			return false;
		/* Refused of VM_SPECIAL by some kernels, of VM_IO alone by others. */
		if (op->code == OP_MADVISE && op->arg[2] == DOFORK && cells[i].mapped &&
		    cells[i].strategy == VMADEV_STRATEGY_INSERT)
			return false;
	}
	return true;
}

/* Only what is in one VMA for certain moves, and not to where it is. */
static bool admit_move(const struct cell *cells, unsigned int *a)
{
	unsigned int n = 1;

	while (n < a[1] && cells[a[0]].mapped && cells[a[0] + n].vma == cells[a[0]].vma)
		n++;
	a[1] = n;
	if (a[2] + n + a[3] > ARENA)
		a[2] = ARENA - n - a[3];
	return a[2] + n + a[3] <= a[0] || a[2] >= a[0] + n;
}

/* At least a page, and nothing behind the arena. */
static void fit(unsigned int *n, unsigned int at)
{
	if (!*n)
		*n = 1;
	if (*n > ARENA - at)
		*n = ARENA - at;
}

/*
 * Without mmap_prepare a mapping becomes part of its neighbour's VMA before the module is
 * asked, if it is of a mount, which nothing is executed from.
 */
static bool may_merge(const struct proc *proc, const unsigned int *a)
{
	const struct handle *handle = proc->fd[a[0]];
	unsigned int at = a[1], end = a[1] + a[2];

	return handle && handle->region->mount && !strategy_special(handle->strategy) &&
	       ((at && proc->cell[at - 1].handle == handle) ||
		(end < ARENA && proc->cell[end].handle == handle));
}

/* What is appended has to have room; and comes from elsewhere, since pages are not copied whole. */
static bool admit_append(const struct proc *proc, const struct op *op)
{
	const struct handle *handle = proc->fd[op->arg[0]];
	bool copies = op->code == OP_COPY_IN;
	unsigned long len = copies ? page_bytes : op->arg[2];

	if (!handle || !handle->append)
		return true;
	if (copies && proc->cell[op->arg[2]].object == handle->region)
		return false;
	return object_size(handle->region) + len <= (unsigned long)MOST_PAGES * page_bytes;
}

/* A directory would be opened. */
static bool opens_folder(struct mount *mount, const unsigned int *a)
{
	struct folder *folder;
	struct name *name;

	return !name_find(mount, a[1], &folder, &name) && name->folder &&
	       !(a[2] & (TO_WRITE | TO_TRUNCATE | TO_CREATE));
}

bool model_admit(struct model *m, struct op *op, struct desk *desk)
{
	const struct proc *proc = &m->proc[op->proc];
	unsigned int *a = op->arg;
	unsigned int others = 0;

	if (!proc->alive)
		return false;
	if (op->code > OP_UMOUNT && !m->mount)
		return false;
	desk->noreplace = false;
	switch (op->code) {
	case OP_MMAP:
		fit(&a[2], a[1]);
		desk->noreplace = proc->fd[a[0]] && mmap_refusal(proc->fd[a[0]], a, 0);
		return !may_merge(proc, a);
	case OP_WRITE:
	case OP_COPY_IN:
		return admit_append(proc, op);
	case OP_MUNMAP:
	case OP_MPROTECT:
	case OP_MADVISE:
	case OP_MLOCK:
	case OP_MSYNC:
		fit(&a[1], a[0]);
		return admit_range(proc->cell, op);
	case OP_MREMAP:
		fit(&a[1], a[0]);
		return admit_move(proc->cell, a);
	case OP_STORE:
		if (a[2] > page_bytes - a[1])
			a[2] = page_bytes - a[1];
		return a[2];
	case OP_INJECT:
		/* Rules of the device's region would outlive the sequence. */
		return !proc->fd[a[0]] || !proc->fd[a[0]]->region->fixed;
	case OP_MOUNT:
		return !m->mount;
	case OP_OPEN_AT:
		return !opens_folder(m->mount, a);
	case OP_FORK:
		return !m->proc[a[0]].alive;
	case OP_EXIT:
		for (int i = 0; i < PROCS; i++)
			others += m->proc[i].alive;
		return others > 1;
	default:
		break;
	}
	return true;
}
