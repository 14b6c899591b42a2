// SPDX-License-Identifier: GPL-2.0
/*
 * Removes an entry whose neighbour does not know it.
 *
 * Signature: list_del corruption
 */
#include <linux/list.h>

#include "broken.h"

static int __init list_corruption_init(void)
{
	struct list_head head, entry;

	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	head.next = &head;
	list_del(&entry);
	return 0;
}

BROKEN(list_corruption_init);
