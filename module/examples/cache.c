// SPDX-License-Identifier: GPL-2.0
/*
 * A driver whose memory is the page cache of a tmpfs file, and whose mappings are that
 * file's: all that page cache can do (fault-around, userfaultfd, huge pages, swap) works.
 * A mapping holds neither the device nor this module, and may outlive both.
 */
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mount.h>

#include "compat.h"

#define NR_PAGES	16UL

static struct vfsmount *mnt;
static struct file *shm;

/*
 * On every kernel this is ->mmap: what mmap_prepare puts for desc->vm_file leaks a reference
 * when the mapping merges, and the mmap_prepare of tmpfs looks at desc->file, the device.
 * The range by subtraction: offset + length may overflow. And nothing gives back VM_MAYWRITE,
 * which the kernel took where the descriptor is read-only: the file of tmpfs is not.
 */
static int example_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff >= NR_PAGES || vma_pages(vma) > NR_PAGES - vma->vm_pgoff)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);	/* or mprotect() may add what mmap() refuses */
	vma_set_file(vma, shm);			/* takes a reference, drops that of @file */
	return vfs_mmap(shm, vma);
}

/* tmpfs again, but noexec: remap_file_pages() asks the file, not us, what may be executed. */
static int mount_noexec(void)
{
	struct file_system_type *tmpfs = get_fs_type("tmpfs");

	mnt = tmpfs ? kern_mount(tmpfs) : ERR_PTR(-ENODEV);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	mnt->mnt_sb->s_iflags |= SB_I_NOEXEC;
	return 0;
}

static const struct file_operations example_fops = {
	.owner	= THIS_MODULE,	/* no exit while it is open */
	.mmap	= example_mmap,
};

static struct miscdevice example_dev = {
	.minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME, .fops = &example_fops,
};

static int __init example_init(void)
{
	int err;

	err = mount_noexec();
	if (err)
		return err;
	shm = example_shmem(mnt, NR_PAGES << PAGE_SHIFT, true);
	err = PTR_ERR_OR_ZERO(shm);
	if (err)
		goto unmount;
	/* Root gets at the file by /proc/PID/map_files: it keeps its size. */
	SHMEM_I(file_inode(shm))->seals |= F_SEAL_SHRINK | F_SEAL_GROW;
	err = misc_register(&example_dev);
	if (!err)
		return 0;
	fput(shm);
unmount:
	kern_unmount(mnt);
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	misc_deregister(&example_dev);
	fput(shm);
	kern_unmount(mnt);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver: mmap of page cache");
MODULE_LICENSE("GPL");
