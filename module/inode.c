// SPDX-License-Identifier: GPL-2.0
/*
 * A small file system, never mounted by users, for the inodes of regions.
 *
 * A region needs an inode for its address_space (through which mappings are
 * found, and whose host the kernel asks many things), for fstat, and for the
 * name in /proc/PID/maps. It has one only while it has handles: an inode pins
 * the file system, and that pins the module, which could otherwise never be
 * unloaded because of the default region.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>

#include "compat.h"
#include "handle.h"

static struct vfsmount *vmadev_mnt;	/* under vmadev_regions_lock, with the count */
static int vmadev_mnt_pins;

static int vmadev_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, VMADEV_FS_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type vmadev_fs_type = {
	.name			= "vmadev",
	.owner			= THIS_MODULE,
	.init_fs_context	= vmadev_init_fs_context,
	.kill_sb		= kill_anon_super,
};

/*
 * ftruncate(2), of who has a descriptor that writes. By its name in /proc, which has
 * nothing to do with what descriptors may, nothing is changed, nor by anybody anything
 * but the size.
 */
static int vmadev_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	const unsigned int other = ATTR_MODE | ATTR_UID | ATTR_GID;

	if ((attr->ia_valid & (ATTR_SIZE | ATTR_FILE | other)) != (ATTR_SIZE | ATTR_FILE))
		return -EPERM;
	return vmadev_region_truncate(d_inode(dentry)->i_private, attr->ia_size);
}

static const struct inode_operations vmadev_inode_ops = {
	.setattr	= vmadev_setattr,
};

static void set_region(struct inode *inode, struct vmadev_region *region)
{
	inode->i_ino = region->id;
	if (region->backing->a_ops)
		inode->i_mapping->a_ops = region->backing->a_ops;
	i_size_write(inode, vmadev_region_bytes(region));
	inode->i_private = region;	/* which outlives every file of it */
}

static struct inode *inode_new(struct super_block *sb, struct vmadev_region *region)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_mode = S_IFREG | 0600;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_flags |= S_NOCMTIME;	/* or each mapping's first write fault would stamp it */
	clear_nlink(inode);		/* as memfd: core dumps ask if a name leads back here */
	inode->i_op = &vmadev_inode_ops;
	if (region->reopen)
		inode->i_fop = &vmadev_reopen_fops;
	simple_inode_init_ts(inode);
	set_region(inode, region);
	return inode;
}

/**
 * vmadev_inode_get() - count one more handle; the first one makes the inode
 * @region: the region
 *
 * Context: takes vmadev_regions_lock; may sleep.
 * Return: 0, -ENOMEM.
 */
int vmadev_inode_get(struct vmadev_region *region)
{
	int err = 0;

	mutex_lock(&vmadev_regions_lock);
	if (!region->handles) {
		err = simple_pin_fs(&vmadev_fs_type, &vmadev_mnt, &vmadev_mnt_pins);
		if (err)
			goto unlock;
		region->inode = inode_new(vmadev_mnt->mnt_sb, region);
		if (!region->inode) {
			simple_release_fs(&vmadev_mnt, &vmadev_mnt_pins);
			err = -ENOMEM;
			goto unlock;
		}
	}
	region->handles++;
unlock:
	mutex_unlock(&vmadev_regions_lock);
	return err;
}

/**
 * vmadev_inode_get_if_used() - count one more handle, if there are any
 * @region: the region
 *
 * Return: false: there was none.
 */
bool vmadev_inode_get_if_used(struct vmadev_region *region)
{
	bool used;

	mutex_lock(&vmadev_regions_lock);
	used = region->handles;
	if (used)
		region->handles++;
	mutex_unlock(&vmadev_regions_lock);
	return used;
}

/**
 * vmadev_inode_put() - count one handle less; the last one lets the inode go
 * @region: the region
 *
 * Context: takes vmadev_regions_lock; may sleep.
 */
void vmadev_inode_put(struct vmadev_region *region)
{
	mutex_lock(&vmadev_regions_lock);
	if (!--region->handles) {
		if (region->backing->idle)
			region->backing->idle(region);
		/* Who has its path has the inode still, and may open it, or have pinned a page. */
		truncate_inode_pages(region->inode->i_mapping, 0);
		region->inode->i_private = NULL;
		iput(region->inode);
		region->inode = NULL;
		simple_release_fs(&vmadev_mnt, &vmadev_mnt_pins);
	}
	mutex_unlock(&vmadev_regions_lock);
}

/**
 * vmadev_inode_pin() - the region of an inode that somebody found by a path
 * @inode: of this file system
 *
 * Context: takes vmadev_regions_lock; may sleep.
 * Return: the region, which keeps that inode until vmadev_inode_unpin(); NULL: it has gone.
 */
struct vmadev_region *vmadev_inode_pin(const struct inode *inode)
{
	struct vmadev_region *region;

	mutex_lock(&vmadev_regions_lock);
	region = inode->i_private;
	if (region) {
		vmadev_region_get(region);
		region->handles++;
	}
	mutex_unlock(&vmadev_regions_lock);
	return region;
}

/**
 * vmadev_inode_unpin() - the reverse
 * @region: the region
 *
 * Context: takes vmadev_regions_lock; may sleep.
 */
void vmadev_inode_unpin(struct vmadev_region *region)
{
	vmadev_inode_put(region);
	vmadev_region_put(region);
}

/**
 * vmadev_inode_adopt() - make an inode of another file system that of a region
 * @inode:  which nobody knows yet
 * @region: that has none; the inode takes the reference that the caller holds
 *
 * It counts as a handle, so that the region has no other inode meanwhile.
 */
void vmadev_inode_adopt(struct inode *inode, struct vmadev_region *region)
{
	set_region(inode, region);
	mutex_lock(&vmadev_regions_lock);
	region->inode = inode;
	region->handles = 1;
	mutex_unlock(&vmadev_regions_lock);
}

/**
 * vmadev_inode_leave() - the reverse, of an inode that has no file any more
 * @inode: the inode
 */
void vmadev_inode_leave(struct inode *inode)
{
	struct vmadev_region *region = inode->i_private;

	mutex_lock(&vmadev_regions_lock);
	region->inode = NULL;
	region->handles = 0;
	mutex_unlock(&vmadev_regions_lock);
	vmadev_region_put(region);
}

/**
 * vmadev_inode_file() - make an open file of a region
 * @region: that has a handle
 * @oflags: an access mode of open(2), 3 too: neither reads nor writes
 * @fops:   its operations, owned by this module
 *
 * Return: a file whose ->private_data is still to be set, or an error pointer.
 */
struct file *vmadev_inode_file(struct vmadev_region *region, int oflags,
			       const struct file_operations *fops)
{
	char name[sizeof("vmadev:") + VMADEV_NAME_MAX];
	struct file *file;

	snprintf(name, sizeof(name), "vmadev:%s", region->name);
	ihold(region->inode);
	__module_get(THIS_MODULE);	/* alloc_file_pseudo() does not, fput() puts it */
	file = alloc_file_pseudo(region->inode, vmadev_mnt, name, oflags | O_LARGEFILE, fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(region->inode);
		return file;
	}
	/* What may be done, at most, by a file that this one's path opens. */
	file->f_path.dentry->d_fsdata = (void *)(unsigned long)(oflags & O_ACCMODE);
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return file;
}
