/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that differs between kernels, with the release that made it. VMADEV_HAVE_*
 * are asked of the kernel's headers by Kbuild.
 */
#ifndef VMADEV_COMPAT_H
#define VMADEV_COMPAT_H

#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

/*
 * 7.0: file_operations.mmap_prepare fills in a struct vm_area_desc before
 * there is a VMA; what fills the page tables is an action that the kernel
 * takes later. Before, file_operations.mmap did all of it to a VMA. What
 * follows from VMADEV_HAVE_MMAP_PREPARE is in vma.h and with the two
 * strategies that act at mmap, side by side.
 */

/*
 * 7.0: the flags of a VMA became a bitmap that is told of by bits, with helpers
 * of its own. What is written here is written that way; before, it means masks.
 */
#ifndef VMADEV_HAVE_VMA_FLAGS
#define vma_flags_t		vm_flags_t

#define VMA_EXEC_BIT		VM_EXEC
#define VMA_SHARED_BIT		VM_SHARED
#define VMA_WRITE_BIT		VM_WRITE
#define VMA_MAYEXEC_BIT		VM_MAYEXEC
#define VMA_MAYSHARE_BIT	VM_MAYSHARE
#define VMA_MAYWRITE_BIT	VM_MAYWRITE
#define VMA_PFNMAP_BIT		VM_PFNMAP
#define VMA_IO_BIT		VM_IO
#define VMA_DONTEXPAND_BIT	VM_DONTEXPAND
#define VMA_DONTDUMP_BIT	VM_DONTDUMP
#define VMA_MIXEDMAP_BIT	VM_MIXEDMAP
#define VMA_HUGEPAGE_BIT	VM_HUGEPAGE

#define EMPTY_VMA_FLAGS		((vma_flags_t)0)
#define VMADEV_OR5(a, b, c, d, e, ...)	((a) | (b) | (c) | (d) | (e))
#define mk_vma_flags(...)	((vma_flags_t)VMADEV_OR5(__VA_ARGS__, 0, 0, 0, 0, 0))

static inline bool vma_flags_test(const vma_flags_t *flags, vma_flags_t bit)
{
	return *flags & bit;
}

#define vma_flags_clear(flags, bit)	(*(flags) &= ~(bit))

static inline pgprot_t vma_flags_to_page_prot(vma_flags_t flags)
{
	return vm_get_page_prot(flags);
}
#endif

/* 7.1: what drops entries of a VMA that maps PFNs has another name. */
#ifndef VMADEV_HAVE_ZAP_SPECIAL
#define zap_special_vma_range zap_vma_ptes
#endif

/**
 * vmadev_vma_flags() - the flags of a VMA
 * @vma: the VMA
 */
static inline vma_flags_t vmadev_vma_flags(const struct vm_area_struct *vma)
{
#ifdef VMADEV_HAVE_VMA_FLAGS
	return vma->flags;
#else
	return vma->vm_flags;
#endif
}

/**
 * vmadev_vma_change_flags() - set and clear flags of a VMA, protection included
 * @vma:   that is not in any tree yet
 * @set:   to be set
 * @clear: to be cleared
 *
 * 6.3: vm_flags became read-only, to be changed by functions.
 */
static inline void vmadev_vma_change_flags(struct vm_area_struct *vma, vma_flags_t set,
					   vma_flags_t clear)
{
#if defined(VMADEV_HAVE_VMA_FLAGS)
	vma_clear_flags_mask(vma, clear);
	vma_set_flags_mask(vma, set);
#elif defined(VMADEV_HAVE_VM_FLAGS_SET)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags & ~clear) | set;
#endif
	vma->vm_page_prot = vma_flags_to_page_prot(vmadev_vma_flags(vma));
}

/* 6.4: a fault may run under the VMA's own lock, without mmap_lock. */
#ifndef VMADEV_HAVE_VMA_LOCK
#define FAULT_FLAG_VMA_LOCK 0
#endif

/* 6.6: a fault lets go of the lock that it runs under, to come again later. */
static inline void vmadev_release_fault_lock(struct vm_fault *vmf)
{
#ifdef VMADEV_HAVE_RELEASE_FAULT_LOCK
	release_fault_lock(vmf);
#else
	mmap_read_unlock(vmf->vma->vm_mm);
#endif
}

