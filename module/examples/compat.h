/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, with the release that made it. EXAMPLE_HAVE_* are
 * asked of the kernel's headers by Kbuild: distributions backport, so its version
 * would not tell. A driver for one kernel keeps one hook and needs none of this.
 */
#ifndef EXAMPLE_COMPAT_H
#define EXAMPLE_COMPAT_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#ifdef EXAMPLE_HAVE_PFN_T
#include <linux/pfn_t.h>
#endif

/*
 * 7.0: mmap_prepare fills in a struct vm_area_desc before there is a VMA, and the
 * kernel makes the VMA of it; a file has one of the hooks, never both.
 */
#ifdef EXAMPLE_HAVE_MMAP_PREPARE
#define EXAMPLE_MMAP_HOOK .mmap_prepare = example_mmap_prepare
#else
#define EXAMPLE_MMAP_HOOK .mmap = example_mmap
#endif

/* 6.3: vm_flags became read-only, to be changed under the VMA's lock. */
#ifndef EXAMPLE_HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 6.16: calling another file's mmap hook, of either kind. */
#ifndef EXAMPLE_HAVE_VFS_MMAP
#define vfs_mmap call_mmap
#endif

/* 6.17: a PFN is a plain number again. */
#ifdef CONFIG_ARCH_SUPPORTS_HUGE_PFNMAP
static inline vm_fault_t example_insert_pfn_pmd(struct vm_fault *vmf, unsigned long pfn)
{
	bool write = vmf->flags & FAULT_FLAG_WRITE;

#ifdef EXAMPLE_HAVE_PFN_T
	return vmf_insert_pfn_pmd(vmf, pfn_to_pfn_t(pfn), write);
#else
	return vmf_insert_pfn_pmd(vmf, pfn, write);
#endif
}
#endif

/* 7.0: shmem's flags became a vma_flags_t. One bit of them is asked for: not to reserve swap. */
static inline struct file *example_shmem(struct vfsmount *mnt, loff_t bytes, bool noreserve)
{
#ifdef EXAMPLE_HAVE_SHMEM_VMA_FLAGS
	return shmem_file_setup_with_mnt(mnt, KBUILD_MODNAME, bytes, noreserve ?
					 mk_vma_flags(VMA_NORESERVE_BIT) : EMPTY_VMA_FLAGS);
#else
	return shmem_file_setup_with_mnt(mnt, KBUILD_MODNAME, bytes, noreserve ? VM_NORESERVE : 0);
#endif
}

#endif /* EXAMPLE_COMPAT_H */
