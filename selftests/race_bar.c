// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PCI device is unbound and bound while others open, fault, map, fork and copy. When it is
 * unbound, no mapping that was there shows a byte. That the kernel log stays silent is asserted
 * by who runs the program.
 */
#include "bar.h"
#include "lib/race.h"

#define MARKER 0x6b

/* Looked at by each: a page in each half, so that both entries of a PMD are. */
static size_t place(const bar *b, unsigned long turn)
{
	return turn % 2 * b->bytes / 2 + turn % NPAGES * b->page;
}

static bool can_be_seen(int byte)
{
	return byte == MARKER || byte == -SIGBUS;
}

static __u32 strategy;	/* of all handles */

static int open_it(const bar *b)
{
	return vt_open_by_name(b->node, b->name, 0, strategy);
}

/* Who unbinds is sure of it at once, by a mapping of before. */
static const char *unbind_and_bind(void *arg, unsigned long turn)
{
	const bar *b = arg;
	const char *wrong = NULL;
	int fd = open_it(b);
	char *map = map_all(b, fd);

	if (map != MAP_FAILED && vt_read(map + place(b, turn)) != MARKER)
		wrong = "the device is bound, and shows nothing";
	if (vt_pci_unbind(b->device))
		wrong = "it cannot be unbound";
	for (int i = 0; map != MAP_FAILED && i < 4; i++)
		if (vt_read(map + i * b->bytes / 4) != -SIGBUS)
			wrong = "a mapping shows a device that is gone";
	if (map != MAP_FAILED)
		munmap(map, b->bytes);
	close(fd);
	if (vt_pci_bind(b->device))
		wrong = "it cannot be bound";
	return map == MAP_FAILED ? "it cannot be mapped" : wrong;
}

static const char *map_and_look(void *arg, unsigned long turn)
{
	const bar *b = arg;
	const char *wrong = NULL;
	int fd = open_it(b);
	char *map;

	if (fd < 0)
		return errno == ENOENT ? NULL : "it cannot be opened";
	map = map_all(b, fd);
	if (map == MAP_FAILED) {
		wrong = errno == ENODEV ? NULL : "mmap fails";
		close(fd);
		return wrong;
	}
	close(fd);
	for (unsigned long i = 0; i < 8; i++)
		if (!can_be_seen(vt_read(map + place(b, turn + i))))
			wrong = "a mapping shows other bytes";
	munmap(map, b->bytes);
	return wrong;
}

struct inherited {
	const bar *b;
	char *map;
	unsigned long turn;
};

static int child_looks(void *arg)
{
	const struct inherited *i = arg;

	return !can_be_seen(vt_read(i->map + place(i->b, i->turn))) ||
	       !can_be_seen(vt_read(i->map));
}

static const char *fork_and_look(void *arg, unsigned long turn)
{
	const bar *b = arg;
	int fd = open_it(b), status;
	struct inherited inherited = { b, map_all(b, fd), turn };

	close(fd);
	if (inherited.map == MAP_FAILED)
		return NULL;
	vt_read(inherited.map);
	status = vt_in_child(child_looks, &inherited);
	munmap(inherited.map, b->bytes);
	return status ? "a child sees other bytes" : NULL;
}

static const char *copy_and_peek(void *arg, unsigned long turn)
{
	const bar *b = arg;
	int fd = open_it(b), mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char *map = map_all(b, fd), bytes[64], marked[64];
	const char *wrong = NULL;

	memset(marked, MARKER, sizeof(marked));
	if (pread(fd, bytes, sizeof(bytes), place(b, turn)) > 0 && memcmp(bytes, marked, 64))
		wrong = "a read gets other bytes";
	if (map != MAP_FAILED) {
		if (pread(mem, bytes, sizeof(bytes), (uintptr_t)map + place(b, turn)) == 64 &&
		    memcmp(bytes, marked, 64))
			wrong = "a debugger gets other bytes";
		mprotect(map, b->page, PROT_READ);
		munmap(map, b->bytes);
	}
	close(mem);
	close(fd);
	return wrong;
}

TEST_F_TIMEOUT(bar, unbind_against_all, 120)
{
	struct race race = { 0 };

	strategy = variant->strategy;
	memset(self->there, MARKER, self->bytes - self->page);
	close(self->fd);
	self->fd = -1;
	race_add(&race, unbind_and_bind, self);
	race_add(&race, map_and_look, self);
	race_add(&race, map_and_look, self);
	race_add(&race, fork_and_look, self);
	race_add(&race, copy_and_peek, self);
	EXPECT_RACE(&race);
}

TEST_HARNESS_MAIN
