// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

unsigned int page_bytes;

/* All that a sequence allocates goes with it. */
static struct chunk {
	struct chunk *next;
	unsigned long long bytes[];
} *chunks;

void *model_alloc(size_t bytes)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk) + bytes);

	if (!chunk)
		abort();
	chunk->next = chunks;
	chunks = chunk;
	return chunk->bytes;
}

struct object *object_new(struct model *m, unsigned int backing, unsigned int pages)
{
	struct object *object = model_alloc(sizeof(*object));

	object->backing = backing;
	object->pages = pages;
	if (backing != VMADEV_BACKING_NONE)
		object->bytes = model_alloc((size_t)MOST_PAGES * page_bytes);
	if (backing == VMADEV_BACKING_MEDIA)
		media_init(object);
	object->next = m->node.next;
	m->node.next = object;
	return object;
}

bool object_is_readonly(const struct object *object)
{
	return object->seals & (VMADEV_SEAL_WRITE | VMADEV_SEAL_FUTURE_WRITE);
}

bool object_resizes(const struct object *object)
{
	return !object->fixed && object->backing != VMADEV_BACKING_CONTIG;
}

bool object_shows(const struct object *object, unsigned long off, unsigned long n,
		  const unsigned char *bytes)
{
	return object->bytes ? !memcmp(object->bytes + off, bytes, n) : vt_is_zero(bytes, n);
}

unsigned int object_abilities(const struct object *region)
{
	bool seen = region->backing == VMADEV_BACKING_PAGES ||
		    region->backing == VMADEV_BACKING_CONTIG;
	unsigned int can = seen ? VMADEV_CAN_INJECT | VMADEV_CAN_EXPORT : 0;

	if (region->mount)
		can &= ~VMADEV_CAN_EXPORT;
	if (region->fixed)
		return can;
	can |= VMADEV_CAN_PUNCH;
	if (object_resizes(region))
		can |= VMADEV_CAN_RESIZE;
	if (region->backing == VMADEV_BACKING_PAGES || region->backing == VMADEV_BACKING_SHMEM ||
	    region->backing == VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_HOLES;
	if (!(region->seals & VMADEV_SEAL_SEAL))
		can |= VMADEV_CAN_SEAL;
	if (region->backing != VMADEV_BACKING_NONE && region->backing != VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_REVOKE;
	if (region->backing == VMADEV_BACKING_MEDIA)
		can |= VMADEV_CAN_CRASH;
	if (region->logs)
		can |= VMADEV_CAN_DIRTY;
	return can;
}

void object_stored(struct object *object, unsigned long off, unsigned long len)
{
	media_stored(object, off, len);
	log_stored(object, off, len);
}

void object_zero(struct object *object, unsigned long off, unsigned long len)
{
	if (!object->bytes)
		return;
	log_punched(object, off, len);
	memset(object->bytes + off, 0, len);
	media_punch(object, off, len);
}

void object_punch(struct object *object, unsigned long off, unsigned long len)
{
	object_zero(object, off, object_inside(object, off, len));
}

void model_begin(struct model *m, unsigned int node_pages, const struct vmadev_stats *node)
{
	memset(m, 0, sizeof(*m));
	m->node.backing = VMADEV_BACKING_PAGES;
	m->node.pages = node_pages;
	m->node.fixed = true;
	m->node.seals = VMADEV_SEAL_SEAL;
	m->node.bytes = model_alloc((size_t)node_pages * page_bytes);
	m->node.mmaps = node->mmaps;
	m->node.zaps = node->zaps;
	m->proc[0].alive = true;
}

void model_end(struct model *m)
{
	memset(m, 0, sizeof(*m));
	while (chunks) {
		struct chunk *next = chunks->next;

		free(chunks);
		chunks = next;
	}
}

bool cell_is_stale(const struct cell *cell)
{
	return cell->object && cell->object == cell->handle->region &&
	       cell->handle->epoch != cell->object->epoch;
}

int cell_read(const struct cell *cell, const unsigned char **bytes)
{
	const struct object *object = cell->object;

	*bytes = cell->copy;
	if (!cell->mapped || !cell->readable)
		return SIGSEGV;
	if (!object)
		return 0;
	if (cell->pgoff >= object->pages || cell_is_stale(cell))
		return SIGBUS;
	if (object->revoked == VMADEV_REVOKE_SIGBUS)
		return SIGBUS;
	if (cell->copy)
		return 0;
	if (!object->revoked && object_is_bad(object, cell->pgoff))
		return SIGBUS;
	if (object->revoked)
		*bytes = object_dummy(cell->object, cell->proc, cell->shared && cell->may_write);
	else
		*bytes = object->bytes + (size_t)cell->pgoff * page_bytes;
	return 0;
}

int cell_write(struct cell *cell, unsigned char **bytes)
{
	const unsigned char *shown;
	int sig = cell->writable ? cell_read(cell, &shown) : SIGSEGV;

	if (sig)
		return sig;
	if (!cell->shared && !cell->copy) {
		cell->copy = model_alloc(page_bytes);
		if (shown)
			memcpy(cell->copy, shown, page_bytes);
	}
	if (cell->shared && cell->object)
		object_stored(cell->object, (unsigned long)cell->pgoff * page_bytes, page_bytes);
	*bytes = cell->shared ? (unsigned char *)shown : cell->copy;
	return 0;
}

bool cell_shows(const struct cell *cell, const unsigned char *bytes)
{
	const unsigned char *shown;

	if (cell_read(cell, &shown))
		return false;
	return shown ? !memcmp(shown, bytes, page_bytes) : vt_is_zero(bytes, page_bytes);
}

static const char *say_result(long want, long got)
{
	static char text[96];

	snprintf(text, sizeof(text), "the result is %ld (%s), it should be %ld (%s)", got,
		 got < 0 ? strerror(-got) : "fine", want, want < 0 ? strerror(-want) : "fine");
	return text;
}

static long expect(struct model *m, const struct desk *desk, const char **wrong)
{
	enum op_code code = desk->op.code;

	if (code >= OP_MOUNT)
		return mount_expect(m, desk, wrong);
	if (code >= OP_MMAP || code == OP_COPY_IN || code == OP_COPY_OUT)
		return memory_expect(m, desk, wrong);
	return file_expect(m, desk, wrong);
}

const char *model_check(struct model *m, const struct desk *desk)
{
	const char *wrong = NULL;
	long want = expect(m, desk, &wrong);

	return desk->ret == want ? wrong : say_result(want, desk->ret);
}

const char *model_audit(struct model *m, unsigned int proc, const struct desk *desk)
{
	static char text[96];
	const unsigned char *shown;

	for (unsigned int i = 0; i < ARENA; i++) {
		const struct cell *cell = &m->proc[proc].cell[i];
		int sig = cell_read(cell, &shown);
		int how = sig == SIGSEGV ? PAGE_SIGSEGV : sig ? PAGE_SIGBUS : PAGE_READ;

		if (desk->how[i] != how)
			snprintf(text, sizeof(text), "page %u of p%u: reading is %u, should be %d",
				 i, proc, desk->how[i], how);
		else if (!sig && !cell_shows(cell, desk->pages + (size_t)i * page_bytes))
			snprintf(text, sizeof(text), "page %u of p%u shows other bytes", i, proc);
		else
			continue;
		return text;
	}
	return NULL;
}
