// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to a page that it freed, as a stale mapping would: built without KASAN.
 *
 * Signature: pagealloc: (memory corruption|single bit error)
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "broken.h"

#define PAGES	64

/* Whoever is given the page next finds the poison gone. */
static int __init page_poison_init(void)
{
	struct page *page = alloc_page(GFP_KERNEL), *next[PAGES];
	u64 *stale;

	if (!page)
		return -ENOMEM;
	stale = page_address(page);
	__free_page(page);
	for (int i = 0; i < 4; i++)
		WRITE_ONCE(stale[i], 0x1234567890abcdef);
	for (int i = 0; i < PAGES; i++)
		next[i] = alloc_page(GFP_KERNEL);
	for (int i = 0; i < PAGES; i++)
		if (next[i])
			__free_page(next[i]);
	return 0;
}

BROKEN(page_poison_init);
