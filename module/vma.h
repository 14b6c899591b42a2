/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_VMA_H
#define VMADEV_VMA_H

#include <linux/mm.h>

#include "compat.h"
#include "handle.h"

/**
 * struct vmadev_strategy - how a mapping gets its page-table entries: one row
 *			    of a table, defined in the file of that strategy
 * @id:		enum vmadev_strategy_id
 * @name:	the same, as users write it
 * @backings:	bitmap of BIT(enum vmadev_backing_id)
 * @private:	MAP_PRIVATE too
 * @eager:	all entries are made at mmap
 * @vm_flags:	that every VMA of it carries
 * @vm_ops:	of every VMA of it; NULL: @map sets them
 * @serves:	can it serve this region, whose backing is right? NULL: yes
 * @prepare:	regions of pages, a kernel with mmap_prepare: say what is to be
 *		done to the VMA that will be; NULL: nothing before the touch.
 *		No state: a merge or a failure may follow.
 * @map:	otherwise: do it to the VMA. After an error the kernel unmaps
 *		what was mapped.
 */
struct vmadev_strategy {
	u32 id;
	const char *name;
	u32 backings;
	bool private;
	bool eager;
	vm_flags_t vm_flags;
	const struct vm_operations_struct *vm_ops;
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

/**
 * struct vmadev_request - what an mmap call asks for
 * @strategy:	  of the handle
 * @region:	  of the handle
 * @pgoff:	  first page
 * @nr_pages:	  how many
 * @vm_flags:	  as the kernel made them from protection and flags
 * @exec_implied: personality READ_IMPLIES_EXEC adds PROT_EXEC to PROT_READ
 */
struct vmadev_request {
	const struct vmadev_strategy *strategy;
	const struct vmadev_region *region;
	pgoff_t pgoff;
	unsigned long nr_pages;
	vm_flags_t vm_flags;
	bool exec_implied;
};

int vmadev_plan(const struct vmadev_request *request, vm_flags_t *vm_flags);

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
vm_fault_t vmadev_fault_end(struct vm_fault *vmf, vm_fault_t result, unsigned long nr_pages);
vm_fault_t vmadev_pfn_fault(struct vm_fault *vmf);	/* map_pfn.c */
vm_fault_t vmadev_page_fault(struct vm_fault *vmf);	/* map_page.c */

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
