// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmactl crash finds what programs forget to sync. The programs are planted: each writes
 * a record of two pages to one of two places, and then a header that says which is the
 * last, and all but one of them do it wrong. As the checker this file runs itself.
 */
#include "held.h"

#include <sys/mman.h>

#define RECORD	2			/* pages */
#define PAGES	(1 + 2 * RECORD)	/* that are used */
#define REGION	32
#define MANY	20			/* too many for each state of them */

struct disk {
	char *map;
	size_t page;
};

static char *record_of(const struct disk *disk, unsigned int number)
{
	return disk->map + (1 + number % 2 * RECORD) * disk->page;
}

static void store_record(const struct disk *disk, unsigned int number)
{
	memset(record_of(disk, number), (int)('a' + number), RECORD * disk->page);
}

static void store_header(const struct disk *disk, unsigned int number)
{
	*disk->map = (char)('0' + number);
}

static void sync_record(const struct disk *disk, unsigned int number, size_t pages)
{
	msync(record_of(disk, number), pages * disk->page, MS_SYNC);
}

static void sync_header(const struct disk *disk)
{
	msync(disk->map, disk->page, MS_SYNC);
}

/* Each writes the record @number, and is cut short after the header's store. */
static void right(const struct disk *disk, unsigned int number)
{
	store_record(disk, number);
	sync_record(disk, number, RECORD);
	store_header(disk, number);
}

static void forgets_to_sync(const struct disk *disk, unsigned int number)
{
	store_record(disk, number);
	store_header(disk, number);
}

static void syncs_half_of_it(const struct disk *disk, unsigned int number)
{
	store_record(disk, number);
	sync_record(disk, number, RECORD - 1);
	store_header(disk, number);
}

static void syncs_before_the_store(const struct disk *disk, unsigned int number)
{
	sync_record(disk, number, RECORD);
	store_record(disk, number);
	store_header(disk, number);
}

static void header_goes_first(const struct disk *disk, unsigned int number)
{
	store_header(disk, number);
	sync_header(disk);
	store_record(disk, number);
}

/* A second fsync has nothing to write, so it is no use to try again. */
static void believes_the_second_sync(const struct disk *disk, unsigned int number)
{
	store_record(disk, number);
	while (msync(record_of(disk, number), RECORD * disk->page, MS_SYNC) && errno == EIO)
		;
	store_header(disk, number);
}

/* It stores what it has again, and all is well. */
static void stores_it_again(const struct disk *disk, unsigned int number)
{
	do
		store_record(disk, number);
	while (msync(record_of(disk, number), RECORD * disk->page, MS_SYNC) && errno == EIO);
	store_header(disk, number);
}

/*
 * What a program does when it starts again: the last record, as the header says, is whole.
 * It runs where vmactl runs this file on a state.
 */
static int check(const char *path)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char bytes[PAGES * page];
	int fd = open(path, O_RDONLY);
	struct disk disk = { bytes, page };
	unsigned int last;

	if (fd < 0 || read(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
		return 2;
	last = (unsigned int)(bytes[0] - '0');
	for (size_t i = 0; i < RECORD * page; i++)
		if (record_of(&disk, last)[i] != (char)('a' + last)) {
			printf("record %u is broken at byte %zu\n", last, i);
			return 1;
		}
	return 0;
}

/* As if a program broke when these two pages are new, whatever the others are. */
static int check_pair(const char *path)
{
	const off_t page = sysconf(_SC_PAGESIZE);
	char one = 0, other = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || pread(fd, &one, 1, 5 * page) != 1 || pread(fd, &other, 1, 9 * page) != 1)
		return 2;
	return one == 'b' && other == 'b';
}

/* A program that vmactl runs: where it breaks, if it does, is by its first word. */
static int be_program(const char *how)
{
	char path[128];
	struct disk disk = { .page = (size_t)sysconf(_SC_PAGESIZE) };
	unsigned int last;
	int region;

	snprintf(path, sizeof(path), "%s/vmadev/disk", getenv("XDG_RUNTIME_DIR"));
	region = held_ask(path);
	disk.map = vmadev_map(NULL, REGION * disk.page, PROT_READ | PROT_WRITE, MAP_SHARED, region,
			      0, 0);
	if (region < 0 || disk.map == MAP_FAILED)
		return 3;
	/* What follows is a child's, whose parent ends long before. */
	if (!strcmp(how, "parent") && fork())
		return 0;
	last = (unsigned int)(*disk.map - '0');
	for (unsigned int number = last + 1; number <= last + 3; number++) {
		if (number == last + 2 && !strcmp(how, "wrong")) {
			header_goes_first(&disk, number);
			sync_record(&disk, number, RECORD);
			continue;
		}
		right(&disk, number);
		if (fsync(region) || msync(disk.map, disk.page, MS_ASYNC))
			return 4;
	}
	if (!strcmp(how, "parent"))
		forgets_to_sync(&disk, last + 4);
	if (!strcmp(how, "killed"))
		kill(getpid(), SIGKILL);
	return !strcmp(how, "unhappy") ? 5 : 0;
}

