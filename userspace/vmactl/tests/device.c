// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl on the device: each command does what its help says. */
#include "run.h"

#include <fcntl.h>
#include <jansson.h>
#include <libvmadev.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

static bool has(struct __test_metadata *_metadata, const char *text, const char *part)
{
	if (strstr(text, part))
		return true;
	TH_LOG("there is no '%s' in: %s", part, text);
	return false;
}

#define EXPECT_HAS(text, part) EXPECT_TRUE(has(_metadata, (text), (part)))

/* The JSON that vmactl printed, which must be well-formed. */
static json_t *parsed(struct __test_metadata *_metadata, const struct run *run)
{
	json_error_t error;
	json_t *root = json_loads(run->out, 0, &error);

	EXPECT_STREQ("", run->err);
	EXPECT_EQ(0, run->status);
	ASSERT_NE(NULL, root) {
		TH_LOG("%s at line %d of: %s", error.text, error.line, run->out);
	}
	return root;
}

static const char *string_of(const json_t *row, const char *key)
{
	const char *value = json_string_value(json_object_get(row, key));

	return value ? value : "";
}

/* The row of a table whose @key is @value. */
static json_t *row_with(const json_t *rows, const char *key, const char *value)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (!strcmp(string_of(json_array_get(rows, i), key), value))
			return json_array_get(rows, i);
	return NULL;
}

FIXTURE(held)
{
	char folder[32], socket[64], file[64];
	long page;
	int holder;
};

/* A region "box" of four pages, held by a process in the background. */
FIXTURE_SETUP(held)
{
	struct run run;
	char size[32];
	json_t *root, *row;

	self->page = sysconf(_SC_PAGESIZE);
	snprintf(self->folder, sizeof(self->folder), "/tmp/vmactl-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", self->folder, 1));
	snprintf(self->socket, sizeof(self->socket), "%s/vmadev/box", self->folder);
	snprintf(self->file, sizeof(self->file), "%s/file", self->folder);
	snprintf(size, sizeof(size), "%ld", 4 * self->page);
	VMACTL(&run, "create", "box", "--size", size, "--background", "--json");
	root = parsed(_metadata, &run);
	row = json_array_get(json_object_get(root, "regions"), 0);
	self->holder = (int)json_integer_value(json_object_get(row, "holder"));
	ASSERT_LT(1, self->holder);
}

FIXTURE_TEARDOWN(held)
{
	char folder[64];

	kill(self->holder, SIGTERM);
	for (int i = 0; i < 100 && !access(self->socket, F_OK); i++)
		usleep(20000);
	snprintf(folder, sizeof(folder), "%s/vmadev", self->folder);
	unlink(self->file);
	rmdir(folder);
	EXPECT_EQ(0, rmdir(self->folder));
}

TEST_F(held, info_lists_it_beside_the_default_region)
{
	json_t *rows, *box;
	struct run run;

	VMACTL(&run, "info", "--json");
	rows = json_object_get(parsed(_metadata, &run), "regions");
	EXPECT_EQ(2, json_array_size(rows));
	box = row_with(rows, "name", "box");
	ASSERT_NE(NULL, box);
	EXPECT_EQ(4 * self->page, json_integer_value(json_object_get(box, "bytes")));
	EXPECT_EQ(self->holder, json_integer_value(json_object_get(box, "holder")));
	EXPECT_STREQ("pages", string_of(box, "backing"));
	EXPECT_STREQ("page", string_of(box, "strategy"));
	EXPECT_LE(2, json_array_size(json_object_get(box, "shared")));
	EXPECT_TRUE(json_is_null(json_object_get(box, "run")));
	EXPECT_EQ(self->page, json_integer_value(json_object_get(box, "entry")));
	VMACTL(&run, "info", "--region", "box");
	EXPECT_HAS(run.out, "NAME");
	EXPECT_HAS(run.out, "box");
}

