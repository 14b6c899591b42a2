// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations on a mount, and by the names in it, as a process does them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/vt.h"
#include "mount.h"
#include "worker.h"

#define AT	"/tmp/vmadev-fuzz"

static const char *const ways[WAYS] = { "", "x/", "y/", "x/y/" };
static const char *const names[NAMES] = { "a", "b", "c", "x", "y" };

bool mount_prepare(void)
{
	return !mkdir(AT, 0700) || errno == EEXIST;
}

bool mount_end(bool lazily)
{
	return !umount2(AT, lazily ? MNT_DETACH : 0) || errno == EINVAL;
}

/* Another for each of two in a call. */
static const char *path_of(unsigned int path)
{
	static char texts[2][sizeof(AT) + 8];
	static unsigned int last;
	char *text = texts[last ^= 1];

	snprintf(text, sizeof(texts[0]), AT "/%s%s", ways[path / NAMES], names[path % NAMES]);
	return text;
}

static int open_way(unsigned int way)
{
	char path[sizeof(AT) + 8];

	snprintf(path, sizeof(path), AT "/%s", ways[way]);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long do_mount(const unsigned int *a)
{
	static const char *const backings[] = {
		"pages", "pages", "contig", "shmem", "none", "media", "bar", "paper",
	};
	static const char *const strategies[] = {
		"", ",strategy=remap", ",strategy=pfn", ",strategy=page", ",strategy=insert",
		",strategy=cache", ",strategy=anon", ",strategy=huge", ",strategy=filemap",
		",strategy=glue",
	};
	char options[96];
	int n = snprintf(options, sizeof(options), "backing=%s%s", backings[a[0]],
			 strategies[a[1]]);

	if (a[2])
		snprintf(options + n, sizeof(options) - n, ",size=%zu", a[2] * vt_page());
	return mount("none", AT, "vmadev", a[3] & DIRSYNC ? MS_DIRSYNC : 0, options);
}

static int open_at(const unsigned int *a)
{
	int oflags = a[2] & 1 ? O_RDWR : O_RDONLY;

	oflags |= a[2] & 2 ? O_TRUNC : 0;
	oflags |= a[2] & TO_CREATE ? O_CREAT : 0;
	oflags |= a[2] & TO_BE_FIRST ? O_EXCL : 0;
	oflags |= a[2] & TO_APPEND ? O_APPEND : 0;
	return open(path_of(a[1]), oflags | O_CLOEXEC, 0600);
}

static long do_rename(const unsigned int *a)
{
	static const unsigned int flags[] = {
		[NOREPLACE] = RENAME_NOREPLACE, [EXCHANGE] = RENAME_EXCHANGE,
		[WHITEOUT] = RENAME_WHITEOUT, [BOTH] = RENAME_NOREPLACE | RENAME_EXCHANGE,
	};

	return renameat2(AT_FDCWD, path_of(a[0]), AT_FDCWD, path_of(a[1]), flags[a[2]]);
}

static long sync_dir(const unsigned int *a)
{
	int at = open_way(a[0]), err;

	if (at < 0)
		return -1;
	err = a[1] ? fdatasync(at) : fsync(at);
	close(at);
	return err;
}

static int name_number(const char *text)
{
	for (int i = 0; i < NAMES; i++)
		if (!strcmp(text, names[i]))
			return i;
	return -1;
}

static int ask_stat(int at, unsigned int i, struct told_name *told)
{
	struct stat st;

	*told = (struct told_name) { .kind = TOLD_NONE };
	if (fstatat(at, names[i], &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	told->kind = S_ISDIR(st.st_mode) ? TOLD_FOLDER : TOLD_FILE;
	told->links = st.st_nlink;
	told->inode = st.st_ino;
	told->bytes = st.st_size;
	return 0;
}

/* The names of a directory that are not durable: how many, or -1. */
static int ask_changes(int at, struct told_name *told)
{
	struct vmadev_unsynced_name name = { .name = "" };
	int n = 0;

	while (!vt_next_name(at, &name)) {
		int i = name_number(name.name);

		if (i < 0 || told[i].is_changed) {
			errno = EPROTO;
			return -1;
		}
		told[i].is_changed = true;
		told[i].durable = name.durable;
		told[i].live = name.live;
		told[i].durable_bytes = name.bytes;
		told[i].change = name.change;
		n++;
	}
	return errno == ENOENT || errno == ENOTTY ? n : -1;
}

/* As many as were found, and no others? */
static int count_entries(int at, const struct told_name *told)
{
	DIR *dir = fdopendir(dup(at));
	const struct dirent *entry;
	int more = 2;	/* . and .. */

	for (unsigned int i = 0; i < NAMES; i++)
		more += told[i].kind != TOLD_NONE;
	while (dir && (entry = readdir(dir)))
		more--;
	if (dir)
		closedir(dir);
	errno = EUCLEAN;
	return more ? -1 : 0;
}

/* How many names are not durable in that directory and below it, or -1; ends with @at. */
static int walk(int at, struct told *told)
{
	struct told_name *here = &told->name[told->names];
	int changed = -1, more = 0;

	if (at < 0)
		return -1;
	if (told->names + NAMES > MOST_NAMES) {
		errno = ENOSPC;
		goto out;
	}
	told->names += NAMES;
	for (unsigned int i = 0; i < NAMES; i++)
		if (ask_stat(at, i, &here[i]))
			goto out;
	if (count_entries(at, here))
		goto out;
	changed = ask_changes(at, here);
	for (unsigned int i = 0; i < NAMES && changed >= 0; i++) {
		if (here[i].kind == TOLD_FOLDER)
			more = walk(openat(at, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), told);
		changed = more < 0 ? -1 : changed + more;
		more = 0;
	}
out:
	close(at);
	return changed;
}

static long tell(struct told *told)
{
	told->names = 0;
	return walk(open_way(0), told);
}

static unsigned int changes_kept(const struct told *told, unsigned int keep, __u64 *kept)
{
	__u64 seen[MOST_NAMES];
	unsigned int n = 0, found = 0;

	for (unsigned int i = 0; i < told->names; i++) {
		unsigned int j = 0;

		if (!told->name[i].is_changed)
			continue;
		while (j < found && seen[j] != told->name[i].change)
			j++;
		if (j < found)
			continue;
		seen[found++] = told->name[i].change;
		if (j < 32 && keep >> j & 1)
			kept[n++] = seen[j];
	}
	return n;
}

/* A list, unless all or none is kept. */
static long lose_names(struct told *told, unsigned int keep)
{
	__u64 kept[MOST_NAMES];
	unsigned int n;
	int at, err;

	if (tell(told) < 0)
		return -1;
	n = changes_kept(told, keep, kept);
	at = open_way(0);
	if (!keep)
		err = vt_crash_revert(at, VMADEV_KEEP_NONE, 0, NULL, 0);
	else
		err = vt_crash_revert(at, VMADEV_KEEP_LIST, n, kept, 0);
	close(at);
	return err;
}

static int fork_name(const unsigned int *a)
{
	struct vmadev_unsynced_name name = { .name = "" };
	const char *wanted = names[a[1] % NAMES];
	int at = open_way(a[1] / NAMES), fd = -1;

	if (at < 0)
		return -1;
	errno = 0;
	while (!vt_next_name(at, &name))
		if (!strcmp(name.name, wanted))
			break;
	/* Of an error there is no name, and 0 no region. */
	if (errno != ENOTTY)
		fd = vt_crash_fork_of(at, strcmp(name.name, wanted) ? 0 : name.durable);
	close(at);
	return fd;
}

/* How many pages its files have. */
static long room(void)
{
	struct statfs fs;
	int at = open_way(0), err;

	if (at < 0)
		return -1;
	err = fstatfs(at, &fs);
	close(at);
	return err ? -1 : (long)(fs.f_blocks - fs.f_bfree);
}

long mount_op(struct desk *desk)
{
	const unsigned int *a = desk->op.arg;

	errno = 0;
	switch (desk->op.code) {
	case OP_MOUNT:
		return or_errno(do_mount(a));
	case OP_UMOUNT:
		return or_errno(umount2(AT, a[0] ? MNT_DETACH : 0));
	case OP_OPEN_AT:
		return install(a[0], open_at(a));
	case OP_LINK:
		return or_errno(link(path_of(a[0]), path_of(a[1])));
	case OP_UNLINK:
		return or_errno(unlink(path_of(a[0])));
	case OP_MKDIR:
		return or_errno(mkdir(path_of(a[0]), 0700));
	case OP_RMDIR:
		return or_errno(rmdir(path_of(a[0])));
	case OP_RENAME:
		return or_errno(do_rename(a));
	case OP_TRUNCATE_AT:
		return or_errno(truncate(path_of(a[0]), a[1]));
	case OP_SYNC_DIR:
		return or_errno(sync_dir(a));
	case OP_NAMES:
		return or_errno(tell(&desk->told));
	case OP_LOSE_NAMES:
		return or_errno(lose_names(&desk->told, a[0]));
	case OP_FORK_NAME:
		return install(a[0], fork_name(a));
	case OP_ROOM:
		return or_errno(room());
	default:
		return -EPROTO;
	}
}
