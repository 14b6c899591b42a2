/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_VMA_H
#define VMADEV_VMA_H

#include <linux/mm.h>

#include "compat.h"
#include "handle.h"

/**
 * enum vmadev_maps - what the PTEs of a strategy map, which decides the VMA's flags
 * @VMADEV_MAPS_PAGES: refcounted pages, or what the kernel's own vm_ops map: no flag
 * @VMADEV_MAPS_PFNS:  PFNs, behind which the kernel looks for no page
 * @VMADEV_MAPS_HUGE_PFNS: the same, by entries of a PMD too, whatever the administrator
 *		       thinks of huge pages that take memory of others
 * @VMADEV_MAPS_MIXED: refcounted pages, inserted before there is a fault
 */
enum vmadev_maps {
	VMADEV_MAPS_PAGES,
	VMADEV_MAPS_PFNS,
	VMADEV_MAPS_HUGE_PFNS,
	VMADEV_MAPS_MIXED,
};

/**
 * struct vmadev_strategy - how a mapping gets its page-table entries: one row
 *			    of a table, defined in the file of that strategy
 * @id:		enum vmadev_strategy_id
 * @name:	the same, as users write it
 * @backings:	bitmap of BIT(enum vmadev_backing_id), and VMADEV_ANY_CACHE
 * @private:	MAP_PRIVATE too
 * @eager:	all PTEs are made at mmap
 * @maps:	what they map
 * @orders:	bitmap: entries of 2^N pages that it makes beside PTEs
 * @vm_ops:	of every VMA of it; NULL: @map sets them
 * @log_ops:	the same, of a region that keeps a log of what is written to; NULL: of
 *		those backings there is none
 * @bar_ops:	the same, of a region that is memory of a device; NULL: it serves none
 * @serves:	can it serve this region, whose backing is right? NULL: yes
 * @prepare:	regions of pages, a kernel with mmap_prepare: say what is to be
 *		done to the VMA that will be; NULL: nothing before the first fault.
 *		It changes nothing: a merge with a neighbour may follow, which makes
 *		no VMA, or a failure, of which no hook tells.
 * @map:	otherwise: do it to the VMA. After an error the kernel unmaps
 *		what was mapped.
 *
 * @prepare and @map are called under vmadev_region_read_lock(). They return 0,
 * -EIO (a page in the range is poisoned), -ENOMEM or -ESTALE (the handle's mappings have
 * ended). One that makes PTEs of pages that
 * may be taken away notes it by vmadev_eager_begin().
 */
struct vmadev_strategy {
	u32 id;
	const char *name;
	u32 backings;
	bool private;
	bool eager;
	enum vmadev_maps maps;
	u64 orders;
	const struct vm_operations_struct *vm_ops;
	const struct vm_operations_struct *log_ops;
	const struct vm_operations_struct *bar_ops;
	bool (*serves)(const struct vmadev_region *region);
#ifdef VMADEV_HAVE_MMAP_PREPARE
	int (*prepare)(struct vm_area_desc *desc, struct vmadev_region *region);
#endif
	int (*map)(struct vm_area_struct *vma, struct vmadev_region *region);
};

extern const struct vmadev_strategy vmadev_map_remap;
extern const struct vmadev_strategy vmadev_map_pfn;
extern const struct vmadev_strategy vmadev_map_page;
extern const struct vmadev_strategy vmadev_map_insert;
extern const struct vmadev_strategy vmadev_map_cache;
extern const struct vmadev_strategy vmadev_map_anon;
extern const struct vmadev_strategy vmadev_map_huge;
extern const struct vmadev_strategy vmadev_map_filemap;

/**
 * struct vmadev_request - what an mmap call asks for
 * @strategy:	  of the handle
 * @region:	  of the handle
 * @window:	  of the handle; NULL is as one without pages
 * @pgoff:	  first page
 * @nr_pages:	  how many
 * @flags:	  as the kernel made them from protection and flags
 * @exec_implied: personality READ_IMPLIES_EXEC adds PROT_EXEC to PROT_READ
 */
struct vmadev_request {
	const struct vmadev_strategy *strategy;
	const struct vmadev_region *region;
	const struct vmadev_range *window;
	pgoff_t pgoff;
	unsigned long nr_pages;
	vma_flags_t flags;
	bool exec_implied;
};

/**
 * struct vmadev_plan - what becomes of the flags of the VMA
 * @set:   to be set
 * @clear: to be cleared
 */
struct vmadev_plan {
	vma_flags_t set;
	vma_flags_t clear;
};

int vmadev_plan(const struct vmadev_request *request, struct vmadev_plan *plan);

/* The two hooks of struct file_operations, and which one regions of pages use. */
int vmadev_mmap(struct file *file, struct vm_area_struct *vma);
#ifdef VMADEV_HAVE_MMAP_PREPARE
int vmadev_mmap_prepare(struct vm_area_desc *desc);
#define VMADEV_MMAP_HOOK	.mmap_prepare = vmadev_mmap_prepare
#else
#define VMADEV_MMAP_HOOK	.mmap = vmadev_mmap
#endif

/* What the vm_ops of the strategies have in common. */
void vmadev_vma_open(struct vm_area_struct *vma);
void vmadev_vma_close(struct vm_area_struct *vma);
int vmadev_vma_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write);
vm_fault_t vmadev_vma_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end);

#define VMADEV_FAULT_OPS(how)			\
	.fault		= how,			\
	.map_pages	= vmadev_vma_map_pages

/* map_pfn.c, where x86 has remap_pfn_range() look up memory types */
int vmadev_map_vma(struct vm_area_struct *vma, const struct vmadev_region *region);

/* bar_fault.c */
extern const struct vm_operations_struct vmadev_bar_ops;
int vmadev_map_bar_vma(struct vm_area_struct *vma, const struct vmadev_region *region);

/* Faults that two strategies share: map_pfn.c, map_page.c */
vm_fault_t vmadev_pfn_fault(struct vm_fault *vmf);
vm_fault_t vmadev_pfn_log_fault(struct vm_fault *vmf);
vm_fault_t vmadev_page_fault(struct vm_fault *vmf);

/* mkwrite.c: a store, where one is logged */
vm_fault_t vmadev_page_mkwrite(struct vm_fault *vmf);
vm_fault_t vmadev_pfn_mkwrite(struct vm_fault *vmf);

/*
 * Only for VMAs that cannot merge anyway: vm_ops->close prevents it. Under
 * mmap_prepare, ->mapped tells that the VMA was set up; before, ->mmap knew.
 */
#ifdef VMADEV_HAVE_MMAP_PREPARE
int vmadev_vma_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
		      const struct file *file, void **private);
#define VMADEV_VMA_LIFE_OPS		\
	.mapped	= vmadev_vma_mapped,	\
	.open	= vmadev_vma_open,	\
	.close	= vmadev_vma_close
#else
#define VMADEV_VMA_LIFE_OPS		\
	.open	= vmadev_vma_open,	\
	.close	= vmadev_vma_close
#endif

#endif /* VMADEV_VMA_H */
