// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation and user copy of what makes and changes mappings fails once,
 * under each strategy: nothing is half mapped, no byte is lost, and the next
 * try works.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/failnth.h"
#include "lib/sweep.h"
#include "mapping.h"

static struct {
	const mapping *self;
	const mapping_kind *kind;
	char *map;		/* of the whole region */
	char *free;		/* as much address space that nothing uses */
	int pipe[2];
	pid_t child;
} c;

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

/* The first byte of each page of the region is its number + 1; anon has its own. */
static int first_byte(int page)
{
	return is_anon(c.kind) ? 0 : page + 1;
}

static bool has_bytes(const char *map, int from, int to)
{
	for (int i = from; i < to; i++)
		if (vt_read(map + i * c.self->page) != first_byte(i))
			return false;
	return true;
}

static int unmap(char *map)
{
	return munmap(map, c.self->bytes);
}

static int before_map(void)
{
	c.map = map_region(c.self, c.kind);
	return c.map == MAP_FAILED;
}

/* Where no page table is yet, as it would be for any neighbour. */
static int before_map_alone(void)
{
	size_t table = c.self->page / sizeof(long) * c.self->page;
	char *room = mmap(NULL, 2 * table, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);

	if (room == MAP_FAILED || munmap(room, 2 * table))
		return -1;
	room += -(unsigned long)room % table;
	c.map = mmap(room, c.self->bytes, PROT_READ | PROT_WRITE, c.kind->flags | MAP_FIXED,
		     c.self->fd, 0);
	return c.map == MAP_FAILED;
}

static int before_map_touched(void)
{
	return before_map() || !has_bytes(c.map, 0, NPAGES);
}

static int all_is_there(void)
{
	return !has_bytes(c.map, 0, NPAGES) || unmap(c.map);
}

static long do_mmap(int flags)
{
	c.map = mmap(NULL, c.self->bytes, PROT_READ | PROT_WRITE, c.kind->flags | flags,
		     c.self->fd, 0);
	return c.map == MAP_FAILED ? -errno : 0;
}

static long run_mmap(void)
{
	return do_mmap(0);
}

static long run_mmap_populate(void)
{
	return do_mmap(MAP_POPULATE);
}

static int undo_mmap(void)
{
	return c.map == MAP_FAILED ? 0 : all_is_there();
}

static long run_touch_read(void)
{
	return vt_read(c.map + c.self->page) == first_byte(1) ? 0 : -EIO;
}

static long run_touch_write(void)
{
	return vt_write(c.map + c.self->page, first_byte(1)) ? -EIO : 0;
}

static int before_touch_by_kernel(void)
{
	return before_map() || pipe2(c.pipe, O_NONBLOCK | O_CLOEXEC);
}

static long run_touch_by_kernel(void)
{
	return or_errno(write(c.pipe[1], c.map, c.self->bytes));
}

static int undo_touch_by_kernel(void)
{
	close(c.pipe[0]);
	close(c.pipe[1]);
	return all_is_there();
}

static long run_fork(void)
{
	c.child = fork();
	if (!c.child)
		_exit(!has_bytes(c.map, 0, NPAGES));
	return c.child < 0 ? -errno : 0;
}

static int child_saw_all(long result)
{
	int status = 0;

	if (result >= 0 && waitpid(c.child, &status, 0) != c.child)
		return -1;
	return status;
}

