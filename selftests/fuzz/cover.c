// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cover.h"

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_DISABLE	_IO('c', 101)
#define KCOV_TRACE_PC	0

#define ROOM	(4 << 10)	/* program counters of one system call */
#define BITS	16

/* Shared by all: what was seen. Places and edges in tables of hashes. */
static struct seen {
	unsigned int places, edges;
	unsigned char place[1 << BITS], edge[1 << BITS];
} *seen;

static int fd = -1;
static unsigned long *pcs;

bool cover_init(void)
{
	void *shared = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED || access("/sys/kernel/debug/kcov", R_OK | W_OK))
		return false;
	seen = shared;
	return true;
}

void cover_open(void)
{
	void *map;

	if (!seen)
		return;
	/* What was inherited is the parent's. */
	if (pcs)
		munmap(pcs, ROOM * sizeof(*pcs));
	if (fd >= 0)
		close(fd);
	pcs = NULL;
	fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, ROOM))
		return;
	map = mmap(NULL, ROOM * sizeof(*pcs), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		pcs = map;
}

void cover_begin(void)
{
	if (!pcs || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return;
	__atomic_store_n(&pcs[0], 0, __ATOMIC_RELAXED);
}

static unsigned int hash(unsigned long x)
{
	return (unsigned int)((unsigned long long)x * 0x9e3779b97f4a7c15ull >> (64 - BITS));
}

static void see(unsigned char *table, unsigned int *count, unsigned long what)
{
	unsigned char *entry = &table[hash(what)];

	*count += !*entry;
	*entry = 1;
}

void cover_end(void)
{
	unsigned long n, last = 0;

	if (!pcs)
		return;
	n = __atomic_load_n(&pcs[0], __ATOMIC_RELAXED);
	ioctl(fd, KCOV_DISABLE, 0);
	for (unsigned long i = 1; i <= n && i < ROOM; i++) {
		see(seen->place, &seen->places, pcs[i]);
		see(seen->edge, &seen->edges, pcs[i] ^ (last << 1));
		last = pcs[i];
	}
}

unsigned int cover_places(void)
{
	return seen ? seen->places : 0;
}

unsigned int cover_edges(void)
{
	return seen ? seen->edges : 0;
}
