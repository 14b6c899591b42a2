/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_BAR_H
#define VMADEV_BAR_H

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "compat.h"
#include "region.h"

/**
 * struct vmadev_bar - device memory that a region is
 * @base: where the kernel has it mapped itself; gone with the device
 * @pfn:  the first
 *
 * What @base is of keeps each other mapping of it from having another cache attribute, where
 * the machine looks after that.
 */
struct vmadev_bar {
	void __iomem *base;
	unsigned long pfn;
};

/* backing_bar.c */
int vmadev_bar_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write);

/* pci.c */
#ifdef VMADEV_HAVE_BARS
int vmadev_pci_init(void);
void vmadev_pci_exit(void);
#else
static inline int vmadev_pci_init(void)
{
	return 0;
}

static inline void vmadev_pci_exit(void)
{
}
#endif

#endif /* VMADEV_BAR_H */
