// SPDX-License-Identifier: GPL-2.0-or-later
/* States that a crash may leave, tried one by one, and the one that fails made small. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "vmactl.h"

#define STATE_FILE "state"

static int state_of(const struct search *search, const struct part *part)
{
	struct vmadev_crash crash = {
		.mode = VMADEV_KEEP_LIST,
		.tear = search->tear,
		.seed = search->seed,
		.list = (uintptr_t)(search->kept.words + part->first / 64),
		.nr_pages = part->pages,
	};
	int state = vmadev_crash_fork(part->region, &crash, sizeof(crash));

	if (state < 0)
		die_vmadev();
	return state;
}

void crash_save(int state, const char *path, __u64 bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	char chunk[65536];
	off_t at = 0;
	ssize_t got = 0;

	if (file < 0)
		die("%s: %s", path, strerror(errno));
	while (state >= 0 && (got = pread(state, chunk, sizeof(chunk), at)) > 0) {
		if (pwrite(file, chunk, (size_t)got, at) != got)
			die("%s: %s", path, strerror(errno ? errno : ENOSPC));
		at += got;
	}
	if (got < 0)
		die("the state: %s", strerror(errno));
	/* A region is as long as its pages. */
	if (ftruncate(file, (off_t)bytes))
		die("%s: %s", path, strerror(errno));
	close(file);
}

static void save_part(const struct search *search, const struct part *part, const char *path)
{
	int state = part->pages ? state_of(search, part) : -1;

	crash_save(state, path, part->bytes);
	if (state >= 0)
		close(state);
}

void crash_save_kept(const struct search *search, const char *path)
{
	char *file;

	if (!search->folder_of) {
		save_part(search, search->parts, path);
		return;
	}
	if (mkdir(path, 0777) && errno != EEXIST)
		die("%s: %s", path, strerror(errno));
	for (size_t i = 0; i < search->nr_names; i++) {
		const struct part *part = crash_part_of(search, &search->names[i]);

		if (!part)
			continue;
		if (asprintf(&file, "%s/%s", path, search->names[i].text) < 0)
			die("%s", strerror(errno));
		save_part(search, part, file);
		free(file);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* The checker may leave files of its own beside the state. */
static void remove_folder(const char *folder)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void crash_end(struct search *search)
{
	if (*search->folder)
		remove_folder(search->folder);
	*search->folder = '\0';
}

/* An argument that is %f is the file, or the folder. */
static void become_checker(const struct search *search, const char *path, bool shown)
{
	int null = shown ? -1 : open("/dev/null", O_WRONLY);

	for (char **argument = search->checker; *argument; argument++)
		if (!strcmp(*argument, "%f"))
			*argument = (char *)path;
	setenv("VMADEV_STATE", path, 1);
	if (null >= 0) {
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	execvp(search->checker[0], search->checker);
	_exit(127);
}

bool crash_passes(struct search *search, bool shown)
{
	const char *base = getenv("TMPDIR");
	int status;
	char path[80];
	pid_t pid;

	snprintf(search->folder, sizeof(search->folder), "%.40s/vmactl-XXXXXX",
		 base && *base ? base : "/tmp");
	if (!mkdtemp(search->folder)) {
		*search->folder = '\0';
		die("a folder for the state: %s", strerror(errno));
	}
	snprintf(path, sizeof(path), "%s/" STATE_FILE, search->folder);
	crash_save_kept(search, path);
	flush_output();
	pid = fork();
	if (!pid)
		become_checker(search, path, shown);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("%s: %s", search->checker[0], strerror(errno));
	crash_end(search);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("%s: cannot be run, or says 127", search->checker[0]);
	search->tried++;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void keep(struct search *search, size_t i, bool in)
{
	pages_set(&search->kept, search->dirty[i], in);
}

/* Those of @count pages with @kept of them kept: the smallest that fails comes first. */
static bool try_each_of(struct search *search, int kept)
{
	for (unsigned int set = 0; set < 1u << search->count; set++) {
		if (__builtin_popcount(set) != kept)
			continue;
		for (size_t i = 0; i < search->count; i++)
			keep(search, i, set >> i & 1);
		if (crash_is_another(search) && !crash_passes(search, false))
			return false;
	}
	return true;
}

static __u64 next_random(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* None, all, and then as the seed says. */
static bool try_sample(struct search *search)
{
	__u64 random = search->seed;

	for (unsigned long n = 0; n < search->states; n++) {
		for (size_t i = 0; i < search->count; i++)
			keep(search, i, n ? n == 1 || next_random(&random) >> 63 : false);
		if (!crash_passes(search, false))
			return false;
	}
	return true;
}

/* Give up parts of what is kept, large ones first, as long as it fails without them. */
static void shrink(struct search *search)
{
	size_t *in = calloc(search->count + 1, sizeof(*in)), count = 0;

	if (!in)
		die("%s", strerror(errno));
	for (size_t i = 0; i < search->count; i++)
		if (pages_has(&search->kept, search->dirty[i]))
			in[count++] = i;
	for (size_t part = (count + 1) / 2; part; part /= 2) {
		for (size_t from = 0; from < count;) {
			size_t n = count - from < part ? count - from : part;

			for (size_t i = from; i < from + n; i++)
				keep(search, in[i], false);
			if (crash_passes(search, false)) {
				for (size_t i = from; i < from + n; i++)
					keep(search, in[i], true);
				from += n;
			} else {
				count -= n;
				memmove(in + from, in + from + n, (count - from) * sizeof(*in));
			}
		}
	}
	free(in);
}

bool crash_each(struct search *search)
{
	if (search->count > search->most) {
		if (try_sample(search))
			return true;
		shrink(search);
		return false;
	}
	for (int kept = 0; kept <= (int)search->count; kept++)
		if (!try_each_of(search, kept))
			return false;
	return true;
}