TEST_F(held, name_that_is_held_is_refused)
{
	EXPECT_REFUSAL(1, "a region is held under this name already", "create", "box");
}

/* Killed, a holder leaves its socket: the name is free all the same. */
TEST_F(held, name_of_a_dead_holder_is_free)
{
	struct run run;

	ASSERT_EQ(0, kill(self->holder, SIGKILL));
	usleep(100000);
	ASSERT_EQ(0, access(self->socket, F_OK));
	EXPECT_REFUSAL(1, "no region 'box'", "dump", "--region", "box");
	VMACTL(&run, "info");
	EXPECT_EQ(0, run.status);
	start(_metadata, &run, (const char *const[]){ "create", "box", NULL });
	wait_for(&run, "holds it at");
	EXPECT_HAS(run.out, self->socket);
	ASSERT_EQ(0, kill(run.pid, SIGINT));
	finish(&run);
	EXPECT_EQ(0, run.status);
	EXPECT_EQ(-1, access(self->socket, F_OK));
}

TEST_F(held, socket_is_for_its_owner_only)
{
	struct stat st;

	ASSERT_EQ(0, stat(self->socket, &st));
	EXPECT_EQ(0600, st.st_mode & 0777);
}

/* A text over the first 20 bytes of page 1; the rest stays zero. */
TEST_F(held, fill_then_dump)
{
	char offset[32], line[128];
	struct run run;

	snprintf(offset, sizeof(offset), "%ld", self->page);
	VMACTL(&run, "fill", "--region", "box", "--offset", offset, "--length", "20", "--text",
	       "vmadev ");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "dump", "--region", "box");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out,
		   "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n");
	snprintf(line, sizeof(line),
		 "%08lx  76 6d 61 64 65 76 20 76  6d 61 64 65 76 20 76 6d  |vmadev vmadev vm|\n",
		 self->page);
	EXPECT_HAS(run.out, line);
	snprintf(line, sizeof(line),
		 "%08lx  61 64 65 76 00 00 00 00  00 00 00 00 00 00 00 00  |adev............|\n",
		 self->page + 16);
	EXPECT_HAS(run.out, line);
	snprintf(line, sizeof(line), "*\n%08lx\n", 4 * self->page);
	EXPECT_HAS(run.out, line);
}

TEST_F(held, dump_of_part_of_a_row)
{
	struct run run;

	VMACTL(&run, "fill", "--region", "box", "0x5a");
	VMACTL(&run, "dump", "--region", "box", "--offset", "3", "--length", "2");
	EXPECT_HAS(run.out, "00000003  5a 5a    ");
	EXPECT_HAS(run.out, "|ZZ|\n00000005\n");
}

TEST_F(held, range_outside_is_refused)
{
	EXPECT_REFUSAL(1, "are not inside the region's", "dump", "--region", "box", "--offset",
		       "1G");
	EXPECT_REFUSAL(1, "are not inside the region's", "fill", "--region", "box", "--length",
		       "1G", "1");
}

/* Longer, with a hole, and shorter; what prints regions tells. */
TEST_F(held, resize_and_punch)
{
	char bytes[32], line[64];
	struct run run;

	snprintf(bytes, sizeof(bytes), "%ld", self->page);
	VMACTL(&run, "fill", "--region", "box", "0x5a");
	VMACTL(&run, "resize", "--region", "box", "1M");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "punch", "--region", "box", "--length", bytes);
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "dump", "--region", "box");
	EXPECT_HAS(run.out,
		   "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n");
	snprintf(line, sizeof(line), "%08lx  5a 5a 5a", self->page);
	EXPECT_HAS(run.out, line);
	EXPECT_HAS(run.out, "\n00100000\n");
	VMACTL(&run, "info", "--region", "box");
	EXPECT_HAS(run.out, "1048576");
	EXPECT_HAS(run.out, "resize");
	EXPECT_HAS(run.out, "holes");
	VMACTL(&run, "resize", "--region", "box", bytes);
	EXPECT_EQ(0, run.status);
	EXPECT_REFUSAL(1, "whole pages", "resize", "--region", "box", "1");
	EXPECT_REFUSAL(1, "not the device's node", "resize", "1M");
	EXPECT_REFUSAL(1, "default region cannot be punched", "punch");
	EXPECT_REFUSAL(1, "are not inside the region's", "punch", "--region", "box", "--offset",
		       "1G");
}