static __attribute__((constructor)) void be_the_checker(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "program"))
		exit(be_program(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "check"))
		exit(check(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "check-pair"))
		exit(check_pair(getenv("VMADEV_STATE")));
}

FIXTURE(crash)
{
	struct disk disk;
	char folder[32], socket[64], file[64], self[1024];
	int region;
};

typedef FIXTURE_DATA(crash) crash;

/* A region "disk", on which the record 0 is durable. */
FIXTURE_SETUP(crash)
{
	char size[32];
	struct run run;

	self->disk.page = (size_t)sysconf(_SC_PAGESIZE);
	ASSERT_LT(0, readlink("/proc/self/exe", self->self, sizeof(self->self) - 1));
	snprintf(self->folder, sizeof(self->folder), "/tmp/vmactl-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", self->folder, 1));
	ASSERT_EQ(0, setenv("TMPDIR", self->folder, 1));
	snprintf(self->socket, sizeof(self->socket), "%s/vmadev/disk", self->folder);
	snprintf(self->file, sizeof(self->file), "%s/file", self->folder);
	snprintf(size, sizeof(size), "%zu", REGION * self->disk.page);
	VMACTL(&run, "create", "disk", "--size", size, "--backing", "media", "--background");
	ASSERT_EQ(0, run.status) {
		TH_LOG("%s", run.err);
	}
	self->region = held_ask(self->socket);
	ASSERT_LE(0, self->region);
	self->disk.map = vmadev_map(NULL, REGION * self->disk.page, PROT_READ | PROT_WRITE,
				    MAP_SHARED, self->region, 0, 0);
	ASSERT_NE(MAP_FAILED, self->disk.map);
	right(&self->disk, 0);
	sync_header(&self->disk);
	ASSERT_EQ(0, vmadev_unsynced(self->region, 0, 0, NULL));
}

FIXTURE_TEARDOWN(crash)
{
	char folder[64];

	stop_holder(_metadata, self->socket);
	snprintf(folder, sizeof(folder), "%s/vmadev", self->folder);
	unlink(self->file);
	rmdir(folder);
	EXPECT_EQ(0, rmdir(self->folder));	/* no state was left behind */
	close(self->region);
}

static bool has(struct __test_metadata *_metadata, const struct run *run, const char *part)
{
	if (strstr(run->out, part))
		return true;
	TH_LOG("there is no '%s' in: %s%s", part, run->out, run->err);
	return false;
}

/* The program @write is wrong: the first state that fails keeps just those pages. */
static void is_found(struct __test_metadata *_metadata, const crash *self,
		     void (*write)(const struct disk *disk, unsigned int number),
		     const char *dirty, const char *keeps)
{
	char text[64];
	struct run run;

	write(&self->disk, 1);
	VMACTL(&run, "crash", "--region", "disk", "--each", self->self, "check", "%f");
	EXPECT_EQ(1, run.status);
	snprintf(text, sizeof(text), "pages are not durable: %s\n", dirty);
	EXPECT_TRUE(has(_metadata, &run, text));
	snprintf(text, sizeof(text), "fails: it keeps %s;", keeps);
	EXPECT_TRUE(has(_metadata, &run, text));
	EXPECT_TRUE(has(_metadata, &run, "record 1 is broken at byte 0\n"));
}

TEST_F(crash, forgotten_sync_is_found)
{
	is_found(_metadata, self, forgets_to_sync, "0,3-4", "0");
}

TEST_F(crash, sync_before_the_store_is_found)
{
	is_found(_metadata, self, syncs_before_the_store, "0,3-4", "0");
}

TEST_F(crash, header_before_the_record_is_found)
{
	is_found(_metadata, self, header_goes_first, "3-4", "none");
}

