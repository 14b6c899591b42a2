/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PAGEMAP_SCAN, from <linux/fs.h> of 6.7; older headers do not have it. */
#ifndef VMATRACE_PAGEMAP_H
#define VMATRACE_PAGEMAP_H

#include <linux/fs.h>

#ifndef PAGEMAP_SCAN
#define PAGE_IS_FILE (1 << 2)
#define PAGE_IS_PRESENT (1 << 3)
#define PAGE_IS_SWAPPED (1 << 4)
#define PAGE_IS_PFNZERO (1 << 5)

struct page_region {
	__u64 start, end, categories;
};

struct pm_scan_arg {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#endif

#endif