static void end_holder(struct run *run)
{
	kill(run->pid, SIGTERM);
	finish(run);
}

/* What it was made for, and only once. */
TEST_F(held, seal)
{
	struct run holder, run;

	start(_metadata, &holder, (const char *const[]){ "create", "wax", "--sealable", NULL });
	wait_for(&holder, "holds it at");
	VMACTL(&run, "seal", "--region", "wax");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.out);
	VMACTL(&run, "seal", "--region", "wax", "write", "seal");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "seal", "--region", "wax");
	EXPECT_STREQ("seal\nwrite\n", run.out);
	EXPECT_REFUSAL(1, "Operation not permitted", "fill", "--region", "wax", "1");
	EXPECT_REFUSAL(1, "vmadev_create_sealable", "seal", "--region", "wax", "grow");
	EXPECT_REFUSAL(1, "vmadev_create_sealable", "seal", "--region", "box", "grow");
	VMACTL(&run, "seal");
	EXPECT_STREQ("seal\n", run.out);
	end_holder(&holder);
}

/* Pages that were written to since they were told of; box keeps no log. */
TEST_F(held, dirty)
{
	struct run holder, run;

	start(_metadata, &holder,
	      (const char *const[]){ "create", "diary", "--size", "64K", "--log-dirty", NULL });
	wait_for(&holder, "holds it at");
	VMACTL(&run, "dirty", "--region", "diary");
	EXPECT_STREQ("0 of 16 pages are dirty: none\n", run.out);
	VMACTL(&run, "fill", "--region", "diary", "--offset", "8K", "--length", "8193", "1");
	VMACTL(&run, "dirty", "--region", "diary", "--unit", "8K", "--offset", "8K");
	EXPECT_STREQ("2 of 7 units are dirty: 0-1\n", run.out);
	VMACTL(&run, "dirty", "--region", "diary", "--clear");
	EXPECT_STREQ("3 of 16 pages are dirty: 2-4\n", run.out);
	VMACTL(&run, "dirty", "--region", "diary");
	EXPECT_STREQ("0 of 16 pages are dirty: none\n", run.out);
	EXPECT_REFUSAL(1, "a power of two", "dirty", "--region", "diary", "--unit", "12K");
	EXPECT_REFUSAL(1, "keeps a log", "dirty", "--region", "box");
	VMACTL(&run, "info", "--region", "diary");
	EXPECT_HAS(run.out, "dirty");
	end_holder(&holder);
}

/* It keeps its bytes when those that it was made of are others. */
TEST_F(held, snapshot)
{
	struct run diary, then, run;

	start(_metadata, &diary,
	      (const char *const[]){ "create", "diary", "--size", "64K", "--log-dirty", NULL });
	wait_for(&diary, "holds it at");
	VMACTL(&run, "fill", "--region", "diary", "0x5a");
	start(_metadata, &then,
	      (const char *const[]){ "create", "then", "--snapshot-of", "diary", NULL });
	wait_for(&then, "holds it at");
	EXPECT_HAS(then.out, "for 0 pages; 0 are pinned");
	VMACTL(&run, "fill", "--region", "diary", "1");
	VMACTL(&run, "dump", "--region", "then", "--offset", "65534");
	EXPECT_HAS(run.out, "0000fffe  5a 5a");
	VMACTL(&run, "info", "--region", "then");
	EXPECT_HAS(run.out, "then");
	EXPECT_REFUSAL(1, "keeps a log", "create", "again", "--snapshot-of", "then");
	EXPECT_REFUSAL(1, "nowhere", "create", "again", "--snapshot-of", "nowhere");
	end_holder(&then);
	end_holder(&diary);
}