static void fail_the_next_sync(struct __test_metadata *_metadata)
{
	struct run run;

	VMACTL(&run, "fault", "disk", "all: msync times=1 errno=EIO");
	ASSERT_EQ(0, run.status) {
		TH_LOG("%s", run.err);
	}
}

TEST_F(crash, belief_in_a_second_sync_is_found)
{
	fail_the_next_sync(_metadata);
	is_found(_metadata, self, believes_the_second_sync, "0", "0");
}

TEST_F(crash, store_anew_after_a_failed_sync_passes)
{
	struct run run;

	fail_the_next_sync(_metadata);
	stores_it_again(&self->disk, 1);
	VMACTL(&run, "crash", "-r", "disk", "--each", self->self, "check", "%f");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(has(_metadata, &run, "not durable: 0\n2 states, each passes\n"));
}

TEST_F(crash, sync_of_a_wrong_range_is_found)
{
	struct run run;

	syncs_half_of_it(&self->disk, 1);
	VMACTL(&run, "crash", "--region", "disk", "--each", self->self, "check", "%f");
	EXPECT_EQ(1, run.status);
	EXPECT_TRUE(has(_metadata, &run, "pages are not durable: 0,4\n"));
	EXPECT_TRUE(has(_metadata, &run, "fails: it keeps 0;"));
	EXPECT_TRUE(has(_metadata, &run, "record 1 is broken at byte "));
}

/* Wherever it is cut short. */
TEST_F(crash, right_program_passes)
{
	struct run run;

	for (unsigned int number = 1; number < 4; number++) {
		store_record(&self->disk, number);
		VMACTL(&run, "crash", "-r", "disk", "--each", self->self, "check", "%f");
		EXPECT_EQ(0, run.status);
		EXPECT_TRUE(has(_metadata, &run, "4 states, each passes\n"));
		sync_record(&self->disk, number, RECORD);
		store_header(&self->disk, number);
		VMACTL(&run, "crash", "-r", "disk", "--each", self->self, "check", "%f");
		EXPECT_EQ(0, run.status);
		EXPECT_TRUE(has(_metadata, &run, "2 states, each passes\n"));
		sync_header(&self->disk);
	}
	VMACTL(&run, "crash", "-r", "disk", "--each", self->self, "check", "%f");
	EXPECT_TRUE(has(_metadata, &run, "not durable: none\n1 states, each passes\n"));
}

TEST_F(crash, sample_of_many_is_made_small)
{
	struct run run;

	for (int i = 0; i < MANY; i++)
		self->disk.map[i * self->disk.page] = 'b';
	VMACTL(&run, "crash", "-r", "disk", "--each", "--seed", "7", self->self, "check-pair");
	EXPECT_EQ(1, run.status);
	EXPECT_TRUE(has(_metadata, &run, "20 of 32 pages are not durable: 0-19\n"));
	EXPECT_TRUE(has(_metadata, &run, "it keeps 5,9 (seed 7, made small)"));
	/* And of those without it, each passes. */
	msync(self->disk.map + 9 * self->disk.page, self->disk.page, MS_SYNC);
	self->disk.map[5 * self->disk.page] = 'c';
	VMACTL(&run, "crash", "-r", "disk", "--each", "--states", "20", self->self, "check-pair");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(has(_metadata, &run, "20 states of more, by the seed, each passes\n"));
}

static char first_of(const char *path)
{
	char byte = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, &byte, 1) != 1)
		byte = 0;
	close(fd);
	return byte;
}

TEST_F(crash, state_goes_to_a_file_or_in_place)
{
	struct run run;

	store_header(&self->disk, 1);
	VMACTL(&run, "crash", "-r", "disk", "--list");
	EXPECT_STREQ("1 of 32 pages are not durable: 0\n", run.out);
	VMACTL(&run, "crash", "-r", "disk", "--keep", "0,3-4", "--to", self->file);
	EXPECT_EQ(0, run.status);
	EXPECT_EQ('1', first_of(self->file));
	VMACTL(&run, "crash", "-r", "disk", "--keep", "none", "--to", self->file);
	EXPECT_EQ('0', first_of(self->file));
	EXPECT_EQ('1', *self->disk.map);
	VMACTL(&run, "crash", "-r", "disk", "--keep", "none");
	EXPECT_EQ(0, run.status);
	EXPECT_EQ('0', *self->disk.map);
}

