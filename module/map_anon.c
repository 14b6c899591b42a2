// SPDX-License-Identifier: GPL-2.0
/*
 * Strategy anon: as /dev/zero. A private mapping is anonymous memory; a shared
 * one is a tmpfs object of its own, which its forks share.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/file.h>

#include "vma.h"

static int anon_map_shared(struct vm_area_struct *vma, struct vmadev_region *region)
{
	loff_t bytes = (loff_t)vma_pages(vma) << PAGE_SHIFT;
	struct file *shm;

	shm = vmadev_region_shmem(region, bytes, !(vma->vm_flags & VM_NORESERVE));
	if (IS_ERR(shm))
		return PTR_ERR(shm);
	/* Or the kernel, which may map it anew without asking here, would let it be written to. */
	SHMEM_I(file_inode(shm))->seals |= region->seals & VMADEV_SEALS_WRITE;
	vma_set_file(vma, shm);
	fput(shm);		/* the VMA holds it now */
	vma->vm_pgoff = 0;
	return vfs_mmap(shm, vma);
}

static int anon_map(struct vm_area_struct *vma, struct vmadev_region *region)
{
	if (vma->vm_flags & VM_MAYSHARE)
		return anon_map_shared(vma, region);
	vma_set_file(vma, region->shm);
	vma_set_anonymous(vma);
	return 0;
}

const struct vmadev_strategy vmadev_map_anon = {
	.id		= VMADEV_STRATEGY_ANON,
	.name		= "anon",
	.backings	= BIT(VMADEV_BACKING_NONE),
	.private	= true,
	.map		= anon_map,
};