TEST_F(held, revoke_and_restore)
{
	struct run run;

	VMACTL(&run, "fill", "--region", "box", "0x5a");
	VMACTL(&run, "revoke", "--region", "box", "--how", "zeros");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.out);
	EXPECT_REFUSAL(1, "No such device", "dump", "--region", "box");
	EXPECT_REFUSAL(1, "revoked already", "revoke", "--region", "box");
	VMACTL(&run, "info", "--region", "box");
	EXPECT_HAS(run.out, "revoke");
	VMACTL(&run, "restore", "--region", "box");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "dump", "--region", "box", "--length", "2");
	EXPECT_HAS(run.out, "00000000  00 00");
	EXPECT_REFUSAL(1, "is not revoked", "restore", "--region", "box");
	EXPECT_REFUSAL(1, "default region cannot be revoked", "revoke");
}

static const char *rule_hits(const struct run *run, char *text, size_t room)
{
	const char *line = strstr(run->out, "sigbus");

	snprintf(text, room, "%.40s", line ? line : "");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Given, hit, listed, more of them, and taken away again. */
TEST_F(held, fault_by_rules)
{
	struct run run;
	char text[64];
	json_t *root;

	VMACTL(&run, "fault", "box", "page 1: read(2) nth=2 errno=EIO", "page 2: access sigbus");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.out);
	VMACTL(&run, "dump", "--region", "box", "--offset", "4096", "--length", "1");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "fault", "box");
	EXPECT_HAS(run.out, "page 2: access sigbus");
	EXPECT_HAS(rule_hits(&run, text, sizeof(text)), "0    0");
	VMACTL(&run, "fault", "--region", "box", "--append", "all: write(2) errno=ENOSPC");
	EXPECT_EQ(0, run.status);
	EXPECT_REFUSAL(1, "No space left on device", "copy", "--region", "box", "--from",
		       "/proc/self/exe");
	VMACTL(&run, "fault", "box", "--json");
	root = parsed(_metadata, &run);
	EXPECT_EQ(3, json_array_size(json_object_get(root, "rules")));
	EXPECT_STREQ("all: write(2) errno=ENOSPC",
		     string_of(json_array_get(json_object_get(root, "rules"), 2), "rule"));
	json_decref(root);
	VMACTL(&run, "info", "--region", "box");
	EXPECT_HAS(run.out, "inject");
	VMACTL(&run, "fault", "box", "--watch=0", "--times", "2");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out, "\n\n");
	VMACTL(&run, "fault", "box", "--clear");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "fault", "box", "--list");
	EXPECT_EQ(NULL, strstr(run.out, "page"));
	EXPECT_REFUSAL(1, "whole pages", "fault", "box", "1-2: read sigbus");
	EXPECT_REFUSAL(1, "no region 'absent'", "fault", "absent", "page 1: read sigbus");
	EXPECT_REFUSAL(1, "no such process", "fault", "box",
		       "page 1: read pid=4000000000 oom times=1");
}

#define EXPORTED "VMACTL_TEST_EXPORTED"

/* This program once more, as what vmactl export runs. */
__attribute__((constructor)) static void be_exported_to(void)
{
	off_t bytes = lseek(3, 0, SEEK_END);
	const char *map;

	if (!getenv(EXPORTED))
		return;
	map = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, 3, 0);
	if (map == MAP_FAILED)
		_exit(1);
	printf("%ld bytes, %s, the first is %c\n", (long)bytes,
	       (fcntl(3, F_GETFL) & O_ACCMODE) == O_RDONLY ? "read" : "written", *map);
	fflush(stdout);
	_exit(0);
}

