// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl create: who may ask for the region, and where its pages are. */
#include "held.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define USER 1000

FIXTURE(create)
{
	char folder[32], holders[64];
	char box[80];	/* the socket of that region */
	struct run run;
};

FIXTURE_SETUP(create)
{
	snprintf(self->folder, sizeof(self->folder), "/tmp/vmactl-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	ASSERT_EQ(0, chmod(self->folder, 0755));
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", self->folder, 1));
	snprintf(self->holders, sizeof(self->holders), "%s/vmadev", self->folder);
	snprintf(self->box, sizeof(self->box), "%s/box", self->holders);
}

FIXTURE_TEARDOWN(create)
{
	EXPECT_EQ(0, rmdir(self->holders));
	EXPECT_EQ(0, rmdir(self->folder));
}

static void hold(struct __test_metadata *_metadata, struct run *run, const char *option,
		 const char *value)
{
	start(_metadata, run, (const char *const[]){ "create", "box", option, value, NULL });
	wait_for(run, "holds it at");
}

static void let_go(struct __test_metadata *_metadata, struct run *run)
{
	ASSERT_EQ(0, kill(run->pid, SIGTERM));
	finish(run);
	EXPECT_EQ(0, run->status);
	EXPECT_STREQ("", run->err);
}

/* What another user gets: 0, the region; else the errno. */
static int ask_as_user(const char *path)
{
	int pid = fork(), status, fd;

	if (!pid) {
		if (setgid(USER) || setuid(USER))
			_exit(255);
		fd = held_ask(path);
		_exit(fd < 0 ? -fd : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(create, mode_is_who_may_ask)
{
	static const struct {
		const char *text;
		mode_t mode;
		int answer;
	} modes[] = { { "600", 0600, EACCES }, { "660", 0660, EACCES }, { "666", 0666, 0 } };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		hold(_metadata, &self->run, "--mode", modes[i].text);
		ASSERT_EQ(0, stat(self->box, &st));
		EXPECT_EQ(modes[i].mode, st.st_mode & 0777);
		EXPECT_EQ(modes[i].answer, ask_as_user(self->box));
		let_go(_metadata, &self->run);
	}
}

static int read_first(const char *path, int oflags)
{
	int fd = open(path, oflags);
	char byte = 0;

	if (fd < 0)
		return -errno;
	if (read(fd, &byte, 1) != 1)
		byte = -1;
	close(fd);
	return byte;
}

TEST_F(create, reopen_tells_a_path)
{
	char path[32] = "", byte = 7;
	const char *line;
	int fd;

	start(_metadata, &self->run, (const char *const[]){ "create", "box", "--reopen", NULL });
	wait_for(&self->run, " opens it");
	line = strstr(self->run.out, "/proc/");
	ASSERT_NE(NULL, line);
	ASSERT_EQ(1, sscanf(line, "%31s opens it.", path));
	fd = held_ask(self->box);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(fd, &byte, 1, 0));
	EXPECT_EQ(7, read_first(path, O_RDWR));
	close(fd);
	let_go(_metadata, &self->run);
	EXPECT_EQ(-ENOENT, read_first(path, O_RDWR));

	start(_metadata, &self->run,
	      (const char *const[]){ "create", "box", "--reopen", "--read-only", NULL });
	wait_for(&self->run, " opens it");
	ASSERT_EQ(1, sscanf(strstr(self->run.out, "/proc/"), "%31s opens it.", path));
	EXPECT_EQ(-EACCES, read_first(path, O_RDWR));
	EXPECT_EQ(0, read_first(path, O_RDONLY));
	let_go(_metadata, &self->run);
}

static bool node_is_there(int node)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	return !access(path, F_OK);
}

TEST_F(create, node_is_where_all_pages_are)
{
	const size_t page = sysconf(_SC_PAGESIZE);

	for (int node = 0; node_is_there(node); node++) {
		char number[16], *map;
		int fd;

		snprintf(number, sizeof(number), "%d", node);
		hold(_metadata, &self->run, "--node", number);
		fd = held_ask(self->box);
		ASSERT_LE(0, fd);
		map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		for (size_t at = 0; at < 1 << 20; at += page) {
			void *addr = map + at;
			int on = -1;

			map[at] = 1;
			ASSERT_EQ(0, syscall(__NR_move_pages, 0, 1, &addr, NULL, &on, 0));
			ASSERT_EQ(node, on);
		}
		munmap(map, 1 << 20);
		close(fd);
		let_go(_metadata, &self->run);
	}
}

TEST_F(create, node_that_is_not_there_is_refused)
{
	EXPECT_REFUSAL(1, "node", "create", "box", "--node", "1000");
	mkdir(self->holders, 0755);
}

TEST_HARNESS_MAIN