/* 6.5: splice from a device copies; generic_file_splice_read is gone. */
#ifndef VMADEV_HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

/* 6.16: calling another file's mmap hook, of either kind. */
#ifndef VMADEV_HAVE_VFS_MMAP
#define vfs_mmap call_mmap
#endif

/* 6.3: what an inode operation is told of an idmapped mount. */
#ifndef VMADEV_HAVE_MNT_IDMAP
#include <linux/user_namespace.h>
#define mnt_idmap user_namespace
#define nop_mnt_idmap init_user_ns
#else
#include <linux/mnt_idmapping.h>
#endif

/**
 * vmadev_path_of() - the path of a file that nobody knows yet, to be changed
 * @file: the file
 *
 * 6.19: it is constant, but by another name.
 */
static inline struct path *vmadev_path_of(struct file *file)
{
#ifdef VMADEV_HAVE_CONST_F_PATH
	return &file->__f_path;
#else
	return &file->f_path;
#endif
}

/* 6.7: the three time stamps at once. */
#ifndef VMADEV_HAVE_INODE_INIT_TS
static inline void simple_inode_init_ts(struct inode *inode)
{
	inode->i_ctime = current_time(inode);
	inode->i_mtime = inode->i_ctime;
	inode->i_atime = inode->i_ctime;
}
#endif

/**
 * vmadev_dir_changed() - a directory has a name more, at this time
 * @dir: the directory
 *
 * 6.7: time stamps are set by functions.
 */
static inline void vmadev_dir_changed(struct inode *dir)
{
#ifdef VMADEV_HAVE_INODE_INIT_TS
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
#else
	dir->i_ctime = current_time(dir);
	dir->i_mtime = dir->i_ctime;
#endif
}

/* 7.0: ->create is not told if there may be such a file, which the kernel has seen to. */
#ifdef VMADEV_HAVE_CREATE_EXCL
#define VMADEV_CREATE_MODE	umode_t mode, bool excl
#else
#define VMADEV_CREATE_MODE	umode_t mode
#endif

/* 6.15: ->mkdir returns a dentry, if it is another one, or an error. */
#ifdef VMADEV_HAVE_MKDIR_DENTRY
#define vmadev_mkdir_t		struct dentry *

static inline struct dentry *vmadev_mkdir_result(int err)
{
	return ERR_PTR(err);
}
#else
#define vmadev_mkdir_t		int

static inline int vmadev_mkdir_result(int err)
{
	return err;
}
#endif

/* 6.18: another name for what has no inode stay that nobody uses. */
#ifndef VMADEV_HAVE_INODE_JUST_DROP
#define inode_just_drop generic_delete_inode
#endif

/* 6.19: the kernel knows which names stay without a user, and drops these at umount. */
#ifndef VMADEV_HAVE_D_MAKE_PERSISTENT
static inline void d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	dget(dentry);
}

#define vmadev_kill_super kill_litter_super
#else
#define vmadev_kill_super kill_anon_super
#endif

/* 6.8: MAX_ORDER, which had meant the first order that is too large, was renamed. */
#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#endif

/**
 * vmadev_forget_pat() - take back what remap_pfn_range() of a whole VMA leaves on it
 * @vma: one that maps RAM; locked for writing
 *
 * For RAM only, whose memory type nobody has to reserve; a driver that maps
 * device memory keeps the mark. x86 reserves the memory type of PFNs that are not
 * RAM until the VMA goes, and knows them again by the VMA's first PTE. For RAM it
 * reserves nothing and yet marks the VMA. Where zaps race with a fork, an munmap
 * or each other, one of them then finds the mark and no PTE: it warns, and fork
 * fails. 6.16: there is no such mark.
 *
 * See https://lore.kernel.org/r/20240712144244.3090089-1-peterx@redhat.com
 */
static inline void vmadev_forget_pat(struct vm_area_struct *vma)
{
#ifdef VM_PAT
	vmadev_vma_change_flags(vma, EMPTY_VMA_FLAGS, VM_PAT);
#endif
}

/* 7.1: batches of folios have a header of that name. */
#ifdef VMADEV_HAVE_FOLIO_BATCH_H
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

/* 7.0: allocation by object. */
#ifndef kzalloc_obj
#define kzalloc_obj(object, gfp) kzalloc(sizeof(object), gfp)
#endif

