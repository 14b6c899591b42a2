// SPDX-License-Identifier: GPL-2.0
/*
 * Backing media, of a mount: which names are durable. It is a directory's fsync that makes
 * its names so, and nothing else: not that of the file. Until then there is a note of what
 * a crash would leave in place of each name that was made, removed or renamed.
 *
 * What two names are of is one change if a rename brought it about: a file is at least at
 * one of them. Directories are durable at once, and with one what its name was before.
 */
#include <linux/dcache.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "mount.h"
#include "names.h"

/**
 * vmadev_names_of() - those of a mount
 * @sb: which has backing media
 */
struct vmadev_names *vmadev_names_of(const struct super_block *sb)
{
	struct vmadev_mount *mount = sb->s_fs_info;

	return &mount->names;
}

static struct vmadev_name *of_node(struct rb_node *node)
{
	return rb_entry_safe(node, struct vmadev_name, node);
}

static int compare(const struct vmadev_name *name, const struct inode *dir, const char *text)
{
	if (name->dir != dir)
		return name->dir < dir ? -1 : 1;
	return strcmp(name->text, text);
}

/**
 * vmadev_names_after() - the next name of a directory that is not durable
 * @names: the names, locked
 * @dir:   the directory
 * @text:  the one before, or ""
 *
 * Return: the name, or NULL: there is none.
 */
struct vmadev_name *vmadev_names_after(struct vmadev_names *names, const struct inode *dir,
				       const char *text)
{
	struct rb_node *node = names->root.rb_node;
	struct vmadev_name *next = NULL;

	while (node) {
		struct vmadev_name *name = of_node(node);

		if (compare(name, dir, text) > 0) {
			next = name;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return next && next->dir == dir ? next : NULL;
}

/* Put @name in, unless there is such a one. Returns which is in then. */
static struct vmadev_name *insert(struct vmadev_names *names, struct vmadev_name *name)
{
	struct rb_node **link = &names->root.rb_node, *parent = NULL;

	while (*link) {
		struct vmadev_name *there = of_node(*link);
		int order = compare(there, name->dir, name->text);

		if (!order)
			return there;
		parent = *link;
		link = order > 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&name->node, parent, link);
	rb_insert_color(&name->node, &names->root);
	return name;
}

/**
 * vmadev_names_take() - take a name out, with those of the same change: they are durable
 * @names: the names, locked
 * @name:  one of them
 * @taken: gets them
 */
void vmadev_names_take(struct vmadev_names *names, struct vmadev_name *name,
		       struct list_head *taken)
{
	struct vmadev_name *mate;
	LIST_HEAD(ring);

	list_add_tail(&ring, &name->mates);
	list_for_each_entry(mate, &ring, mates)
		rb_erase(&mate->node, &names->root);
	list_splice(&ring, taken);
}

/**
 * vmadev_names_take_one() - take a name out alone
 * @names: the names, locked
 * @name:  one of them
 * @taken: gets it
 */
void vmadev_names_take_one(struct vmadev_names *names, struct vmadev_name *name,
			   struct list_head *taken)
{
	rb_erase(&name->node, &names->root);
	list_move(&name->mates, taken);
}

/**
 * vmadev_names_put_back() - the reverse
 * @names: the names
 * @name:  the name; there was none such meanwhile
 */
void vmadev_names_put_back(struct vmadev_names *names, struct vmadev_name *name)
{
	spin_lock(&names->lock);
	list_del_init(&name->mates);
	insert(names, name);
	spin_unlock(&names->lock);
}

/**
 * vmadev_names_free() - forget names, and the files that had only these
 * @taken: the names
 */
void vmadev_names_free(struct list_head *taken)
{
	struct vmadev_name *name, *next;

	list_for_each_entry_safe(name, next, taken, mates) {
		iput(name->durable);
		kfree(name);
	}
}

/**
 * vmadev_names_settle() - all of them are durable
 * @names: the names
 */
void vmadev_names_settle(struct vmadev_names *names)
{
	struct rb_node *node;
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	while ((node = rb_first(&names->root)))
		vmadev_names_take(names, of_node(node), &taken);
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
}

/* Before what it is for, which could not be undone. */
static struct vmadev_name *name_new(struct inode *dir, const struct dentry *dentry)
{
	size_t len = dentry->d_name.len;
	struct vmadev_name *name = kzalloc(struct_size(name, text, len + 1), GFP_KERNEL_ACCOUNT);

	if (!name)
		return NULL;
	INIT_LIST_HEAD(&name->mates);
	name->dir = dir;
	memcpy(name->text, dentry->d_name.name, len);
	return name;
}

/* @fresh's name was @was's and is @live's now. Returns what is noted, @fresh perhaps. */
static struct vmadev_name *note(struct vmadev_names *names, struct vmadev_name *fresh,
				struct inode *was, struct dentry *live, struct list_head *taken)
{
	struct vmadev_name *name = insert(names, fresh);

	if (name == fresh) {
		name->change = ++names->last;
		name->durable = was;
		if (was)
			ihold(was);
	} else {
		list_add(&fresh->mates, taken);
	}
	name->live = live;
	return name;
}

/* Two rings become one. */
static void join(struct vmadev_name *one, struct vmadev_name *other)
{
	struct list_head *next = one->mates.next, *others = other->mates.next;
	struct vmadev_name *mate = other;

	if (one->change == other->change)
		return;
	do {
		mate->change = one->change;
		mate = list_next_entry(mate, mates);
	} while (mate != other);
	one->mates.next = others;
	others->prev = &one->mates;
	other->mates.next = next;
	next->prev = &other->mates;
}

/* There is nothing to tell of what a crash would not change. */
static void drop_if_same(struct vmadev_names *names, struct vmadev_name *name,
			 struct list_head *taken)
{
	if (name->durable == (name->live ? d_inode(name->live) : NULL))
		vmadev_names_take_one(names, name, taken);
}

/* What was done to all names of a directory is durable. */
static void settle_all(const struct inode *dir)
{
	struct vmadev_names *names = vmadev_names_of(dir->i_sb);
	struct vmadev_name *name;
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	while ((name = vmadev_names_after(names, dir, "")))
		vmadev_names_take(names, name, &taken);
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
}

/* As note(), of a name alone; ends with @fresh. */
static void changed(struct vmadev_name *fresh, struct inode *was, struct dentry *live)
{
	struct inode *dir = fresh->dir;
	struct vmadev_names *names = vmadev_names_of(dir->i_sb);
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	drop_if_same(names, note(names, fresh, was, live, &taken), &taken);
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
	if (IS_DIRSYNC(dir))
		settle_all(dir);
}

static void renamed(struct vmadev_name *from, struct inode *was, struct dentry *now,
		    struct vmadev_name *to, struct inode *over, struct dentry *moved)
{
	struct inode *dir = to->dir;
	struct vmadev_names *names = vmadev_names_of(dir->i_sb);
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	from = note(names, from, was, now, &taken);
	to = note(names, to, over, moved, &taken);
	join(from, to);
	drop_if_same(names, from, &taken);
	drop_if_same(names, to, &taken);
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
	if (IS_DIRSYNC(dir))
		settle_all(dir);
}

/* What was done to this name is durable; ends with @fresh. */
static void settle(struct vmadev_name *fresh)
{
	struct vmadev_names *names = vmadev_names_of(fresh->dir->i_sb);
	LIST_HEAD(taken);

	spin_lock(&names->lock);
	vmadev_names_take(names, note(names, fresh, NULL, NULL, &taken), &taken);
	spin_unlock(&names->lock);
	vmadev_names_free(&taken);
}

static int named_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			VMADEV_CREATE_MODE)
{
	struct vmadev_name *name = name_new(dir, dentry);
	int err = name ? vmadev_mount_create(idmap, dir, dentry, mode) : -ENOMEM;

	if (err)
		kfree(name);
	else
		changed(name, NULL, dentry);
	return err;
}

static int named_link(struct dentry *old_dentry, struct inode *dir, struct dentry *dentry)
{
	struct vmadev_name *name = name_new(dir, dentry);
	int err = name ? simple_link(old_dentry, dir, dentry) : -ENOMEM;

	if (err)
		kfree(name);
	else
		changed(name, NULL, dentry);
	return err;
}

static int named_unlink(struct inode *dir, struct dentry *dentry)
{
	struct vmadev_name *name = name_new(dir, dentry);
	int err = name ? simple_unlink(dir, dentry) : -ENOMEM;

	if (err)
		kfree(name);
	else
		changed(name, d_inode(dentry), NULL);
	return err;
}

static vmadev_mkdir_t named_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				  struct dentry *dentry, umode_t mode)
{
	struct vmadev_name *name = name_new(dir, dentry);
	int err = name ? vmadev_mount_mkdir(idmap, dir, dentry, mode) : -ENOMEM;

	if (err)
		kfree(name);
	else
		settle(name);
	return vmadev_mkdir_result(err);
}