TEST_F(held, export_is_descriptor_3)
{
	char bytes[32], self_path[256] = "", line[64];
	struct run run;

	VMACTL(&run, "info", "--region", "box");
	if (!strstr(run.out, "export"))
		SKIP(return, "no dma-bufs in this kernel");
	ASSERT_LT(0, readlink("/proc/self/exe", self_path, sizeof(self_path) - 1));
	snprintf(bytes, sizeof(bytes), "%ld", self->page);
	VMACTL(&run, "fill", "--region", "box", "--offset", bytes, "--text", "x");
	ASSERT_EQ(0, setenv(EXPORTED, "1", 1));
	VMACTL(&run, "export", "--region", "box", "--offset", bytes, self_path);
	snprintf(line, sizeof(line), "%ld bytes, written, the first is x", 3 * self->page);
	EXPECT_HAS(run.out, line);
	VMACTL(&run, "export", "--region", "box", "--offset", bytes, "--length", bytes,
	       "--strategy", "pfn", "--read-only", self_path);
	snprintf(line, sizeof(line), "%ld bytes, read, the first is x", self->page);
	EXPECT_HAS(run.out, line);
	EXPECT_EQ(0, run.status);
	unsetenv(EXPORTED);
	EXPECT_REFUSAL(1, "only pages and contig are exported", "export", "--region", "box",
		       "--strategy", "cache", "absent");
	EXPECT_REFUSAL(1, "absent: No such file", "export", "--region", "box", "absent");
}

static void write_file(struct __test_metadata *_metadata, const char *path, long bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ASSERT_LE(0, fd);
	for (long i = 0; i < bytes; i++) {
		char byte = (char)(i % 251);

		ASSERT_EQ(1, write(fd, &byte, 1));
	}
	close(fd);
}

/* File -> region -> standard output: the same bytes. */
TEST_F(held, copy_there_and_back)
{
	struct run run;

	write_file(_metadata, self->file, 1000);
	VMACTL(&run, "copy", "--region", "box", "--from", self->file, "--offset", "5");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "copy", "--region", "box", "--to", self->file, "--offset", "255",
	       "--length", "251");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "fill", "--region", "box", "0");
	VMACTL(&run, "copy", "--region", "box", "--from", self->file);
	VMACTL(&run, "dump", "--region", "box", "--offset", "248", "--length", "8");
	EXPECT_HAS(run.out, "000000f8  f7 f8 f9 00 00 00 00 00");
}

TEST_F(held, copy_of_too_long_a_file_fails)
{
	write_file(_metadata, self->file, 4 * self->page + 1);
	EXPECT_REFUSAL(1, "is longer than the", "copy", "--region", "box", "--from", self->file);
	EXPECT_REFUSAL(1, "No such file", "copy", "--region", "box", "--from", "/absent");
}

TEST_F(held, read_only_holder_hands_out_no_write)
{
	struct run run, fill;

	start(_metadata, &run, (const char *const[]){ "create", "reader", "--read-only", NULL });
	wait_for(&run, "holds it at");
	VMACTL(&fill, "dump", "--region", "reader", "--length", "16");
	EXPECT_EQ(0, fill.status);
	EXPECT_REFUSAL(1, "hands the region out read-only", "fill", "--region", "reader", "1");
	kill(run.pid, SIGTERM);
	finish(&run);
}

static json_t *counter(json_t *stats, const char *name, const char *column)
{
	return json_object_get(row_with(stats, "counter", name), column);
}

