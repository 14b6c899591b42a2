// SPDX-License-Identifier: GPL-2.0-or-later
/* Holders that do not answer or may not be asked, and what holders keep of who started them. */
#include "held.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>

#define USER 1000

FIXTURE(held)
{
	char folder[32], holders[48];
	char open[64], closed[64];	/* sockets: anyone may ask, only root may */
};

static void hold(struct __test_metadata *_metadata, const char *name, const char *mode)
{
	struct run run;

	VMACTL(&run, "create", name, "--background", "--mode", mode);
	ASSERT_EQ(0, run.status) {
		TH_LOG("%s", run.err);
	}
}

FIXTURE_SETUP(held)
{
	snprintf(self->folder, sizeof(self->folder), "/tmp/vmactl-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	ASSERT_EQ(0, chmod(self->folder, 0755));
	ASSERT_EQ(0, setenv("XDG_RUNTIME_DIR", self->folder, 1));
	snprintf(self->holders, sizeof(self->holders), "%s/vmadev", self->folder);
	snprintf(self->open, sizeof(self->open), "%s/open", self->holders);
	snprintf(self->closed, sizeof(self->closed), "%s/closed", self->holders);
	hold(_metadata, "open", "666");
	hold(_metadata, "closed", "600");
}

FIXTURE_TEARDOWN(held)
{
	stop_holder(_metadata, self->open);
	stop_holder(_metadata, self->closed);
	EXPECT_EQ(0, rmdir(self->holders));
	EXPECT_EQ(0, rmdir(self->folder));
}

static int count_lines(const char *text)
{
	int lines = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		lines++;
	}
	return lines;
}

/* Is @name in the first column of a table? */
static bool lists(const struct run *run, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s ", name);
	return strstr(run->out, line);
}

TEST_F(held, info_lists_what_one_may_ask_for)
{
	struct run run;

	VMACTL(&run, "info");
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.err);
	EXPECT_TRUE(lists(&run, "open") && lists(&run, "closed"));
	/* The node is root's, too. */
	RUN(&run, (&(struct way){ .user = USER }), "info");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(lists(&run, "open"));
	EXPECT_FALSE(lists(&run, "closed"));
	EXPECT_EQ(2, count_lines(run.err));
	EXPECT_NE(NULL, strstr(run.err, "/dev/vmadev: Permission denied"));
	EXPECT_NE(NULL, strstr(run.err, "/closed: Permission denied: its holder says who"));
}

TEST_F(held, info_in_json_is_json_for_other_users)
{
	json_error_t error;
	json_t *rows;
	struct run run;

	RUN(&run, (&(struct way){ .user = USER }), "info", "--json");
	EXPECT_EQ(0, run.status);
	rows = json_object_get(json_loads(run.out, 0, &error), "regions");
	ASSERT_EQ(1, json_array_size(rows));
	EXPECT_STREQ("open", json_string_value(json_object_get(json_array_get(rows, 0), "name")));
}

TEST_F(held, info_fails_where_one_may_ask_for_nothing)
{
	struct run run;

	ASSERT_EQ(0, chmod(self->open, 0600));
	RUN(&run, (&(struct way){ .user = USER }), "info");
	EXPECT_EQ(1, run.status);
	EXPECT_STREQ("", run.out);
	EXPECT_EQ(3, count_lines(run.err));
}

TEST_F(held, region_of_another_user_is_refused_by_name)
{
	struct run run;

	RUN(&run, (&(struct way){ .user = USER }), "dump", "--region", "closed");
	EXPECT_EQ(1, run.status);
	EXPECT_NE(NULL, strstr(run.err, "/closed: Permission denied"));
	RUN(&run, (&(struct way){ .user = USER }), "dump", "--region", "open", "--length", "16");
	EXPECT_EQ(0, run.status);
}

/* As by Ctrl-Z. Two, and one that answers after them: the wait is for all together. */
TEST_F(held, stopped_holders_are_told_and_not_waited_for)
{
	const char *const sockets[] = { self->closed, self->open };
	struct run run, last;
	int pids[2];

	start(_metadata, &last, (const char *const[]){ "create", "quick", NULL });
	wait_for(&last, "holds it at");
	for (int i = 0; i < 2; i++) {
		pids[i] = holder_at(sockets[i]);
		ASSERT_LT(1, pids[i]);
		ASSERT_EQ(0, kill(pids[i], SIGSTOP));
	}
	VMACTL(&run, "info");
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(lists(&run, "quick"));
	EXPECT_FALSE(lists(&run, "open") || lists(&run, "closed"));
	EXPECT_EQ(2, count_lines(run.err));
	for (int i = 0; i < 2; i++) {
		char told[128];

		snprintf(told, sizeof(told), "%s: its holder, process %d, does not answer\n",
			 sockets[i], pids[i]);
		EXPECT_NE(NULL, strstr(run.err, told));
	}
	EXPECT_REFUSAL(1, "does not answer", "dump", "--region", "open");
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, kill(pids[i], SIGCONT));
	VMACTL(&run, "info");
	EXPECT_STREQ("", run.err);
	EXPECT_TRUE(lists(&run, "open") && lists(&run, "closed"));
	ASSERT_EQ(0, kill(last.pid, SIGTERM));
	finish(&last);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return bind(s, (struct sockaddr *)&address, sizeof(address)) || listen(s, 4) ? -1 : s;
}

