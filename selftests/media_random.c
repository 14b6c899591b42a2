// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random operations on a region of media, and a model of its two copies: after each of
 * them the dirty pages are those of the model, exactly, and a crash leaves what the
 * model says. The environment's VMADEV_MEDIA_OPS says how many, VMADEV_MEDIA_SEED where
 * they begin.
 */
#include "vmadev_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define NPAGES	8
#define OPS	5000ul
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

/**
 * struct model - what should be
 * @live:    bytes that are read
 * @durable: bytes that a crash leaves
 * @dirty:   pages that differ, or may
 * @lost:    others that may: a sync of them failed
 * @owed:    and @other, the descriptor, was not told yet
 * @medium:  pages of which the medium has one: of others a part that is punched is
 *	     zeros already
 * @pages:   the size
 */
struct model {
	unsigned char *live, *durable;
	unsigned int dirty, lost, medium, pages;
	bool owed;
};

FIXTURE(media_random)
{
	struct model is;
	size_t page, bytes;
	__u64 random;
	int fd, other, caches;
	unsigned char *map, *map_other, *buffer;
	const char *wrong;
};

typedef FIXTURE_DATA(media_random) world;

static unsigned long from_env(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static unsigned int below(world *w, unsigned int n)
{
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return (w->random >> 33) % n;
}

static unsigned char *map_it(int fd, size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

FIXTURE_SETUP(media_random)
{
	self->page = vt_page();
	self->bytes = NPAGES * self->page;
	self->random = from_env("VMADEV_MEDIA_SEED", 1);
	self->is.pages = NPAGES;
	self->is.live = calloc(2, self->bytes);
	self->is.durable = calloc(2, self->bytes);
	self->buffer = malloc(self->bytes);
	ASSERT_TRUE(self->is.live && self->is.durable && self->buffer);
	self->fd = vt_create(VMADEV_BACKING_MEDIA, 0, self->bytes, "random");
	ASSERT_LE(0, self->fd);
	self->other = vt_reopen(self->fd, 0, 0);
	ASSERT_LE(0, self->other);
	self->map = map_it(self->fd, self->bytes);
	self->map_other = map_it(self->other, self->bytes);
	ASSERT_NE(MAP_FAILED, (void *)self->map);
	ASSERT_NE(MAP_FAILED, (void *)self->map_other);
	self->caches = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, self->caches);
}

FIXTURE_TEARDOWN(media_random)
{
	munmap(self->map, self->bytes);
	munmap(self->map_other, self->bytes);
	close(self->caches);
	close(self->other);
	close(self->fd);
}

static unsigned int pages_of(const world *w, size_t from, size_t to)
{
	unsigned int set = 0;

	for (size_t page = from / w->page; page * w->page < to; page++)
		set |= 1u << page;
	return set;
}

/* A range inside, not empty; false: nothing is inside. */
static bool range(world *w, size_t *off, size_t *len)
{
	size_t size = w->is.pages * w->page;

	if (!size)
		return false;
	*off = below(w, size);
	*len = 1 + below(w, below(w, 2) ? 64 : 2 * w->page);
	if (*len > size - *off)
		*len = size - *off;
	return true;
}

static void stored(world *w, size_t off, size_t len)
{
	memcpy(w->is.live + off, w->buffer, len);
	w->is.dirty |= pages_of(w, off, off + len);
	w->is.lost &= ~w->is.dirty;
}

/* Each of the ways to store, with the same bytes. */
static void store(world *w)
{
	size_t off, len;
	struct iovec from, to;
	ssize_t done;

	if (!range(w, &off, &len))
		return;
	memset(w->buffer, 1 + below(w, 255), len);
	from = (struct iovec) { w->buffer, len };
	to = (struct iovec) { w->map + off, len };
	switch (below(w, 5)) {
	case 0:
		done = pwrite(w->fd, w->buffer, len, off);
		break;
	case 1:
		done = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
		break;
	case 2:
		memcpy(w->map_other + off, w->buffer, len);
		done = len;
		break;
	default:
		memcpy(w->map + off, w->buffer, len);
		done = len;
	}
	if (done != (ssize_t)len)
		w->wrong = "a store is refused";
	stored(w, off, len);
}

static void became_durable(world *w, unsigned int set)
{
	set &= w->is.dirty;
	for (int i = 0; i < NPAGES; i++)
		if (set >> i & 1)
			memcpy(w->is.durable + i * w->page, w->is.live + i * w->page, w->page);
	w->is.dirty &= ~set;
	w->is.medium |= set;
}

static void was_lost(world *w, unsigned int set)
{
	set &= w->is.dirty;
	w->is.dirty &= ~set;
	w->is.lost |= set;
	w->is.medium |= set;
	w->is.owed = true;
}

/* By a rule, which is gone then. */
static void fail_to_sync(world *w)
{
	const struct vmadev_rule rule = {
		.accesses = VMADEV_ON_SYNC, .action = VMADEV_ACTION_ERRNO, .value = EIO,
	};
	int from = below(w, NPAGES), n = 1 + below(w, NPAGES - from), err;

	if (vt_inject(w->fd, rule))
		w->wrong = "a rule is refused";
	if (below(w, 4)) {
		err = msync(w->map + from * w->page, n * w->page, MS_SYNC);
		was_lost(w, ((1u << n) - 1) << from);
	} else {
		err = fsync(w->fd);
		was_lost(w, ~0u);
	}
	if (err != -1 || errno != EIO)
		w->wrong = "a sync does not fail";
	if (vt_inject_clear(w->fd))
		w->wrong = "a rule stays";
}

static void sync_other(world *w)
{
	int err = fsync(w->other) ? errno : 0;

	if (err != (w->is.owed ? EIO : 0))
		w->wrong = "a descriptor is not told, or told twice";
	w->is.owed = false;
	became_durable(w, ~0u);
}

static void sync_some(world *w)
{
	int from = below(w, NPAGES), n = 1 + below(w, NPAGES - from), err;

	switch (below(w, 7)) {
	case 0:
		err = fsync(w->fd);
		became_durable(w, ~0u);
		break;
	case 2:
		sync_other(w);
		return;
	case 1:
		err = msync(w->map, w->bytes, MS_ASYNC);
		break;
	default:
		err = msync(w->map + from * w->page, n * w->page, MS_SYNC);
		became_durable(w, ((1u << n) - 1) << from);
	}
	if (err)
		w->wrong = "a sync fails";
}

static void write_back(world *w)
{
	const __u64 list = below(w, 1 << NPAGES);

	if (vt_writeback(w->fd, VMADEV_KEEP_LIST, w->is.pages, &list))
		w->wrong = "WRITEBACK fails";
	became_durable(w, list & ((1u << w->is.pages) - 1));
}

/* Clean pages may have gone: of lost ones the durable bytes come back. */
static void look_for_lost(world *w)
{
	for (unsigned int i = 0; i < w->is.pages; i++) {
		size_t off = i * w->page;

		if (w->is.lost >> i & 1 && memcmp(w->map + off, w->is.live + off, w->page))
			memcpy(w->is.live + off, w->is.durable + off, w->page);
	}
}

/* Takes entries and clean pages away, of which nobody should notice but for lost ones. */
static void forget(world *w)
{
	switch (below(w, 64)) {
	case 0:
		if (write(w->caches, "1", 1) != 1)
			w->wrong = "drop_caches fails";
		look_for_lost(w);
		break;
	case 1:
		if (w->is.pages < NPAGES)	/* not all of it could be mapped again */
			break;
		munmap(w->map_other, w->bytes);
		w->map_other = map_it(w->other, w->bytes);
		break;
	case 2 ... 32:
		if (w->is.pages && vt_zap(w->fd, 0, w->is.pages * w->page))
			w->wrong = "ZAP fails";
		break;
	default:
		madvise(w->map, w->bytes, MADV_DONTNEED);
	}
}

static void look(world *w)
{
	size_t off, len;

	if (!range(w, &off, &len))
		return;
	if (memcmp(w->map + off, w->is.live + off, len))
		w->wrong = "the mapping shows other bytes";
	if (pread(w->other, w->buffer, len, off) != (ssize_t)len ||
	    memcmp(w->buffer, w->is.live + off, len))
		w->wrong = "read gives other bytes";
}

/* A state is of each page what the model has, live if it is in @kept. */
static bool is_state(world *w, int fd, unsigned int kept)
{
	ssize_t size = w->is.pages * w->page;

	if (pread(fd, w->buffer, w->bytes, 0) != size)
		return false;
	for (unsigned int i = 0; i < w->is.pages; i++) {
		const unsigned char *want = kept & w->is.dirty & 1u << i ? w->is.live :
									  w->is.durable;

		if (memcmp(w->buffer + i * w->page, want + i * w->page, w->page))
			return false;
	}
	return true;
}

static bool is_random_state(world *w, int fd)
{
	for (unsigned int i = 0; i < w->is.pages; i++) {
		if (pread(fd, w->buffer, w->page, i * w->page) != (ssize_t)w->page)
			return false;
		if (memcmp(w->buffer, w->is.durable + i * w->page, w->page) &&
		    memcmp(w->buffer, w->is.live + i * w->page, w->page))
			return false;
	}
	return true;
}

/* Both copies, and of these a state. */
static bool is_live_fork(world *w, int fd, unsigned int kept)
{
	const __u64 list = kept;
	__u64 dirty = 0;
	bool right;
	int state;

	vt_unsynced(fd, 0, 0, &dirty);
	if (dirty != w->is.dirty)
		return false;
	state = vt_crash_fork(fd, VMADEV_KEEP_LIST, w->is.pages, &list);
	right = state >= 0 && is_state(w, state, kept);
	close(state);
	return right;
}

static void crash(world *w)
{
	const __u64 list = below(w, 1 << NPAGES);
	struct vmadev_crash live = {
		.size = sizeof(live), .mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE,
	};
	bool right = false;
	int fd = -1;

	if (!w->is.pages)
		return;
	switch (below(w, 4)) {
	case 0:
		fd = vt_crash_fork(w->fd, VMADEV_KEEP_RANDOM, w->random, NULL);
		right = fd >= 0 && is_random_state(w, fd);
		break;
	case 1:
		fd = ioctl(w->fd, VMADEV_IOC_CRASH_FORK, &live);
		right = fd >= 0 && is_live_fork(w, fd, list);
		break;
	default:
		fd = vt_crash_fork(w->fd, VMADEV_KEEP_LIST, w->is.pages, &list);
		right = fd >= 0 && is_state(w, fd, list);
	}
	if (!right)
		w->wrong = "a crash leaves other bytes";
	close(fd);
}

static void revert(world *w)
{
	const __u64 list = below(w, 1 << NPAGES);

	if (vt_crash_revert(w->fd, VMADEV_KEEP_LIST, w->is.pages, &list, 0))
		w->wrong = "CRASH_REVERT fails";
	became_durable(w, list & ((1u << w->is.pages) - 1));
	memcpy(w->is.live, w->is.durable, w->bytes);
	w->is.dirty = 0;
	w->is.lost = 0;
}

/* Of a page that is not punched as a whole it is a store, unless it is a hole. */
static void zero_part(world *w, size_t from, size_t to)
{
	unsigned int set = pages_of(w, from, to);

	if (from >= to || !(set & (w->is.dirty | w->is.medium)))
		return;
	memset(w->is.live + from, 0, to - from);
	w->is.dirty |= set;
	w->is.lost &= ~set;
}

static void punched(world *w, size_t off, size_t end)
{
	size_t first = (off + w->page - 1) / w->page * w->page, last = end / w->page * w->page;
	unsigned int whole;

	zero_part(w, off, first < end ? first : end);
	if (last >= first)
		zero_part(w, last, end);
	if (last <= first)
		return;
	whole = pages_of(w, first, last);
	memset(w->is.live + first, 0, last - first);
	memset(w->is.durable + first, 0, last - first);
	w->is.dirty &= ~whole;
	w->is.lost &= ~whole;
	w->is.medium &= ~whole;
}

static void punch(world *w)
{
	static const int modes[] = { PUNCH, FALLOC_FL_ZERO_RANGE, 0 };
	int mode = modes[below(w, 3)];
	size_t off, len;

	if (!range(w, &off, &len))
		return;
	if (fallocate(w->fd, mode, off, len))
		w->wrong = "fallocate fails";
	if (mode)
		punched(w, off, off + len);
	if (mode != PUNCH)
		w->is.medium |= pages_of(w, off, off + len);
}

static void resize(world *w)
{
	unsigned int pages = below(w, NPAGES + 1);
	size_t size = pages * w->page;
	unsigned int inside = (1u << pages) - 1;

	if (ftruncate(w->fd, size))
		w->wrong = "ftruncate fails";
	memset(w->is.live + size, 0, w->bytes - size);
	memset(w->is.durable + size, 0, w->bytes - size);
	w->is.dirty &= inside;
	w->is.lost &= inside;
	w->is.medium &= inside;
	w->is.pages = pages;
}

static void check_dirty(world *w)
{
	__u64 dirty = 0;

	if (vt_unsynced(w->fd, 0, 0, &dirty) != __builtin_popcount(w->is.dirty) ||
	    dirty != w->is.dirty)
		w->wrong = "other pages are dirty";
}

static const struct {
	const char *name;
	void (*how)(world *w);
	unsigned int weight;
} ops[] = {
	{ "store", store, 40 },	{ "sync", sync_some, 12 },  { "writeback", write_back, 4 },
	{ "forget", forget, 8 }, { "look", look, 12 },	    { "crash", crash, 12 },
	{ "revert", revert, 3 }, { "punch", punch, 6 },	    { "resize", resize, 3 },
	{ "failed sync", fail_to_sync, 4 },
};

TEST_F_TIMEOUT(media_random, each_crash_is_as_the_model_says, 3600)
{
	unsigned long total = from_env("VMADEV_MEDIA_OPS", OPS);
	unsigned long done[ARRAY_SIZE(ops)] = { 0 };
	unsigned int weight = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		weight += ops[i].weight;
	for (unsigned long n = 0; n < total; n++) {
		unsigned int at = below(self, weight);
		size_t i = 0;

		for (; at >= ops[i].weight; i++)
			at -= ops[i].weight;
		ops[i].how(self);
		done[i]++;
		check_dirty(self);
		if (n && n % 50000 == 0)
			TH_LOG("%lu operations", n);
		ASSERT_EQ(NULL, self->wrong) {
			TH_LOG("operation %lu, %s: %s", n, ops[i].name, self->wrong);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		TH_LOG("%lu times %s", done[i], ops[i].name);
}

TEST_HARNESS_MAIN