/* Two rounds with nothing between: no change. One mapping: one mmap. */
TEST_F(held, stats_counts)
{
	struct run run;
	json_t *stats;

	VMACTL(&run, "make-vma", "--region", "box", "--touch", "write", "--seconds", "0");
	EXPECT_EQ(0, run.status);
	VMACTL(&run, "stats", "--region", "box", "--json");
	stats = json_object_get(parsed(_metadata, &run), "stats");
	EXPECT_EQ(1, json_integer_value(counter(stats, "mmaps", "value")));
	EXPECT_EQ(0, json_integer_value(counter(stats, "vmas", "value")));
	VMACTL(&run, "stats", "--region", "box", "--watch=0", "--times", "1", "--json");
	stats = json_object_get(parsed(_metadata, &run), "stats");
	EXPECT_EQ(0, json_integer_value(counter(stats, "mmaps", "change")));
	VMACTL(&run, "stats", "--region", "box", "--watch=0", "--times", "2");
	EXPECT_HAS(run.out, "\n\nCOUNTER");
	EXPECT_HAS(run.out, "+0");
}

TEST_F(held, stats_tells_what_cannot_be_seen)
{
	struct run run, holder;
	json_t *stats;

	start(_metadata, &holder,
	      (const char *const[]){ "create", "cache", "--backing", "shmem", NULL });
	wait_for(&holder, "holds it at");
	VMACTL(&run, "stats", "--region", "cache", "--json");
	stats = json_object_get(parsed(_metadata, &run), "stats");
	EXPECT_TRUE(json_is_null(counter(stats, "faults_read", "value")));
	VMACTL(&run, "stats", "--region", "cache");
	EXPECT_HAS(run.out, "not observable");
	kill(holder.pid, SIGTERM);
	finish(&holder);
}

/* Each strategy gives a VMA; a special one shows it in VmFlags. */
TEST(make_vma_of_each_strategy)
{
	static const struct {
		const char *strategy, *flag;
	} wanted[] = {
		{ "remap", "pf" }, { "pfn", "pf" }, { "insert", "mm" },
		{ "page", "" }, { "cache", "" }, { "anon", "" }, { "filemap", "" },
	};
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		json_t *vmas;

		VMACTL(&run, "make-vma", "--strategy", wanted[i].strategy, "--length", "64K",
		       "--touch", "write", "--seconds", "0", "--json");
		vmas = json_object_get(parsed(_metadata, &run), "maps");
		ASSERT_EQ(1, json_array_size(vmas));
		EXPECT_STREQ("rw-s", string_of(json_array_get(vmas, 0), "perms"));
		EXPECT_HAS(string_of(json_array_get(vmas, 0), "flags"), wanted[i].flag);
	}
}

TEST(make_vma_with_protection_flags_and_address)
{
	struct run run;

	VMACTL(&run, "make-vma", "--prot", "read", "--flags", "private,populate,noreplace",
	       "--address", "0x200000000000", "--length", "64K", "--offset", "64K", "--seconds",
	       "0");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out, "200000000000-200000010000 r--p 00010000 ");
	EXPECT_HAS(run.out, "VmFlags: ");
}

TEST(make_vma_of_a_new_region)
{
	struct run run;

	VMACTL(&run, "make-vma", "--backing", "shmem", "--seconds", "0");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out, "length 1048576, region ");
	EXPECT_HAS(run.out, " (shmem), strategy cache");
	EXPECT_HAS(run.out, "make-vma");
}

TEST(make_vma_refused_says_why)
{
	EXPECT_REFUSAL(1, "remap and pfn are never private",
		       "make-vma", "--strategy", "pfn", "--flags", "private");
	EXPECT_REFUSAL(1, "PROT_EXEC is refused", "make-vma", "--prot", "read,exec");
	EXPECT_REFUSAL(1, "do not go together here",
		       "make-vma", "--strategy", "remap", "--backing", "shmem");
}

