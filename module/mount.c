// SPDX-License-Identifier: GPL-2.0
/*
 * mount -t vmadev: a directory whose files are regions. Names are the kernel's own helpers
 * for file systems in memory (fs/libfs.c, as ramfs); what is done to an open file is done
 * to a region (file.c). A file has its region from its creation to when neither a name nor
 * a descriptor is left.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "compat.h"
#include "handle.h"
#include "mount.h"
#include "strategy.h"

static int mounted_open(struct inode *inode, struct file *file)
{
	const struct vmadev_mount *mount = inode->i_sb->s_fs_info;
	struct vmadev_region *region = inode->i_private;
	const struct vmadev_strategy *strategy;
	int err = vmadev_strategy_for(region, mount->strategy, &strategy);

	return err ?: vmadev_handle_open(file, region, strategy);
}

static const struct file_operations mounted_fops = {
	.owner	= THIS_MODULE,
	.open	= mounted_open,
};

/* Of a name, without a descriptor, too. */
static int mounted_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(idmap, dentry, attr);

	if (!err && attr->ia_valid & ATTR_SIZE)
		err = vmadev_region_truncate(inode->i_private, attr->ia_size);
	if (!err)
		setattr_copy(idmap, inode, attr);
	return err;
}

static const struct inode_operations mounted_file_ops = {
	.setattr	= mounted_setattr,
};

static struct inode *inode_new(struct super_block *sb, struct mnt_idmap *idmap,
			       const struct inode *dir, umode_t mode)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode_init_owner(idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	return inode;
}

static const struct inode_operations dir_ops;

static struct inode *dir_new(struct super_block *sb, struct mnt_idmap *idmap,
			     const struct inode *dir, umode_t mode)
{
	struct inode *inode = inode_new(sb, idmap, dir, S_IFDIR | mode);
	const struct vmadev_mount *mount = sb->s_fs_info;

	if (!inode)
		return NULL;
	inode->i_ino = vmadev_region_next_id();
	inode->i_op = mount->backing->sync ? &vmadev_named_dir_ops : &dir_ops;
	inode->i_fop = mount->backing->sync ? &vmadev_named_dir_fops : &simple_dir_operations;
	inc_nlink(inode);	/* the name "." in it */
	return inode;
}

/* The region is called as its file, if it can be. */
static struct vmadev_region *region_new(struct super_block *sb, const struct qstr *name)
{
	struct vmadev_mount *mount = sb->s_fs_info;
	struct vmadev_region_spec spec = {
		.backing = mount->backing,
		.node = NUMA_NO_NODE,
		.charged = true,
		.mounted = true,
		.cap = &mount->cap,
	};

	if (name->len < VMADEV_NAME_MAX && vmadev_region_name_ok(name->name))
		spec.name = name->name;
	return vmadev_region_create(&spec);
}

static struct inode *file_new(struct super_block *sb, struct mnt_idmap *idmap,
			      const struct inode *dir, const struct qstr *name, umode_t mode)
{
	struct vmadev_region *region = region_new(sb, name);
	const struct vmadev_mount *mount = sb->s_fs_info;
	struct inode *inode;

	if (IS_ERR(region))
		return ERR_CAST(region);
	inode = inode_new(sb, idmap, dir, S_IFREG | mode);
	if (!inode) {
		vmadev_region_put(region);
		return ERR_PTR(-ENOMEM);
	}
	inode->i_op = &mounted_file_ops;
	inode->i_fop = &mounted_fops;
	vmadev_inode_adopt(inode, region);
	if (mount->writeback)
		insert_inode_hash(inode);	/* of others the kernel writes nothing back */
	return inode;
}

/**
 * vmadev_mount_create() - make a file, with a region
 * @idmap:  of its owner
 * @dir:    where
 * @dentry: its name
 * @mode:   its mode
 *
 * Return: 0 or an error.
 */
int vmadev_mount_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
			umode_t mode)
{
	struct inode *inode = file_new(dir->i_sb, idmap, dir, &dentry->d_name, mode);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	d_make_persistent(dentry, inode);
	vmadev_dir_changed(dir);
	return 0;
}