/**
 * vmadev_shmem_file() - make an unlinked tmpfs file
 * @mnt:     of the kernel's own tmpfs; NULL: the kernel's own mount of it
 * @name:    what /proc/PID/maps shows
 * @bytes:   its size
 * @reserve: commit the memory now (as shared anonymous memory does), rather
 *	     than at the first access (as memfd does)
 *
 * 7.0: the flags became a vma_flags_t.
 */
static inline struct file *vmadev_shmem_file(struct vfsmount *mnt, const char *name,
					     loff_t bytes, bool reserve)
{
#ifdef VMADEV_HAVE_SHMEM_VMA_FLAGS
	vma_flags_t flags = reserve ? EMPTY_VMA_FLAGS : mk_vma_flags(VMA_NORESERVE_BIT);
#else
	unsigned long flags = reserve ? 0 : VM_NORESERVE;
#endif
	return mnt ? shmem_file_setup_with_mnt(mnt, name, bytes, flags) :
		     shmem_file_setup(name, bytes, flags);
}

/**
 * vmadev_alloc_contig_pages() - a contiguous range of pages, longer than the
 *				 buddy allocator's, for which others are moved
 * @nr_pages: how many; they come as order 0, each with its own reference. The kernel
 *	      looks for them in steps of as many, so that they begin at a multiple of
 *	      the power of two that divides it.
 * @gfp:      no __GFP_ACCOUNT
 * @node:     where
 *
 * 7.0: exported to modules. Before, there were none to be had.
 */
static inline struct page *vmadev_alloc_contig_pages(unsigned long nr_pages, gfp_t gfp, int node)
{
#ifdef VMADEV_HAVE_ALLOC_CONTIG_PAGES
	return alloc_contig_pages(nr_pages, gfp, node, NULL);
#else
	return NULL;
#endif
}

/**
 * vmadev_folio_mapcount() - how many entries map a folio, or a page of it
 * @folio: of a file, or of a driver
 *
 * 6.10: inline. Before, a function that is not exported.
 */
static inline int vmadev_folio_mapcount(struct folio *folio)
{
#ifdef VMADEV_HAVE_FOLIO_MAPCOUNT
	return folio_mapcount(folio);
#else
	long i, nr = folio_nr_pages(folio);
	int entire, all;

	if (!folio_test_large(folio))
		return atomic_read(&folio->_mapcount) + 1;
	/* An entry of all of it counts once for it, and once for each page. */
	entire = folio_entire_mapcount(folio);
	all = entire - entire * nr;
	for (i = 0; i < nr; i++)
		all += atomic_read(&folio_page(folio, i)->_mapcount) + 1;
	return all;
#endif
}

/*
 * A driver that fills PTEs itself, by apply_to_page_range(), needs set_pte_at().
 * What that comes down to is exported to modules, or inline, on these machines.
 */
#if defined(CONFIG_X86) || defined(CONFIG_ARM64)
#define VMADEV_HAVE_SET_PTE_AT
#endif

/*
 * Where devices have memory that is mapped, and 64 bits to say where it is. What is copied is
 * as the CPU has it, which elsewhere is not as the device does.
 */
#if defined(CONFIG_PCI) && defined(CONFIG_64BIT) && !defined(CONFIG_CPU_BIG_ENDIAN)
#define VMADEV_HAVE_BARS
#endif

/*
 * 6.12: huge entries of PFNs, on some machines. Before, the kernel asked a driver for
 * none but for DAX. 6.17: a PFN is a number, where it had been a pfn_t.
 */
#if defined(CONFIG_ARCH_SUPPORTS_HUGE_PFNMAP) && defined(CONFIG_TRANSPARENT_HUGEPAGE)
#define VMADEV_HAVE_HUGE_PFNMAP

#ifdef VMADEV_HAVE_PFN_T
#include <linux/pfn_t.h>
#define VMADEV_PFN_ARG(pfn)	__pfn_to_pfn_t(pfn, PFN_DEV)
#else
#define VMADEV_PFN_ARG(pfn)	(pfn)
#endif

static inline vm_fault_t vmadev_insert_pfn_pmd(struct vm_fault *vmf, unsigned long pfn, bool write)
{
	return vmf_insert_pfn_pmd(vmf, VMADEV_PFN_ARG(pfn), write);
}
#endif

#endif /* VMADEV_COMPAT_H */