/* What it does is durable and whole in the end; but between two syncs it is not. */
TEST_F(crash, every_sync_is_looked_at)
{
	char check[1100];
	struct run run;

	snprintf(check, sizeof(check), "%s check %%f", self->self);
	VMACTL(&run, "crash", "-r", "disk", "--every-sync", "--check", check, "--to", self->file,
	       "--", self->self, "program", "wrong");
	EXPECT_EQ(1, run.status);
	EXPECT_EQ(0, strncmp(run.out, "sync 3, msync of process ", 25));
	EXPECT_TRUE(has(_metadata, &run, ": 1 of 32 pages are not durable: 0\n"
			"state 2 fails: it keeps 0; the checker says of it:\n"
			"record 2 is broken at byte 0\n"));
	EXPECT_EQ('2', first_of(self->file));
	/* It came no further. */
	EXPECT_EQ('2', *self->disk.map);
	EXPECT_EQ('a', *record_of(&self->disk, 2));
}

TEST_F(crash, every_sync_of_a_right_program_passes)
{
	char check[1100];
	struct run run;

	snprintf(check, sizeof(check), "%s check %%f", self->self);
	VMACTL(&run, "crash", "-r", "disk", "--every-sync", "--check", check, self->self,
	       "program", "right");
	EXPECT_EQ(0, run.status);
	/* Of the record, with two pages, and of the header, and in the end. */
	EXPECT_STREQ("6 syncs, 19 states, each passes\n", run.out);
	EXPECT_STREQ("", run.err);
}

/* Of its children too, and what is left in the end is looked at. */
TEST_F(crash, every_sync_ends_with_the_last_process)
{
	char check[1100];
	struct run run;

	snprintf(check, sizeof(check), "%s check %%f", self->self);
	VMACTL(&run, "crash", "-r", "disk", "--every-sync", "--check", check, self->self,
	       "program", "parent");
	EXPECT_EQ(1, run.status);
	EXPECT_TRUE(has(_metadata, &run, "after 6 syncs, in the end: 3 of 32 pages are not "
			"durable: 0-2\nstate 2 fails: it keeps 0;"));
	EXPECT_TRUE(has(_metadata, &run, "record 4 is broken at byte 0\n"));
}

TEST_F(crash, programs_that_fail_are_told)
{
	char check[1100];

	snprintf(check, sizeof(check), "  %s  check %%f ", self->self);
	EXPECT_REFUSAL(1, "it ended by status 5", "crash", "-r", "disk", "--every-sync", "--check",
		       check, self->self, "program", "unhappy");
	EXPECT_REFUSAL(1, "it ended by signal 9", "crash", "-r", "disk", "--every-sync", "--check",
		       check, self->self, "program", "killed");
	EXPECT_REFUSAL(1, "no-such: cannot be run", "crash", "-r", "disk", "--every-sync",
		       "--check", check, "./no-such");
	EXPECT_REFUSAL(1, "no-such: cannot be run", "crash", "-r", "disk", "--every-sync",
		       "--check", "./no-such", self->self, "program", "right");
	EXPECT_REFUSAL(2, "--check takes a command", "crash", "-r", "disk", "--every-sync",
		       "--check", " ", "true");
	EXPECT_REFUSAL(2, "--every-sync and --check CHECKER go together", "crash", "-r", "disk",
		       "--every-sync", "true");
	EXPECT_REFUSAL(2, "--every-sync and --check CHECKER go together", "crash", "-r", "disk",
		       "--list", "--check", "true");
	EXPECT_REFUSAL(2, "an operand is missing", "crash", "-r", "disk", "--every-sync",
		       "--check", "true");
}

TEST_F(crash, mistakes_are_told)
{
	EXPECT_REFUSAL(2, "give one of --list, --each, --every-sync and --keep", "crash", "-r",
		       "disk");
	EXPECT_REFUSAL(2, "an operand is missing", "crash", "-r", "disk", "--each");
	EXPECT_REFUSAL(2, "not '1-'", "crash", "-r", "disk", "--keep", "1-");
	EXPECT_REFUSAL(1, "has no page 32", "crash", "-r", "disk", "--keep", "32");
	EXPECT_REFUSAL(2, "goes with a crash in place", "crash", "--keep", "all", "--sigbus",
		       "--to", "x");
	EXPECT_REFUSAL(1, "only regions of media can crash", "crash", "--list");
	EXPECT_REFUSAL(1, "an unknown mode, flag or tear", "crash", "-r", "disk", "--keep", "all",
		       "--tear", "1K");
}

TEST_HARNESS_MAIN
