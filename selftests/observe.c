// SPDX-License-Identifier: GPL-2.0-or-later
/* What STATS and INFO say, as text: /proc/PID/fdinfo and the list in debugfs. */
#include "vmadev_test.h"
#include "mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define NPAGES 16

FIXTURE(observe)
{
	size_t page;
	int fd;
};

FIXTURE_VARIANT(observe)
{
	__u32 strategy;
	__u32 backing;
	bool private_ok;
};

VT_MODES(observe);

FIXTURE_SETUP(observe)
{
	self->page = vt_page();
	CREATE_MODE(NPAGES * self->page, "observe");
}

FIXTURE_TEARDOWN(observe)
{
	close(self->fd);
}

/* The value of @key in a text of lines "key:\tvalue", or "" */
static const char *value_of(const char *text, const char *key)
{
	static char value[64];
	const char *line = text;

	value[0] = '\0';
	while (line && strncmp(line, key, strlen(key)))
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (line)
		sscanf(line + strlen(key), ":%63s", value);
	return value;
}

static void slurp(struct __test_metadata *_metadata, const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");

	ASSERT_NE(NULL, f);
	text[fread(text, 1, room - 1, f)] = '\0';
	fclose(f);
}

TEST_F(observe, fdinfo_agrees)
{
	static const char *const strategies[] = {
		"", "remap", "pfn", "page", "insert", "cache", "anon", "huge",
		"filemap"
	};
	static const char *const backings[] = { "", "pages", "contig", "shmem", "none",
						"media" };
	char path[64], text[4096], number[32];
	struct vmadev_info info;
	struct vmadev_stats s;
	char *p = mmap(NULL, NPAGES * self->page, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_LE(0, vt_read(p));
	ASSERT_EQ(0, vt_write(p + (NPAGES - 1) * self->page, 1));
	vt_zap(self->fd, 0, self->page);
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_HANDLE, &s));
	ASSERT_EQ(0, vt_info(self->fd, &info));

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	slurp(_metadata, path, text, sizeof(text));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)info.region);
	EXPECT_STREQ(number, value_of(text, "vmadev-region"));
	EXPECT_STREQ("observe", value_of(text, "vmadev-name"));
	snprintf(number, sizeof(number), "%zu", NPAGES * self->page);
	EXPECT_STREQ(number, value_of(text, "vmadev-bytes"));
	EXPECT_STREQ(strategies[variant->strategy], value_of(text, "vmadev-strategy"));
	EXPECT_STREQ(backings[variant->backing], value_of(text, "vmadev-backing"));
	EXPECT_STREQ("1", value_of(text, "vmadev-seals"));
	EXPECT_STREQ("whole", value_of(text, "vmadev-state"));

	const struct {
		const char *key;
		__u64 bit, n;
	} counters[] = {
		{ "vmadev-mmaps", VMADEV_STAT_MMAPS, s.mmaps },
		{ "vmadev-faults-read", VMADEV_STAT_FAULTS_READ, s.faults_read },
		{ "vmadev-faults-write", VMADEV_STAT_FAULTS_WRITE, s.faults_write },
		{ "vmadev-faults-cow", VMADEV_STAT_FAULTS_COW, s.faults_cow },
		{ "vmadev-faults-failed", VMADEV_STAT_FAULTS_FAILED, s.faults_failed },
		{ "vmadev-pages", VMADEV_STAT_PAGES, s.pages },
		{ "vmadev-zaps", VMADEV_STAT_ZAPS, s.zaps },
		{ "vmadev-vmas", VMADEV_STAT_VMAS, s.vmas },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)counters[i].n);
		EXPECT_STREQ(s.observed & counters[i].bit ? number : "-",
			     value_of(text, counters[i].key)) {
			TH_LOG("%s", counters[i].key);
		}
	}
}

/* The line of region @id, or NULL. */
static char *region_line(char *text, __u64 id)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strtoull(line, NULL, 10) == id)
			return line;
	return NULL;
}

TEST_F(observe, debugfs_lists_the_region_while_it_lives)
{
	static const char path[] = "/sys/kernel/debug/vmadev/regions";
	static const char title[] = "id name backing bytes run_bytes handles vmas seals state\n";
	unsigned long long bytes, run_bytes;
	char text[65536], name[64], backing[16], vmas[24], state[8];
	unsigned int seals;
	struct vmadev_info info;
	struct vmadev_stats s;
	unsigned int handles;
	int other = vt_reopen(self->fd, 0, 0);
	char *line;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, vt_info(self->fd, &info));
	ASSERT_EQ(0, vt_stats(self->fd, VMADEV_SCOPE_REGION, &s));
	ASSERT_NE(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd, 0));
	slurp(_metadata, path, text, sizeof(text));
	EXPECT_EQ(0, strncmp(text, title, strlen(title)));
	line = region_line(text, info.region);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(8, sscanf(line, "%*u %63s %15s %llu %llu %u %23s %x %7s", name, backing, &bytes,
			    &run_bytes, &handles, vmas, &seals, state));
	EXPECT_STREQ("whole", state);
	EXPECT_EQ(VMADEV_SEAL_SEAL, seals);
	EXPECT_STREQ("observe", name);
	EXPECT_EQ(info.bytes, bytes);
	EXPECT_EQ(info.run_bytes, run_bytes);
	EXPECT_EQ(2u, handles);
	EXPECT_STREQ(s.observed & VMADEV_STAT_VMAS ? "1" : "-", vmas);

	close(other);
	slurp(_metadata, path, text, sizeof(text));
	line = region_line(text, info.region);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(1, sscanf(line, "%*u %*s %*s %*u %*u %u", &handles));
	EXPECT_EQ(1u, handles);
}

/* No bytes, but the size that it will have again. */
TEST(what_is_revoked_is_told)
{
	static char text[65536];
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, NPAGES * vt_page(), "revoked");
	char path[64], state[8], number[32];
	unsigned long long bytes;
	struct vmadev_info info;
	char *line;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	ASSERT_EQ(0, vt_revoke(fd, VMADEV_REVOKE_ONES, NULL));
	slurp(_metadata, "/sys/kernel/debug/vmadev/regions", text, sizeof(text));
	line = region_line(text, info.region);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(2, sscanf(line, "%*u %*s %*s %llu %*u %*u %*s %*s %7s", &bytes, state));
	EXPECT_EQ(0ull, bytes);
	EXPECT_STREQ("ones", state);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	slurp(_metadata, path, text, sizeof(text));
	EXPECT_STREQ("ones", value_of(text, "vmadev-state"));
	snprintf(number, sizeof(number), "%zu", NPAGES * vt_page());
	EXPECT_STREQ(number, value_of(text, "vmadev-bytes"));
	close(fd);
}

TEST(debugfs_forgets_a_region_that_is_gone)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), "short-lived");
	static char text[65536];
	struct vmadev_info info;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vt_info(fd, &info));
	slurp(_metadata, "/sys/kernel/debug/vmadev/regions", text, sizeof(text));
	EXPECT_NE(NULL, region_line(text, info.region));
	close(fd);
	slurp(_metadata, "/sys/kernel/debug/vmadev/regions", text, sizeof(text));
	EXPECT_EQ(NULL, region_line(text, info.region));
}

TEST(debugfs_is_for_root_to_read)
{
	struct stat st;

	ASSERT_EQ(0, stat("/sys/kernel/debug/vmadev/regions", &st));
	EXPECT_EQ((mode_t)(S_IFREG | 0400), st.st_mode);
	EXPECT_EQ(0u, st.st_uid);
}

TEST_HARNESS_MAIN
