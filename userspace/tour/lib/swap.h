/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Swap on zram, for the guest only: compressed memory as a swap device. */
#ifndef TOUR_SWAP_H
#define TOUR_SWAP_H

#include <stdbool.h>

/* Is there swap, or can we have some? If so swap_off undoes what was made. */
bool swap_on(void);
void swap_off(void);

#endif