static int before_mremap(void)
{
	if (before_map_touched())
		return -1;
	c.free = mmap(NULL, c.self->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return c.free == MAP_FAILED || unmap(c.free);
}

static long run_mremap(void)
{
	void *moved = mremap(c.map, c.self->bytes, c.self->bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			     c.free);

	return moved == MAP_FAILED ? -errno : 0;
}

/* mremap() succeeds also when only the memory to unmap where the pages were is lacking. */
static int find_where_it_is(long result)
{
	char *was = c.map;

	if (result)
		return 0;
	c.map = c.free;
	return unmap(was);
}

static long run_munmap(void)
{
	return or_errno(munmap(c.map + 2 * c.self->page, c.self->page));
}

static int has_the_hole(long result)
{
	bool hole = vt_read(c.map + 2 * c.self->page) == -SIGSEGV;

	return hole != !result || !has_bytes(c.map, 0, 2) || !has_bytes(c.map, 3, NPAGES);
}

static int undo_munmap(void)
{
	return unmap(c.map);
}

static long run_mprotect(void)
{
	return or_errno(mprotect(c.map + 2 * c.self->page, c.self->page, PROT_READ));
}

static long run_mlock(void)
{
	return or_errno(mlock(c.map, c.self->bytes));
}

static long run_msync(void)
{
	return or_errno(msync(c.map, c.self->bytes, MS_SYNC));
}

static long run_dontneed(void)
{
	return or_errno(madvise(c.map, c.self->bytes, MADV_DONTNEED));
}

static const struct sweep_op mmaps[] = {
	{ "mmap", NULL, run_mmap, NULL, undo_mmap, { ENOMEM } },
	{ "mmap_populate", NULL, run_mmap_populate, NULL, undo_mmap, { ENOMEM } },
};

/* A touch has no errno: the kernel tries a fault again that had no memory. */
static const struct sweep_op ops[] = {
	{ "touch_read", before_map, run_touch_read, NULL, all_is_there, { 0 } },
	{ "touch_write", before_map, run_touch_write, NULL, all_is_there, { 0 } },
	{ "touch_alone", before_map_alone, run_touch_write, NULL, all_is_there, { 0 } },
	{ "touch_by_kernel", before_touch_by_kernel, run_touch_by_kernel, NULL,
	  undo_touch_by_kernel, { EFAULT, ENOMEM } },
	{ "fork", before_map_touched, run_fork, child_saw_all, all_is_there, { ENOMEM, EAGAIN } },
	{ "mremap", before_mremap, run_mremap, find_where_it_is, all_is_there, { ENOMEM } },
	{ "munmap", before_map_touched, run_munmap, has_the_hole, undo_munmap, { ENOMEM } },
	{ "mprotect", before_map_touched, run_mprotect, NULL, all_is_there, { ENOMEM } },
	{ "mlock", before_map, run_mlock, NULL, all_is_there, { ENOMEM, EAGAIN } },
	{ "msync", before_map_touched, run_msync, NULL, all_is_there, { 0 } },
	{ "madvise_dontneed", before_map_touched, run_dontneed, NULL, all_is_there, { ENOMEM } },
};

/* As the variant is called. */
static const char *label_of(const mapping_kind *k)
{
	static const char *const strategies[] = { "", "remap", "pfn", "page", "insert", "cache",
						  "anon", "huge" };
	static const char *const backings[] = { "", "pages", "contig", "shmem", "none" };
	static char label[64];

	snprintf(label, sizeof(label), "%s_%s_%s", strategies[k->strategy], backings[k->backing],
		 is_shared(k) ? "shared" : "private");
	return label;
}

/* Why @ops cannot be swept here, or NULL; *@wrong: how many went wrong. */
static const char *sweep_ops(const mapping *self, const mapping_kind *kind,
			     const struct sweep_op *op, size_t n, int *wrong)
{
	/* What the kernel does to a mapping does not depend on the backing. */
	bool seen_on_pages = kind->backing == VMADEV_BACKING_CONTIG &&
			     kind->strategy != VMADEV_STRATEGY_REMAP;
	const char *why = failnth_setup();

	*wrong = 0;
	if (why)
		return why;
	c.self = self;
	c.kind = kind;
	for (int i = 0; i < NPAGES; i++) {
		char byte = i + 1;

		*wrong += pwrite(self->fd, &byte, 1, i * self->page) != 1;
	}
	for (; n--; op++) {
		/* MADV_DONTNEED is refused of VM_PFNMAP. */
		if (!is_pfnmap(kind) || op->run != run_dontneed)
			*wrong += sweep(op, label_of(kind), seen_on_pages) != 0;
	}
	return NULL;
}

/*
 * CVE-2024-47674 (mm), CVE-2024-53148 (comedi): mmap had failed halfway, and what
 * was mapped till then stayed.
 */
TEST_F_TIMEOUT(mapping, half_made_mapping, 600)
{
	int wrong;
	const char *why = sweep_ops(self, variant, mmaps, ARRAY_SIZE(mmaps), &wrong);

	if (why)
		SKIP(return, "%s", why);
	EXPECT_EQ(0, wrong);
}

TEST_F_TIMEOUT(mapping, survives_every_fault, 600)
{
	int wrong;
	const char *why = sweep_ops(self, variant, ops, ARRAY_SIZE(ops), &wrong);

	if (why)
		SKIP(return, "%s", why);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