static int named_rmdir(struct inode *dir, struct dentry *dentry)
{
	int err = simple_rmdir(dir, dentry);

	if (!err)
		settle_all(d_inode(dentry));
	return err;
}

static int named_rename(struct mnt_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
			struct inode *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct inode *was = d_inode(old_dentry), *over = d_inode(new_dentry);
	struct vmadev_name *from = name_new(old_dir, old_dentry);
	struct vmadev_name *to = name_new(new_dir, new_dentry);
	int err = from && to ? simple_rename(idmap, old_dir, old_dentry, new_dir, new_dentry,
					     flags) : -ENOMEM;

	if (err) {
		kfree(from);
		kfree(to);
	} else if (d_is_dir(old_dentry) || d_is_dir(new_dentry)) {
		settle(from);
		settle(to);
		if (over && d_is_dir(new_dentry) && !(flags & RENAME_EXCHANGE))
			settle_all(over);
	} else {
		renamed(from, was, flags & RENAME_EXCHANGE ? new_dentry : NULL, to, over,
			old_dentry);
	}
	return err;
}

const struct inode_operations vmadev_named_dir_ops = {
	.create		= named_create,
	.lookup		= simple_lookup,
	.link		= named_link,
	.unlink		= named_unlink,
	.mkdir		= named_mkdir,
	.rmdir		= named_rmdir,
	.rename		= named_rename,
};

static int named_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	settle_all(file_inode(file));
	return 0;
}

const struct file_operations vmadev_named_dir_fops = {
	.owner		= THIS_MODULE,
	.open		= dcache_dir_open,
	.release	= dcache_dir_close,
	.llseek		= dcache_dir_lseek,
	.read		= generic_read_dir,
	.iterate_shared	= dcache_readdir,
	.fsync		= named_fsync,
	.unlocked_ioctl	= vmadev_names_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