/* It waits: the address it printed is in its maps, until a signal ends it. */
TEST(make_vma_waits)
{
	char path[64], maps[16384] = "", address[32];
	unsigned long start_at;
	struct run run;
	FILE *file;
	int pid, found;

	start(_metadata, &run, (const char *const[]){ "make-vma", NULL });
	wait_for(&run, "VmFlags");
	found = sscanf(run.out, "pid %d, address %lx", &pid, &start_at);
	ASSERT_EQ(2, found);
	EXPECT_EQ(run.pid, pid);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	EXPECT_LT(0, fread(maps, 1, sizeof(maps) - 1, file));
	fclose(file);
	snprintf(address, sizeof(address), "%lx-", start_at);
	EXPECT_HAS(maps, address);
	ASSERT_EQ(0, kill(pid, SIGTERM));
	finish(&run);
	EXPECT_EQ(0, run.status);
}

/* How many tracing instances there are, as links of their folder. */
static long count_instances(void)
{
	struct stat st = { .st_nlink = 0 };

	stat("/sys/kernel/tracing/instances", &st);
	return (long)st.st_nlink;
}

/* The mmap and the write faults of one command, and no one else's. */
TEST(trace_of_a_command)
{
	long before = count_instances();
	char path[] = "/tmp/vmactl-XXXXXX";
	json_error_t error;
	struct run run;
	json_t *events;

	ASSERT_LE(0, mkstemp(path));
	VMACTL(&run, "trace", "--json", "--output", path, vmactl_path(_metadata), "make-vma",
	       "--strategy", "pfn", "--length", "64K", "--touch", "write", "--seconds", "0");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out, "pid ");
	events = json_object_get(json_load_file(path, 0, &error), "events");
	unlink(path);
	ASSERT_NE(NULL, events);
	EXPECT_STREQ("shared, ok", string_of(row_with(events, "event", "mmap"), "what"));
	EXPECT_STREQ("pfn", string_of(row_with(events, "event", "fault"), "strategy"));
	EXPECT_STREQ("vmactl", string_of(row_with(events, "event", "fault"), "process"));
	EXPECT_HAS(string_of(row_with(events, "event", "fault"), "what"), "write, ");
	EXPECT_NE(NULL, row_with(events, "event", "close"));
	EXPECT_EQ(before, count_instances());
}

TEST(trace_of_one_event)
{
	struct run run;

	VMACTL(&run, "trace", "--event", "mmap", vmactl_path(_metadata), "make-vma", "--strategy",
	       "pfn", "--touch", "read", "--seconds", "0");
	EXPECT_EQ(0, run.status);
	EXPECT_HAS(run.out, "TIME");
	EXPECT_HAS(run.out, "mmap");
	EXPECT_EQ(NULL, strstr(run.out, " fault "));
}

TEST(trace_gives_the_status_of_the_command)
{
	struct run run;

	VMACTL(&run, "trace", vmactl_path(_metadata), "no-command");
	EXPECT_EQ(2, run.status);
	VMACTL(&run, "trace", "/absent");
	EXPECT_EQ(127, run.status);
}

TEST(trace_ends_in_time)
{
	struct run run;

	VMACTL(&run, "trace", "--seconds", "0");
	EXPECT_EQ(0, run.status);
}

TEST(selfcheck_tries_every_pair)
{
	json_t *rows;
	struct run run;

	VMACTL(&run, "selfcheck", "--json");
	rows = json_object_get(parsed(_metadata, &run), "selfcheck");
	EXPECT_EQ(40, json_array_size(rows));
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *strategy = string_of(row, "strategy");
		__u32 id = vmadev_strategy_by_name(strategy);

		if (strcmp(string_of(row, "backing"),
			   vmadev_backing_name(vmadev_strategy_backing(id))))
			continue;
		if (id == VMADEV_STRATEGY_HUGE)		/* not on each kernel */
			continue;
		if (strcmp(strategy, "remap"))
			EXPECT_STREQ("works", string_of(row, "shared"));
		EXPECT_STREQ(id == VMADEV_STRATEGY_REMAP || id == VMADEV_STRATEGY_PFN
			     ? "refused, EINVAL" : "works", string_of(row, "private"));
	}
}

TEST_HARNESS_MAIN
