// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions that come and go, and the default region, whose inode comes with its first
 * handle and goes with its last.
 */
#include "vmadev_test.h"
#include "lib/race.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A thread's own page of the default region. */
struct page_of {
	size_t nr;
	__u64 region;
};

/*
 * Open, map, zap: the zap must reach the mapping, so the next touch faults again;
 * whatever other threads' opens and closes do to what finds the mapping.
 */
static const char *open_map_and_zap(void *arg, unsigned long turn)
{
	const struct page_of *mine = arg;
	size_t page = vt_page();
	int fd = vt_open(O_RDWR), byte = 1 + turn % 255;
	struct vmadev_stats s;
	struct vmadev_info info;
	const char *wrong = NULL;
	char *p, got = 0;

	if (fd < 0 || vt_info(fd, &info))
		return "the node cannot be opened";
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, mine->nr * page);
	if (p == MAP_FAILED)
		return "mmap fails";
	if (info.region != mine->region)
		wrong = "another region";
	else if (vt_write(p, byte) || vt_zap(fd, mine->nr * page, page) || vt_read(p) != byte)
		wrong = "a byte is lost";
	else if (vt_stats(fd, VMADEV_SCOPE_HANDLE, &s) || s.vmas != 1)
		wrong = "the mapping is not found";
	else if (s.faults_write != 1 || s.faults_read != 1)
		wrong = "the zap did not reach the mapping";
	else if (pread(fd, &got, 1, mine->nr * page) != 1 || (unsigned char)got != byte)
		wrong = "read does not see the mapping's byte";
	munmap(p, page);
	got = 0;
	if (pwrite(fd, &got, 1, mine->nr * page) != 1)
		wrong = "pwrite fails";
	close(fd);
	return wrong;
}

TEST(first_open_against_last_close_of_the_node)
{
	struct page_of pages[3];
	struct race race = { 0 };
	struct vmadev_info info;
	int fd = vt_open(O_RDWR);

	ASSERT_EQ(0, vt_info(fd, &info));
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = (struct page_of){ .nr = i, .region = info.region };
		race_add(&race, open_map_and_zap, &pages[i]);
	}
	EXPECT_RACE(&race);
}

static const char *create_and_close(void *arg, unsigned long turn)
{
	int fd;

	(void)arg;
	fd = vt_create(VMADEV_BACKING_PAGES + turn % 5, 0, vt_page(), "fleeting");
	return fd < 0 || close(fd) ? "CREATE or close fails" : NULL;
}

/* The list holds what was there all the time, once, with its handle and mapping. */
static const char *read_list(void *arg, unsigned long turn)
{
	FILE *list = fopen("/sys/kernel/debug/vmadev/regions", "re");
	const char *name = arg;
	const char *wrong = NULL;
	char line[256], first[64], backing[16];
	unsigned long long id, bytes, run_bytes, vmas;
	unsigned int handles, lines = 0, found = 0;

	(void)turn;
	if (!list)
		return "there is no list";
	while (fgets(line, sizeof(line), list)) {
		int n = sscanf(line, "%llu %63s %15s %llu %llu %u %llu", &id, first, backing,
			       &bytes, &run_bytes, &handles, &vmas);

		if (!lines++)
			continue;
		if (n < 6 || !bytes)
			wrong = "a line of the list is cut";
		if (strcmp(first, name))
			continue;
		found++;
		if (n != 7 || handles != 1 || vmas != 1)
			wrong = "the list tells wrong counts";
	}
	fclose(list);
	return found == 1 || wrong ? wrong : "a region is not on the list once";
}

TEST(list_against_create_and_close)
{
	static const char name[] = "stays";
	struct race race = { 0 };
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), name);

	ASSERT_LE(0, fd);
	ASSERT_NE(MAP_FAILED, mmap(NULL, vt_page(), PROT_READ, MAP_SHARED, fd, 0));
	race_add(&race, create_and_close, NULL);
	race_add(&race, create_and_close, NULL);
	race_add(&race, read_list, (void *)name);
	race_add(&race, read_list, (void *)name);
	EXPECT_RACE(&race);
}

TEST_HARNESS_MAIN
