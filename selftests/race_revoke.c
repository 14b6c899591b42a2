// SPDX-License-Identifier: GPL-2.0-or-later
/* A region is revoked while others use it; see race_take.h. */
#define RACE_MODES VT_REVOKED_MODES
#include "race_take.h"

TEST_F(race_take, revoke_against_faults)
{
	EXPECT_DUEL(take_back, touch);
}

TEST_F(race_take, revoke_against_mmap)
{
	EXPECT_DUEL(take_back, map_it);
	EXPECT_DUEL(take_back, map_and_touch);
}

TEST_F(race_take, revoke_against_fork)
{
	EXPECT_DUEL(take_back, fork_it);
}

TEST_F(race_take, revoke_against_copies)
{
	EXPECT_DUEL(take_back, copy_it);
}

TEST_F(race_take, revoke_against_pins)
{
	EXPECT_DUEL(take_back, pin_it);
	EXPECT_DUEL(take_back, peek_it);
}

/* While others look at it. What they see is the region's, zeros, ones, or nothing. */
static const char *revoke_and_restore(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	__u32 how = 1 + turn / 2 % 3;

	if (turn % 2)
		return vt_restore(f->fd) && errno != EINVAL ? "it cannot be restored" : NULL;
	if (!vt_revoke(f->fd, how, NULL) || errno == ENODEV ||
	    (errno == EOPNOTSUPP && how != VMADEV_REVOKE_SIGBUS))
		return NULL;
	return "it cannot be revoked";
}

static bool can_be_seen(int byte, unsigned int i)
{
	return is_of_page(byte, i) || byte == 0xff || byte == -SIGBUS;
}

static const char *read_one(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;

	return can_be_seen(vt_read(f->p + i * f->page), i) ? NULL :
							     "a read gets another page's byte";
}

static const char *map_and_look(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	const char *wrong = NULL;
	char *q = map(f);

	(void)turn;
	if (q == MAP_FAILED)
		return errno == ENODEV ? NULL : "mmap fails";
	for (unsigned int i = 0; i < NPAGES; i++)
		if (!can_be_seen(vt_read(q + i * f->page), i))
			wrong = "a new mapping shows another page's byte";
	return munmap(q, f->bytes) ? "munmap fails" : wrong;
}

/* A child writes to what it sees; its parent never does. */
static int look_and_write(void *arg)
{
	const fixture *f = arg;

	for (unsigned int i = 0; i < NPAGES; i++) {
		if (!can_be_seen(vt_read(f->p + i * f->page), i))
			return 1;
		vt_write(f->p + i * f->page, 0);
	}
	return 0;
}

static const char *fork_and_look(void *arg, unsigned long turn)
{
	(void)turn;
	return vt_in_child(look_and_write, arg) ? "a child sees another page's byte" : NULL;
}

static const char *write_one(void *arg, unsigned long turn)
{
	const fixture *f = arg;
	unsigned int i = turn % NPAGES;
	char byte = i + 1;

	if (pwrite(f->fd, &byte, 1, i * f->page) == 1 || errno == ENODEV)
		return NULL;
	return "pwrite fails";
}

/* Slow where each page that is freed is looked at. */
TEST_F_TIMEOUT(race_take, all_at_once_with_the_memory_in_use_elsewhere, 120)
{
	race_add(&self->race, revoke_and_restore, self);
	race_add(&self->race, revoke_and_restore, self);
	race_add(&self->race, take_the_memory, self);
	race_add(&self->race, read_one, self);
	race_add(&self->race, read_one, self);
	race_add(&self->race, map_and_look, self);
	race_add(&self->race, fork_and_look, self);
	race_add(&self->race, write_one, self);
	EXPECT_RACE(&self->race);
	vt_restore(self->fd);
}

TEST_HARNESS_MAIN
