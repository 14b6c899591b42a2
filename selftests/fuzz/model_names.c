// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names of a mount, and which of them are durable: a directory's sync makes its names so,
 * and with each of them those that a rename tied to it.
 */
#include <errno.h>

#include "model.h"

/* As worker_mount.c has them: of directories the names that lead there. */
static const int ways[WAYS][2] = { { -1, -1 }, { 3, -1 }, { 4, -1 }, { 3, 4 } };

bool name_is_taken(const struct name *name)
{
	return name->file || name->folder;
}

long way_find(struct mount *mount, unsigned int way, struct folder **folder)
{
	*folder = &mount->root;
	for (unsigned int i = 0; i < 2 && *folder && ways[way][i] >= 0; i++) {
		const struct name *name = &(*folder)->name[ways[way][i]];

		if (name->file)
			return -ENOTDIR;
		*folder = name->folder;
	}
	return *folder ? 0 : -ENOENT;
}

long name_find(struct mount *mount, unsigned int path, struct folder **folder, struct name **name)
{
	long err = way_find(mount, path / NAMES, folder);

	*name = err ? NULL : &(*folder)->name[path % NAMES];
	return err;
}

/* Of all names of a directory and those below it. */
static void each_name(struct folder *folder, void (*what)(struct name *name, void *arg), void *arg)
{
	for (unsigned int i = 0; i < NAMES; i++) {
		what(&folder->name[i], arg);
		if (folder->name[i].folder)
			each_name(folder->name[i].folder, what, arg);
	}
}

static void settle_change(struct name *name, void *change)
{
	if (name->change == *(unsigned int *)change)
		name->change = 0;
}

void names_settle(struct mount *mount, const struct name *name)
{
	unsigned int change = name->change;

	if (change)
		each_name(&mount->root, settle_change, &change);
}

void names_sync(struct mount *mount, struct folder *folder)
{
	for (unsigned int i = 0; i < NAMES; i++)
		names_settle(mount, &folder->name[i]);
}

static void note(struct mount *mount, struct name *name, struct object *file)
{
	if (!name->change) {
		name->durable = name->file;
		name->change = ++mount->changes;
	}
	name->file = file;
}

static void end(struct mount *mount, struct folder *folder, struct name *name)
{
	/* What a crash would leave as it is, is no change. */
	if (name->durable == name->file || mount->backing != VMADEV_BACKING_MEDIA)
		name->change = 0;
	if (mount->dirsync)
		names_sync(mount, folder);
}

void name_set(struct mount *mount, struct folder *folder, struct name *name, struct object *file)
{
	note(mount, name, file);
	end(mount, folder, name);
}

struct join {
	unsigned int from, to;
};

static void join_change(struct name *name, void *arg)
{
	const struct join *join = arg;

	if (name->change == join->from)
		name->change = join->to;
}

void names_move(struct mount *mount, struct folder *from_folder, struct name *from,
		struct folder *to_folder, struct name *to, bool exchange)
{
	struct object *file = from->file, *over = to->file;
	struct join join;

	note(mount, from, exchange ? over : NULL);
	note(mount, to, file);
	join = (struct join) { .from = to->change, .to = from->change };
	each_name(&mount->root, join_change, &join);
	end(mount, from_folder, from);
	end(mount, to_folder, to);
}

/* What a crash does that keeps changes by their place in a walk. */
struct crash {
	unsigned int keep, seen;
	unsigned int change[MOST_NAMES];
};

static bool is_kept(struct crash *crash, unsigned int change)
{
	unsigned int i = 0;

	while (i < crash->seen && crash->change[i] != change)
		i++;
	if (i == crash->seen)
		crash->change[crash->seen++] = change;
	return i < 32 && crash->keep >> i & 1;
}

static void crash_name(struct name *name, void *crash)
{
	if (name->change && !is_kept(crash, name->change))
		name->file = name->durable;
	name->change = 0;
}

/* A directory's own names come before those below it. */
static void each_folder(struct folder *folder, void (*what)(struct name *name, void *arg),
			void *arg)
{
	for (unsigned int i = 0; i < NAMES; i++)
		what(&folder->name[i], arg);
	for (unsigned int i = 0; i < NAMES; i++)
		if (folder->name[i].folder)
			each_folder(folder->name[i].folder, what, arg);
}

void names_crash(struct mount *mount, unsigned int keep)
{
	struct crash crash = { .keep = keep };

	each_folder(&mount->root, crash_name, &crash);
}

struct search {
	const struct object *file;
	unsigned int links;
	bool held;
};

static void search_name(struct name *name, void *arg)
{
	struct search *search = arg;

	search->links += name->file == search->file;
	search->held |= name->file == search->file ||
			(name->change && name->durable == search->file);
}

static struct search search(const struct object *file)
{
	struct search search = { .file = file };

	each_name(&file->mount->root, search_name, &search);
	return search;
}

unsigned int object_links(const struct object *file)
{
	return search(file).links;
}

/* Who maps tmpfs's file has no file of ours. */
static bool is_open(const struct model *m, const struct object *file)
{
	bool maps = file->backing != VMADEV_BACKING_SHMEM && file->backing != VMADEV_BACKING_NONE;

	for (int p = 0; p < PROCS; p++) {
		const struct proc *proc = &m->proc[p];

		for (int i = 0; i < FDS; i++)
			if (proc->fd[i] && proc->fd[i]->region == file)
				return true;
		for (int i = 0; i < ARENA; i++)
			if (maps && proc->cell[i].mapped && proc->cell[i].handle->region == file)
				return true;
	}
	return false;
}

bool mount_is_busy(const struct model *m)
{
	for (const struct object *object = &m->node; object; object = object->next)
		if (object->mount == m->mount && is_open(m, object))
			return true;
	return false;
}

unsigned int mount_pages(const struct model *m, const struct mount *mount)
{
	unsigned int pages = 0;

	for (const struct object *object = &m->node; object; object = object->next)
		if (object->mount == mount && object->backing != VMADEV_BACKING_NONE &&
		    !object->revoked && (is_open(m, object) || search(object).held))
			pages += object->pages;
	return pages;
}

bool object_has_room(const struct model *m, const struct object *object, unsigned int pages)
{
	const struct mount *mount = object->mount;

	return !mount || !mount->cap || object->backing == VMADEV_BACKING_NONE ||
	       mount_pages(m, mount) + pages <= mount->cap;
}
