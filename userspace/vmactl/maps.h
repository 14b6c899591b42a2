/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMACTL_MAPS_H
#define VMACTL_MAPS_H

#include <stdbool.h>
#include <stddef.h>

/* Prints the maps line and the VmFlags of each VMA of this process in a range. */
void print_maps(const void *address, size_t length, bool json);

#endif
