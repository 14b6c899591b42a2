// SPDX-License-Identifier: GPL-2.0-or-later
/* What should come of operations on a mount, and by the names in it. */
#include <errno.h>

#include "model.h"

static long do_mount(struct model *m, const unsigned int *a)
{
	unsigned int backing = a[0] ? a[0] : VMADEV_BACKING_PAGES;
	struct mount *mount;

	if (backing > VMADEV_BACKING_MEDIA || backing == VMADEV_BACKING_CONTIG)
		return -EINVAL;
	if (a[1] && !strategy_serves(a[1], backing))
		return -EINVAL;
	mount = model_alloc(sizeof(*mount));
	mount->backing = backing;
	mount->strategy = a[1] ? a[1] : strategy_default(backing);
	mount->cap = a[2];
	mount->dirsync = a[3] & DIRSYNC;
	m->mount = mount;
	return 0;
}

/* Files that are open live on, of what is only not to be seen any more. */
static long do_umount(struct model *m, bool lazily)
{
	if (!m->mount)
		return -EINVAL;
	if (!lazily && mount_is_busy(m))
		return -EBUSY;
	m->mount = NULL;
	return 0;
}

static struct object *file_new(struct model *m)
{
	struct object *file = object_new(m, m->mount->backing, 0);

	file->mount = m->mount;
	file->seals = VMADEV_SEAL_SEAL;
	return file;
}

static long open_at(struct model *m, const struct desk *desk)
{
	const unsigned int *a = desk->op.arg;
	unsigned int how = a[2];
	struct handle *handle;
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, a[1], &folder, &name);

	if (err)
		return err;
	if (name_is_taken(name) && how & TO_CREATE && how & TO_BE_FIRST)
		return -EEXIST;
	if (name->folder)
		return -EISDIR;
	if (!name->file && !(how & TO_CREATE))
		return -ENOENT;
	if (!name->file)
		name_set(m->mount, folder, name, file_new(m));
	else if (how & TO_TRUNCATE)
		err = object_truncate(m, name->file, 0);
	if (err)
		return err;
	handle = handle_new(name->file, 0, how & TO_WRITE);
	handle->append = how & TO_APPEND;
	m->proc[desk->op.proc].fd[a[0]] = handle;
	return 0;
}

static long do_link(struct model *m, const unsigned int *a)
{
	struct folder *folder, *from_folder;
	struct name *from, *name;
	long err = name_find(m->mount, a[0], &from_folder, &from);

	if (!err && !name_is_taken(from))
		err = -ENOENT;
	if (!err)
		err = name_find(m->mount, a[1], &folder, &name);
	if (err)
		return err;
	if (name_is_taken(name))
		return -EEXIST;
	if (from->folder)
		return -EPERM;
	name_set(m->mount, folder, name, from->file);
	return 0;
}

static long do_unlink(struct model *m, unsigned int path)
{
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, path, &folder, &name);

	if (err)
		return err;
	if (!name->file)
		return name->folder ? -EISDIR : -ENOENT;
	name_set(m->mount, folder, name, NULL);
	return 0;
}

/* Directories are durable at once, and with one what its name was before. */
static long do_mkdir(struct model *m, unsigned int path)
{
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, path, &folder, &name);

	if (err)
		return err;
	if (name_is_taken(name))
		return -EEXIST;
	names_settle(m->mount, name);
	name->folder = model_alloc(sizeof(*name->folder));
	return 0;
}

static bool is_empty(const struct folder *folder)
{
	for (unsigned int i = 0; i < NAMES; i++)
		if (name_is_taken(&folder->name[i]))
			return false;
	return true;
}

static long do_rmdir(struct model *m, unsigned int path)
{
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, path, &folder, &name);

	if (err)
		return err;
	if (!name->folder)
		return name->file ? -ENOTDIR : -ENOENT;
	if (!is_empty(name->folder))
		return -ENOTEMPTY;
	names_sync(m->mount, name->folder);
	name->folder = NULL;
	return 0;
}

/* Is @folder that one or below it? */
static bool is_below(const struct folder *folder, const struct folder *top)
{
	if (folder == top)
		return true;
	for (unsigned int i = 0; top && i < NAMES; i++)
		if (is_below(folder, top->name[i].folder))
			return true;
	return false;
}

