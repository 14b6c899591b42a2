// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults, while others change what is mapped: each touch is served right, or not at
 * all where nothing is mapped at the moment. That the kernel log stays silent is
 * asserted by who runs the program.
 */
#include "vmadev_test.h"
#include "lib/race.h"
#include "mode.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define NPAGES	32

FIXTURE(race_fault)
{
	struct race race;
	int fd;
	int mem;		/* /proc/self/mem */
	size_t page;
	size_t bytes;
	char *p;
	char *elsewhere;	/* room for as much */
};

FIXTURE_VARIANT(race_fault)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(race_fault);

typedef FIXTURE_DATA(race_fault) fixture;

static char *map(fixture *f)
{
	return mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
}

FIXTURE_SETUP(race_fault)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	CREATE_MODE(self->bytes, "race");
	self->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->mem);
	self->elsewhere = mmap(NULL, self->bytes, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->elsewhere);
	self->p = map(self);
	ASSERT_NE(MAP_FAILED, self->p);
}

FIXTURE_TEARDOWN(race_fault)
{
	close(self->mem);
	close(self->fd);
}

/* Every byte of page i is i or was never written. */
static bool is_of_page(int byte, unsigned int i)
{
	return byte == 0 || byte == (int)i;
}

static const char *touch_at(const fixture *f, char *map, unsigned int i, bool always)
{
	int was = vt_read(map + i * f->page), err;

	if (was == -SIGSEGV && !always)
		return NULL;
	if (always ? was != (int)i : !is_of_page(was, i))
		return was < 0 ? "a read gets a signal" : "a read gets another page's byte";
	err = vt_write(map + i * f->page, i);
	return err && (always || err != -SIGSEGV) ? "a write gets a signal" : NULL;
}

static const char *touch(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return touch_at(f, f->p, turn % NPAGES, false);
}

/* The same, where nobody unmaps and every page was written: each touch must be served. */
static const char *touch_always(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return touch_at(f, f->p, turn % NPAGES, true);
}

static const char *touch_both_places(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	return touch_at(f, turn / NPAGES % 2 ? f->elsewhere : f->p, turn % NPAGES, false);
}

/* Takes the mapping away, in part or whole, and puts it back at the same place. */
static const char *remap(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	size_t off = turn % NPAGES * f->page;

	if (munmap(f->p + off, f->bytes - off))
		return "munmap fails";
	if (mmap(f->p + off, f->bytes - off, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 f->fd, off) == MAP_FAILED)
		return "mmap fails";
	return NULL;
}

