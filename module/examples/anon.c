// SPDX-License-Identifier: GPL-2.0
/*
 * A driver whose mappings are memory of their own, as those of /dev/zero: a private one
 * is anonymous, a shared one a tmpfs file that forks share. The offset means nothing.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mount.h>

#include "compat.h"

static struct vfsmount *mnt;

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

static int map_shared(struct vm_area_struct *vma)
{
	struct file *shm = example_shmem(mnt, vma->vm_end - vma->vm_start,
					 vma->vm_flags & VM_NORESERVE);

	if (IS_ERR(shm))
		return PTR_ERR(shm);
	vma_set_file(vma, shm);
	fput(shm);		/* the VMA holds it now, and no longer the device */
	vma->vm_pgoff = 0;	/* it has the size of the mapping */
	return vfs_mmap(shm, vma);
}

/*
 * On every kernel this is ->mmap: mmap_prepare cannot give a mapping another file (cache.c).
 *
 * vma_set_anonymous() is the kernel's own trick, made for /dev/zero: a VMA with no vm_ops is
 * anonymous, though it keeps its file. Nothing of the file is in it: a driver that has memory
 * of its own to show has no use for this.
 */
static int example_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYEXEC);	/* or mprotect() may add what mmap() refuses */
	if (vma->vm_flags & VM_MAYSHARE)	/* by a read-only descriptor it is not VM_SHARED */
		return map_shared(vma);
	vma_set_anonymous(vma);
	return 0;
}

static const struct file_operations example_fops = {
	.owner	= THIS_MODULE,	/* no exit while it is open, or mapped with this file */
	.mmap	= example_mmap,
};

static struct miscdevice example_dev = {
	.minor = MISC_DYNAMIC_MINOR, .name = KBUILD_MODNAME, .fops = &example_fops,
};

static int __init example_init(void)
{
	int err = mount_noexec();

	if (err)
		return err;
	err = misc_register(&example_dev);
	if (err)
		kern_unmount(mnt);
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	misc_deregister(&example_dev);
	kern_unmount(mnt);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver: mmap of anonymous memory");
MODULE_LICENSE("GPL");