static long rename_refusal(const struct folder *from_folder, const struct name *from,
			   const struct folder *to_folder, const struct name *to,
			   unsigned int flags)
{
	if (!name_is_taken(from))
		return -ENOENT;
	if (flags == NOREPLACE && name_is_taken(to))
		return -EEXIST;
	if (flags == EXCHANGE && !name_is_taken(to))
		return -ENOENT;
	if (from->folder && is_below(to_folder, from->folder))
		return -EINVAL;
	if (to->folder && is_below(from_folder, to->folder))
		return flags == EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (flags != EXCHANGE && from->folder && to->file)
		return -ENOTDIR;
	if (flags != EXCHANGE && from->file && to->folder)
		return -EISDIR;
	if (flags == WHITEOUT)
		return -EINVAL;
	return flags != EXCHANGE && to->folder && !is_empty(to->folder) ? -ENOTEMPTY : 0;
}

/* Is it twice the same thing? Then nothing is done, and it is well. */
static bool are_one(const struct name *one, const struct name *other)
{
	return name_is_taken(one) && one->file == other->file && one->folder == other->folder;
}

/* A directory that moves is durable where it is, and what its names were before. */
static void move_folder(struct mount *mount, struct name *from, struct name *to, bool exchange)
{
	struct name was = *to;

	names_settle(mount, from);
	names_settle(mount, to);
	if (was.folder && !exchange)
		names_sync(mount, was.folder);
	to->file = from->file;
	to->folder = from->folder;
	from->file = exchange ? was.file : NULL;
	from->folder = exchange ? was.folder : NULL;
}

static long do_rename(struct model *m, const unsigned int *a)
{
	struct folder *from_folder, *to_folder;
	unsigned int flags = a[2];
	struct name *from, *to;
	long err = flags == BOTH ? -EINVAL : 0;

	if (!err)
		err = name_find(m->mount, a[0], &from_folder, &from);
	if (!err)
		err = name_find(m->mount, a[1], &to_folder, &to);
	if (err)
		return err;
	if (flags != NOREPLACE && are_one(from, to))
		return 0;
	err = rename_refusal(from_folder, from, to_folder, to, flags);
	if (err)
		return err;
	if (from->folder || to->folder)
		move_folder(m->mount, from, to, flags == EXCHANGE);
	else
		names_move(m->mount, from_folder, from, to_folder, to, flags == EXCHANGE);
	return 0;
}

static long truncate_at(struct model *m, const unsigned int *a)
{
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, a[0], &folder, &name);

	if (err)
		return err;
	if (!name->file)
		return name->folder ? -EISDIR : -ENOENT;
	return object_truncate(m, name->file, a[1]);
}

static long sync_dir(struct model *m, unsigned int way)
{
	struct folder *folder;
	long err = way_find(m->mount, way, &folder);

	if (!err)
		names_sync(m->mount, folder);
	return err;
}

/* Directories of other backings have no ioctls. */
static long ioctl_refusal(const struct mount *mount)
{
	return mount->backing == VMADEV_BACKING_MEDIA ? 0 : -ENOTTY;
}

/* A file that is only durable: both its copies, in a region. */
static long fork_name(struct model *m, const struct desk *desk)
{
	const unsigned int *a = desk->op.arg;
	struct folder *folder;
	struct name *name;
	long err = name_find(m->mount, a[1], &folder, &name);

	if (!err)
		err = ioctl_refusal(m->mount);
	if (err)
		return err;
	if (!name->change || !name->durable)
		return -ENOENT;
	return media_crash(m, name->durable, &m->proc[desk->op.proc].fd[a[0]], ~0u, true);
}

long mount_expect(struct model *m, const struct desk *desk, const char **wrong)
{
	const unsigned int *a = desk->op.arg;
	long err;

	switch (desk->op.code) {
	case OP_MOUNT:
		return do_mount(m, a);
	case OP_UMOUNT:
		return do_umount(m, a[0]);
	case OP_OPEN_AT:
		return open_at(m, desk);
	case OP_LINK:
		return do_link(m, a);
	case OP_UNLINK:
		return do_unlink(m, a[0]);
	case OP_MKDIR:
		return do_mkdir(m, a[0]);
	case OP_RMDIR:
		return do_rmdir(m, a[0]);
	case OP_RENAME:
		return do_rename(m, a);
	case OP_TRUNCATE_AT:
		return truncate_at(m, a);
	case OP_SYNC_DIR:
		return sync_dir(m, a[0]);
	case OP_LOSE_NAMES:
		err = ioctl_refusal(m->mount);
		if (!err)
			names_crash(m->mount, a[0]);
		return err;
	case OP_FORK_NAME:
		return fork_name(m, desk);
	case OP_ROOM:
		return mount_pages(m, m->mount);
	default:	/* names */
		return names_expect(m, desk, wrong);
	}
}
