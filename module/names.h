/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_NAMES_H
#define VMADEV_NAMES_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vmadev_keep;

/**
 * struct vmadev_names - the names of a mount of media that are not durable
 * @lock: of all of it, and of each &struct vmadev_name in it
 * @root: by directory and name
 * @last: the number of the last change
 *
 * Order: the inode's lock of a directory, @lock. Only who has the former changes what a name
 * is of; a sync of another directory may take the name out, though.
 */
struct vmadev_names {
	spinlock_t lock;	/* see above */
	struct rb_root root;
	u64 last;
};

/**
 * struct vmadev_name - a name in a directory that a crash may leave of another file
 * @node:    in &vmadev_names.root
 * @mates:   names of the same change, a ring without a head
 * @dir:     its directory, which outlives it
 * @durable: the file that it is of after a crash, with a reference; NULL: it is gone
 * @live:    what has the name now, which the cache of names holds; NULL: nothing
 * @change:  by number: of it all names are kept, or none
 * @lost:    a crash is taking it back
 * @text:    the name itself
 */
struct vmadev_name {
	struct rb_node node;
	struct list_head mates;
	struct inode *dir;
	struct inode *durable;
	struct dentry *live;
	u64 change;
	bool lost;
	char text[];
};

static inline void vmadev_names_init(struct vmadev_names *names)
{
	spin_lock_init(&names->lock);
	names->root = RB_ROOT;
}

/* names.c */
extern const struct inode_operations vmadev_named_dir_ops;
extern const struct file_operations vmadev_named_dir_fops;

struct vmadev_names *vmadev_names_of(const struct super_block *sb);
struct vmadev_name *vmadev_names_after(struct vmadev_names *names, const struct inode *dir,
				       const char *text);
void vmadev_names_take(struct vmadev_names *names, struct vmadev_name *name,
		       struct list_head *taken);
void vmadev_names_take_one(struct vmadev_names *names, struct vmadev_name *name,
			   struct list_head *taken);
void vmadev_names_put_back(struct vmadev_names *names, struct vmadev_name *name);
void vmadev_names_free(struct list_head *taken);
void vmadev_names_settle(struct vmadev_names *names);

/* names_crash.c */
int vmadev_names_revert(struct vmadev_names *names, const struct vmadev_keep *keep);

/* ioctl_names.c */
long vmadev_names_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* VMADEV_NAMES_H */
