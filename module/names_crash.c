// SPDX-License-Identifier: GPL-2.0
/*
 * Backing media, of a mount: what a power cut leaves of the names, in place. Of each change
 * that is not durable all names are as it made them, or as they were before.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/stringhash.h>

#include "compat.h"
#include "media.h"
#include "names.h"
#include "vmadev.h"

static bool keeps(const struct vmadev_keep *keep, u64 change)
{
	unsigned long i;

	switch (keep->mode) {
	case VMADEV_KEEP_ALL:
		return true;
	case VMADEV_KEEP_RANDOM:
		return vmadev_keep_random(keep->seed, change);
	case VMADEV_KEEP_LIST:
		for (i = 0; i < keep->nr_pages; i++)
			if (keep->list[i] == change)
				return true;
		return false;
	default:
		return false;
	}
}

static struct vmadev_name *next_of(const struct vmadev_name *name)
{
	struct rb_node *node = rb_next(&name->node);

	return rb_entry_safe(node, struct vmadev_name, node);
}

static struct vmadev_name *first_of(const struct vmadev_names *names)
{
	return rb_entry_safe(rb_first(&names->root), struct vmadev_name, node);
}

/* What is kept is durable, what is not is lost. */
static void choose(struct vmadev_names *names, const struct vmadev_keep *keep)
{
	struct vmadev_name *name, *next;
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	for (name = first_of(names); name; name = next_of(name))
		name->lost = !keeps(keep, name->change);
	for (name = first_of(names); name; name = next) {
		next = next_of(name);
		if (!name->lost)
			vmadev_names_take_one(names, name, &taken);
	}
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
}

/* The directory of a name that is lost, with a reference; NULL: there is none. */
static struct inode *dir_of_lost(struct vmadev_names *names)
{
	struct vmadev_name *name;
	struct inode *dir = NULL;

	spin_lock(&names->lock);
	for (name = first_of(names); name && !name->lost;)
		name = next_of(name);
	if (name) {
		dir = name->dir;
		ihold(dir);
	}
	spin_unlock(&names->lock);
	return dir;
}

/* One that is lost, alone. The caller has the directory's lock, so nobody names it anew. */
static struct vmadev_name *take_lost(struct vmadev_names *names, const struct inode *dir,
				     struct list_head *taken)
{
	struct vmadev_name *name;

	spin_lock(&names->lock);
	name = vmadev_names_after(names, dir, "");
	while (name && !name->lost)
		name = vmadev_names_after(names, dir, name->text);
	if (name)
		vmadev_names_take_one(names, name, taken);
	spin_unlock(&names->lock);
	return name;
}

/* A name without a file, that somebody looks for just now, or a new one. */
static struct dentry *name_for(struct inode *dir, const char *text)
{
	struct dentry *parent = d_find_any_alias(dir), *dentry;
	struct qstr name = QSTR_INIT(text, strlen(text));

	name.hash = full_name_hash(parent, name.name, name.len);
	dentry = d_lookup(parent, &name);
	if (!dentry) {
		dentry = d_alloc(parent, &name);
		if (dentry)
			d_add(dentry, NULL);
	}
	dput(parent);
	return dentry;
}

static void remove_live(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	dget(dentry);
	inode_lock(inode);
	simple_unlink(dir, dentry);
	inode_unlock(inode);
	d_invalidate(dentry);
	dput(dentry);
}

static int restore_durable(struct vmadev_name *name)
{
	struct inode *inode = name->durable;
	struct dentry *dentry = name_for(name->dir, name->text);

	if (!dentry)
		return -ENOMEM;
	inode_lock(inode);
	set_nlink(inode, inode->i_nlink + 1);	/* from 0 too */
	inode_unlock(inode);
	d_make_persistent(dentry, inode);
	dput(dentry);
	name->durable = NULL;	/* whose reference the name in the cache has now */
	vmadev_dir_changed(name->dir);
	return 0;
}

static int revert_name(struct vmadev_name *name)
{
	if (name->live)
		remove_live(name->dir, name->live);
	name->live = NULL;
	name->lost = false;
	return name->durable ? restore_durable(name) : 0;
}

static int revert_dir(struct vmadev_names *names, struct inode *dir)
{
	struct vmadev_name *name;
	LIST_HEAD(taken);
	int err = 0;

	inode_lock_nested(dir, I_MUTEX_PARENT);
	while (!err && (name = take_lost(names, dir, &taken))) {
		err = revert_name(name);
		if (err)
			vmadev_names_put_back(names, name);
	}
	inode_unlock(dir);
	vmadev_names_free(&taken);
	return err;
}

/**
 * vmadev_names_revert() - crash, in place
 * @names: of a mount that the caller holds
 * @keep:  which changes are in it; of &vmadev_keep.list their numbers
 *
 * One directory after the other; what is renamed meanwhile is as it was or as it is.
 *
 * Return: 0; -ENOMEM: some of it is done.
 */
int vmadev_names_revert(struct vmadev_names *names, const struct vmadev_keep *keep)
{
	struct inode *dir;
	int err = 0;

	choose(names, keep);
	while (!err && (dir = dir_of_lost(names))) {
		err = revert_dir(names, dir);
		iput(dir);
	}
	return err;
}