static const char *move_there_and_back(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	char *from = turn % 2 ? f->elsewhere : f->p, *to = turn % 2 ? f->p : f->elsewhere;

	if (mremap(from, f->bytes, f->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return "mremap fails";
	return NULL;
}

static int see_all(void *arg)
{
	const fixture *f = arg;

	for (unsigned int i = 0; i < NPAGES; i++) {
		int was = vt_read(f->p + i * f->page);

		if (!is_of_page(was, i) && was != -SIGSEGV)
			return 1;
	}
	return 0;
}

static const char *fork_and_see(void *arg, unsigned long turn)
{
	(void)turn;
	return vt_in_child(see_all, arg) ? "a child sees what is wrong" : NULL;
}

static const char *protect(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	if (mprotect(f->p + turn % NPAGES * f->page, f->page, PROT_READ) ||
	    mprotect(f->p, f->bytes, PROT_READ | PROT_WRITE))
		return "mprotect fails";
	return NULL;
}

static const char *zap(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	size_t off = turn % NPAGES * f->page;

	return vt_zap(f->fd, off, f->bytes - off) ? "ZAP fails" : NULL;
}

/* Entries that are dropped so come back by a fault, too; of a frame number they may not be. */
static const char *drop(void *arg, unsigned long turn)
{
	const fixture *f = arg;

	if (madvise(f->p + turn % NPAGES * f->page, f->page, MADV_DONTNEED) && errno != EINVAL)
		return "madvise fails";
	return NULL;
}

/* Through ->access, or a page that is pinned; not at all while there is no mapping. */
static const char *peek(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;
	char *at = f->p + i * f->page;
	struct iovec here = { .iov_len = 1 }, there = { at, 1 };
	unsigned char byte = 0;
	ssize_t n;

	here.iov_base = &byte;
	if (turn / NPAGES % 2)
		n = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	else
		n = pread(f->mem, &byte, 1, (unsigned long)at);
	if (n < 0 && errno != EIO && errno != EFAULT)
		return "peeking fails";
	return is_of_page(byte, i) ? NULL : "peeking gets another page's byte";
}

static const char *poke(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned char i = turn % NPAGES;

	if (pwrite(f->mem, &i, 1, (unsigned long)(f->p + i * f->page)) < 0 &&
	    errno != EIO && errno != EFAULT)
		return "poking fails";
	return NULL;
}

/* Does @p show what was written into every page of the region? */
static bool shows_region(const fixture *f, const char *p)
{
	for (unsigned int i = 0; i < NPAGES; i++)
		if (vt_read(p + i * f->page) != (int)i)
			return false;
	return true;
}

/* A mapping of its own: eager strategies make its entries while others take them away. */
static const char *map_and_see(void *arg, unsigned long turn)
{
	fixture *f = arg;
	char *p = map(f);

	(void)turn;
	if (p == MAP_FAILED)
		return "mmap fails";
	if (!shows_region(f, p))
		return "a new mapping does not show the region";
	return munmap(p, f->bytes) ? "munmap fails" : NULL;
}

struct place {
	const fixture *f;
	const char *p;
};

static int see_always(void *arg)
{
	const struct place *at = arg;

	return !shows_region(at->f, at->p);
}

/* A child gets the entries, as far as they are there, and the rest by faults. */
static const char *map_and_fork(void *arg, unsigned long turn)
{
	fixture *f = arg;
	struct place at = { f, map(f) };

	(void)turn;
	if (at.p == MAP_FAILED)
		return "mmap fails";
	if (vt_in_child(see_always, &at))
		return "fork fails, or a child does not see the region";
	return munmap((void *)at.p, f->bytes) ? "munmap fails" : NULL;
}

#define EXPECT_RACE_OF(...) do {						\
	const race_step steps[] = { __VA_ARGS__ };				\
										\
	for (size_t i_ = 0; i_ < ARRAY_SIZE(steps); i_++)			\
		race_add(&self->race, steps[i_], self);				\
	EXPECT_RACE(&self->race);						\
} while (0)

TEST_F(race_fault, faults_against_unmap_and_fork)
{
	EXPECT_RACE_OF(touch, touch, fork_and_see, remap);
}

TEST_F(race_fault, faults_against_mprotect)
{
	EXPECT_RACE_OF(touch, touch, protect);
}

/*
 *    p          |0123|    |    |    |0123|    touched at both places, by two
 *    elsewhere  |    | -> |0123| -> |    |
 */
TEST_F(race_fault, faults_against_mremap)
{
	EXPECT_RACE_OF(touch_both_places, touch_both_places, move_there_and_back);
}

TEST_F(race_fault, access_and_pins_against_unmap_and_faults)
{
	EXPECT_RACE_OF(peek, poke, touch, remap);
}

/* What is dropped comes back with its bytes, whoever touches it. */
TEST_F(race_fault, faults_against_zap_and_dontneed)
{
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(self->p + i * self->page, i));
	if (variant->backing == VMADEV_BACKING_NONE)
		EXPECT_RACE_OF(touch_always, touch_always, drop);
	else
		EXPECT_RACE_OF(touch_always, touch_always, zap, drop);
	for (int i = 0; i < NPAGES; i++)
		EXPECT_EQ(i, vt_read(self->p + i * self->page));
}

TEST_F(race_fault, mmap_and_unmap_against_zap)
{
	if (variant->backing == VMADEV_BACKING_NONE)
		return;
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(self->p + i * self->page, i));
	EXPECT_RACE_OF(map_and_see, map_and_see, zap);
}

TEST_F(race_fault, fork_against_zap)
{
	if (variant->backing == VMADEV_BACKING_NONE)
		return;
	for (int i = 0; i < NPAGES; i++)
		ASSERT_EQ(0, vt_write(self->p + i * self->page, i));
	EXPECT_RACE_OF(map_and_fork, zap, zap);
}

TEST_HARNESS_MAIN