/**
 * vmadev_mount_mkdir() - make a directory
 * @idmap:  of its owner
 * @dir:    where
 * @dentry: its name
 * @mode:   its mode
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_mount_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       umode_t mode)
{
	struct inode *inode = dir_new(dir->i_sb, idmap, dir, mode);

	if (!inode)
		return -ENOMEM;
	d_make_persistent(dentry, inode);
	inc_nlink(dir);
	vmadev_dir_changed(dir);
	return 0;
}

static int dir_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		      VMADEV_CREATE_MODE)
{
	return vmadev_mount_create(idmap, dir, dentry, mode);
}

static vmadev_mkdir_t dir_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				struct dentry *dentry, umode_t mode)
{
	return vmadev_mkdir_result(vmadev_mount_mkdir(idmap, dir, dentry, mode));
}

static const struct inode_operations dir_ops = {
	.create		= dir_create,
	.lookup		= simple_lookup,
	.link		= simple_link,
	.unlink		= simple_unlink,
	.mkdir		= dir_mkdir,
	.rmdir		= simple_rmdir,
	.rename		= simple_rename,
};

static void mount_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (S_ISREG(inode->i_mode))
		vmadev_inode_leave(inode);
}

/* What the other regions have is not told, though it may be what there is too little of. */
static int mount_statfs(struct dentry *dentry, struct kstatfs *statfs)
{
	const struct vmadev_mount *mount = dentry->d_sb->s_fs_info;
	u64 bytes = atomic64_read(&mount->cap.bytes), most = min(mount->cap.max, vmadev_max_bytes);

	simple_statfs(dentry, statfs);
	statfs->f_blocks = most >> PAGE_SHIFT;
	statfs->f_bfree = (most - min(bytes, most)) >> PAGE_SHIFT;
	statfs->f_bavail = statfs->f_bfree;
	return 0;
}

/* sync(2), syncfs(2), after the bytes; and what is mounted no more */
static int mount_sync(struct super_block *sb, int wait)
{
	const struct vmadev_mount *mount = sb->s_fs_info;

	if (mount->writeback && wait)
		vmadev_names_settle(vmadev_names_of(sb));
	return 0;
}

static void mount_put_super(struct super_block *sb)
{
	vmadev_names_settle(vmadev_names_of(sb));
}

static const struct super_operations mount_ops = {
	.drop_inode	= inode_just_drop,
	.evict_inode	= mount_evict_inode,
	.sync_fs	= mount_sync,
	.put_super	= mount_put_super,
	.statfs		= mount_statfs,
	.show_options	= vmadev_mount_show,
};

/**
 * vmadev_mount_fill() - make the directory that is mounted
 * @sb: whose ->s_fs_info is a &struct vmadev_mount
 * @fc: not used
 *
 * Return: 0, -ENOMEM, or what super_setup_bdi() says.
 */
int vmadev_mount_fill(struct super_block *sb, struct fs_context *fc)
{
	const struct vmadev_mount *mount = sb->s_fs_info;
	struct inode *root;
	int err = mount->writeback ? super_setup_bdi(sb) : 0;

	if (err)
		return err;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = VMADEV_FS_MAGIC;
	sb->s_op = &mount_ops;
	sb->s_time_gran = 1;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	root = dir_new(sb, &nop_mnt_idmap, NULL, mount->mode);
	if (root) {
		root->i_uid = mount->uid;
		root->i_gid = mount->gid;
	}
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static void mount_kill(struct super_block *sb)
{
	struct vmadev_mount *mount = sb->s_fs_info;

	vmadev_kill_super(sb);
	kfree(mount);
}

/* No user namespace mounts it: who may, may have a region of any size for anybody. */
static struct file_system_type mount_type = {
	.name			= "vmadev",
	.owner			= THIS_MODULE,
	.init_fs_context	= vmadev_mount_begin,
	.parameters		= vmadev_mount_parameters,
	.kill_sb		= mount_kill,
};
MODULE_ALIAS_FS("vmadev");

/**
 * vmadev_mount_init() - from now on it can be mounted
 *
 * Return: 0 or -EBUSY.
 */
int vmadev_mount_init(void)
{
	return register_filesystem(&mount_type);
}

/**
 * vmadev_mount_exit() - nothing of it is mounted any more: that holds the module
 */
void vmadev_mount_exit(void)
{
	unregister_filesystem(&mount_type);
}
