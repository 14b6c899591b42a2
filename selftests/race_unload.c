// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module comes or goes while somebody opens, uses or lets go. Leaves it loaded,
 * or not, as it was found.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PARAMS	"size=64K"
#define LIST	"/sys/kernel/debug/vmadev/regions"

FIXTURE(race_unload)
{
	struct duel duel;
	bool loaded;
	int fd, err;		/* of who uses it */
	int load, unload;	/* 0 or -errno */
	void *p;
	int first[2];
};

typedef FIXTURE_DATA(race_unload) fixture;

FIXTURE_SETUP(race_unload)
{
	self->loaded = vt_unload() == 0;
	ASSERT_NE(0, access("/sys/module/vmadev", F_OK));
}

FIXTURE_TEARDOWN(race_unload)
{
	vt_unload();
	if (self->loaded)
		vt_load("");
}

static void load_it(void *arg)
{
	fixture *f = arg;

	f->load = vt_load(PARAMS);
}

static void unload_it(void *arg)
{
	fixture *f = arg;

	f->unload = vt_unload();
}

static void open_it(void *arg)
{
	fixture *f = arg;

	f->fd = vt_open(O_RDWR);
	f->err = f->fd < 0 ? errno : 0;
}

/* What an open says before there is a node, and while it comes and goes. */
static bool is_absence(int err)
{
	return err == ENOENT || err == ENXIO || err == ENODEV;
}

static bool works(int fd)
{
	struct vmadev_info info;
	char byte = 1;

	return !vt_info(fd, &info) && info.bytes == 65536 &&
	       pread(fd, &byte, 1, info.bytes - 1) == 1 && !byte;
}

/* An open that is served holds the module; one that comes too late finds nothing. */
TEST_F(race_unload, unload_against_open)
{
	ASSERT_EQ(0, duel_begin(&self->duel, unload_it, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		ASSERT_EQ(0, vt_load(PARAMS));
		duel_meet(&self->duel, open_it);
		if (self->fd >= 0) {
			ASSERT_EQ(-EWOULDBLOCK, self->unload);
			ASSERT_TRUE(works(self->fd));
			ASSERT_EQ(0, close(self->fd));
			ASSERT_EQ(0, vt_unload());
		} else {
			ASSERT_EQ(0, self->unload);
			ASSERT_TRUE(is_absence(self->err));
		}
		ASSERT_EQ(-1, vt_open(O_RDWR));
		ASSERT_TRUE(is_absence(errno));
		self->first[self->fd < 0]++;
	}
	duel_end(&self->duel);
	EXPECT_BOTH_FIRST(self->first, "open", "unload");
}

/* Where there is a node, all that it leads to is there. */
TEST_F(race_unload, load_against_open)
{
	ASSERT_EQ(0, duel_begin(&self->duel, load_it, self));
	while (duel_goes_on(&self->duel, true)) {
		duel_meet(&self->duel, open_it);
		ASSERT_EQ(0, self->load);
		if (self->fd >= 0) {
			ASSERT_TRUE(works(self->fd));
			ASSERT_EQ(0, close(self->fd));
		} else {
			ASSERT_TRUE(is_absence(self->err));
		}
		ASSERT_EQ(0, vt_unload());
		self->first[self->fd < 0]++;
	}
	duel_end(&self->duel);
	TH_LOG("open found it %d times, nothing %d times", self->first[0], self->first[1]);
}

static void unload_too(void *arg)
{
	fixture *f = arg;

	f->err = -vt_unload();
}

TEST_F(race_unload, unload_against_unload)
{
	ASSERT_EQ(0, duel_begin(&self->duel, unload_it, self));
	while (duel_goes_on(&self->duel, true)) {
		ASSERT_EQ(0, vt_load(PARAMS));
		duel_meet(&self->duel, unload_too);
		ASSERT_EQ(1, !self->unload + !self->err);
		if (self->unload)
			self->err = -self->unload;
		ASSERT_TRUE(self->err == ENOENT || self->err == EBUSY);
	}
	duel_end(&self->duel);
}

static void load_too(void *arg)
{
	fixture *f = arg;

	f->err = -vt_load(PARAMS);
}

/* Newer kernels take the second for the first, and tell both of its success. */
TEST_F(race_unload, load_against_load)
{
	ASSERT_EQ(0, duel_begin(&self->duel, load_it, self));
	while (duel_goes_on(&self->duel, true)) {
		duel_meet(&self->duel, load_too);
		ASSERT_TRUE(!self->load || !self->err);
		ASSERT_TRUE(!self->load || self->load == -EEXIST);
		ASSERT_TRUE(!self->err || self->err == EEXIST);
		open_it(self);
		ASSERT_TRUE(works(self->fd));
		close(self->fd);
		ASSERT_EQ(0, vt_unload());
	}
	duel_end(&self->duel);
}

/* The list in debugfs is read to its end, or not there; an open one holds the module. */
static void read_list(void *arg)
{
	fixture *f = arg;
	char text[4096];
	ssize_t n = -1;

	f->fd = open(LIST, O_RDONLY | O_CLOEXEC);
	if (f->fd >= 0) {
		n = read(f->fd, text, sizeof(text) - 1);
		f->err = n < 0 ? errno : 0;
		close(f->fd);
	} else {
		f->err = errno;
	}
	text[n < 0 ? 0 : n] = '\0';
	if (n >= 0 && !strstr(text, " default pages 65536 "))
		f->err = -1;
}

TEST_F(race_unload, unload_against_list_of_regions)
{
	ASSERT_EQ(0, duel_begin(&self->duel, unload_it, self));
	while (duel_goes_on(&self->duel, self->first[0] && self->first[1])) {
		ASSERT_EQ(0, vt_load(PARAMS));
		duel_meet(&self->duel, read_list);
		ASSERT_TRUE(!self->err || is_absence(self->err) || self->err == EIO);
		ASSERT_TRUE(!self->unload || self->unload == -EWOULDBLOCK);
		self->first[!!self->err]++;
		if (self->unload) {
			ASSERT_EQ(0, vt_unload());
		}
		ASSERT_NE(0, access(LIST, F_OK));
	}
	duel_end(&self->duel);
	TH_LOG("read %d times, not there %d times", self->first[0], self->first[1]);
}

/* What holds the module, and is let go while it is to be unloaded */
static void hold_by_node(fixture *f)
{
	open_it(f);
}

static void hold_by_region(fixture *f)
{
	f->fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL);
}