/* What lies there and is no region is passed over, what answers with none is told. */
TEST_F(held, info_passes_over_what_is_no_region)
{
	char file[80], folder[80], dead[80], wrong[80], told[160];
	struct run run;
	int s, peer;

	snprintf(file, sizeof(file), "%s/file", self->holders);
	snprintf(folder, sizeof(folder), "%s/folder", self->holders);
	snprintf(dead, sizeof(dead), "%s/dead", self->holders);
	snprintf(wrong, sizeof(wrong), "%s/wrong", self->holders);
	ASSERT_EQ(0, close(creat(file, 0600)));
	ASSERT_EQ(0, mkdir(folder, 0700));
	s = listen_at(dead);
	ASSERT_LE(0, s);
	close(s);
	s = listen_at(wrong);
	ASSERT_LE(0, s);
	start(_metadata, &run, (const char *const[]){ "info", NULL });
	peer = accept(s, NULL, NULL);
	ASSERT_LE(0, peer);
	ASSERT_EQ(1, write(peer, "", 1));
	finish(&run);
	EXPECT_EQ(0, run.status);
	EXPECT_TRUE(lists(&run, "open") && lists(&run, "closed"));
	snprintf(told, sizeof(told), "vmactl info: %s: ", wrong);
	EXPECT_EQ(0, strncmp(run.err, told, strlen(told)));
	EXPECT_NE(NULL, strstr(run.err, "not one vmadev descriptor"));
	EXPECT_TRUE(is_one_line(run.err));
	close(peer);
	close(s);
	EXPECT_EQ(0, unlink(file) | rmdir(folder) | unlink(dead) | unlink(wrong));
}

TEST_F(held, holder_in_the_background_keeps_no_pipe_of_the_caller)
{
	const int numbers[] = { 3, 10, 200, 900 };
	char path[80];
	int pipes[2];
	char byte;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i] != pipes[0] && numbers[i] != pipes[1])
			ASSERT_EQ(numbers[i], dup2(pipes[1], numbers[i]));
	snprintf(path, sizeof(path), "%s/other", self->holders);
	hold(_metadata, "other", "600");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i] != pipes[0])
			close(numbers[i]);
	close(pipes[1]);
	/* The end of file is there at once, or a region's holder keeps it away. */
	ASSERT_EQ(0, fcntl(pipes[0], F_SETFL, O_NONBLOCK));
	EXPECT_EQ(0, read(pipes[0], &byte, 1));
	stop_holder(_metadata, path);
}

TEST_F(held, holder_in_the_background_keeps_no_lock_of_the_caller)
{
	char file[64], path[80];
	int lock;

	snprintf(file, sizeof(file), "%s/lock", self->folder);
	snprintf(path, sizeof(path), "%s/other", self->holders);
	lock = open(file, O_RDWR | O_CREAT, 0600);
	ASSERT_LE(0, lock);
	ASSERT_EQ(0, flock(lock, LOCK_EX));
	hold(_metadata, "other", "600");
	close(lock);
	lock = open(file, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, flock(lock, LOCK_EX | LOCK_NB));
	close(lock);
	EXPECT_EQ(0, unlink(file));
	stop_holder(_metadata, path);
}

/* How many descriptors a process has beside the standard ones; these are /dev/null. */
static int other_descriptors(struct __test_metadata *_metadata, int pid)
{
	char path[64], target[128];
	struct dirent *entry;
	int others = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	ASSERT_NE(NULL, folder);
	while ((entry = readdir(folder))) {
		ssize_t length;

		if (*entry->d_name == '.')
			continue;
		if (atoi(entry->d_name) > 2) {
			others++;
			continue;
		}
		length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		ASSERT_LT(0, length);
		target[length] = '\0';
		EXPECT_STREQ("/dev/null", target);
	}
	closedir(folder);
	return others;
}

/*
 * Its own are the region, the socket and a signalfd; for a moment also the connection
 * by which it was asked who it is.
 */
TEST_F(held, holder_in_the_background_has_its_own_descriptors_only)
{
	int pid = holder_at(self->open), others = 0;
	char path[64], target[128];
	ssize_t length;

	for (int i = 0; i < 100 && others != 3; i++) {
		usleep(20000);
		others = other_descriptors(_metadata, pid);
	}
	EXPECT_EQ(3, others);
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	length = readlink(path, target, sizeof(target) - 1);
	ASSERT_LT(0, length);
	target[length] = '\0';
	EXPECT_STREQ("/", target);
	EXPECT_EQ(pid, getsid(pid));
}

TEST_F(held, holder_serves_after_it_was_stopped)
{
	int pid = holder_at(self->open);
	char byte = 1;
	int region;

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	usleep(100000);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	for (int i = 0; i < 3; i++) {
		region = held_ask(self->open);
		ASSERT_LE(0, region);
		EXPECT_EQ(1, pread(region, &byte, 1, 0));
		EXPECT_EQ(0, byte);
		close(region);
	}
}

TEST_HARNESS_MAIN
