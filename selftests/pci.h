/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI devices of a guest's, that the module is given. */
#ifndef PCI_H
#define PCI_H

#include "vmadev_test.h"

#define KIND_SHARED	"1af4:1110"	/* ivshmem */
#define KIND_EDU	"1234:11e8"
#define KIND_VIRTIO	"1af4:1044"	/* a source of random numbers */

/* Why the tests may be skipped. */
#define NO_DEVICE "no such PCI device in this guest"

static inline int bind_as(const char *device, bool combines)
{
	return vt_write_word("/sys/module/vmadev/parameters/write_combine",
			     combines ? "Y" : "N") || vt_pci_bind(device) ? -1 : 0;
}

#endif
