/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set-up that fixtures over VT_MODES share */
#ifndef MODE_H
#define MODE_H

#include <errno.h>

/*
 * self->fd becomes a new region with the variant's backing and strategy. Only
 * remap may be missing, where the kernel gave contig more than one run, and huge.
 */
#define CREATE_MODE(bytes, name) do {						\
	VT_NEEDS(variant->strategy);						\
	self->fd = vt_create(variant->backing, variant->strategy, bytes, name);	\
	if (self->fd < 0 && errno == EOPNOTSUPP &&				\
	    variant->strategy == VMADEV_STRATEGY_REMAP)				\
		SKIP(return, VT_NOT_ONE_RUN);					\
	ASSERT_LE(0, self->fd);							\
} while (0)

#endif /* MODE_H */