static void hold_by_shmem(fixture *f)
{
	f->fd = vt_create(VMADEV_BACKING_SHMEM, 0, vt_page(), NULL);
}

static void hold_by_mapping(fixture *f)
{
	hold_by_region(f);
	f->p = mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, f->fd, 0);
	vt_read(f->p);
	close(f->fd);
	f->fd = -1;
}

static void hold_by_list(fixture *f)
{
	f->fd = open(LIST, O_RDONLY | O_CLOEXEC);
}

static void let_go(void *arg)
{
	fixture *f = arg;

	if (f->fd >= 0)
		f->err = close(f->fd);
	else
		f->err = munmap(f->p, vt_page());
}

FIXTURE(held)
{
	fixture f;
};

FIXTURE_VARIANT(held)
{
	void (*hold)(fixture *f);
};

FIXTURE_VARIANT_ADD(held, by_node) { hold_by_node };
FIXTURE_VARIANT_ADD(held, by_region) { hold_by_region };
FIXTURE_VARIANT_ADD(held, by_shmem) { hold_by_shmem };
FIXTURE_VARIANT_ADD(held, by_mapping) { hold_by_mapping };
FIXTURE_VARIANT_ADD(held, by_list) { hold_by_list };

FIXTURE_SETUP(held)
{
	self->f.loaded = vt_unload() == 0;
}

FIXTURE_TEARDOWN(held)
{
	vt_unload();
	if (self->f.loaded)
		vt_load("");
}

/* Held, it stays; let go, it goes, at once. */
TEST_F(held, unload_against_last_reference)
{
	fixture *f = &self->f;

	ASSERT_EQ(0, duel_begin(&f->duel, unload_it, f));
	while (duel_goes_on(&f->duel, f->first[0] && f->first[1])) {
		ASSERT_EQ(0, vt_load(PARAMS));
		variant->hold(f);
		ASSERT_EQ(-EWOULDBLOCK, vt_unload());
		duel_meet(&f->duel, let_go);
		ASSERT_EQ(0, f->err);
		ASSERT_TRUE(!f->unload || f->unload == -EWOULDBLOCK);
		f->first[!f->unload]++;
		if (f->unload) {
			ASSERT_EQ(0, vt_unload());
		}
		ASSERT_NE(0, access("/sys/module/vmadev", F_OK));
	}
	duel_end(&f->duel);
	EXPECT_BOTH_FIRST(f->first, "unload", "its end");
}

TEST_HARNESS_MAIN
