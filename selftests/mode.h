/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set-up that fixtures over VT_MODES share */
#ifndef MODE_H
#define MODE_H

/*
 * self->fd becomes a new region with the variant's backing and strategy. Only
 * remap may be missing, where the kernel gave contig more than one run, and huge.
 */
#define CREATE_MODE(bytes, name) do {						\
	self->fd = vt_create(variant->backing, variant->strategy, bytes, name);	\
	if (self->fd < 0 && vt_why_not(variant->strategy))			\
		SKIP(return, "%s", vt_why_not(variant->strategy));		\
	ASSERT_LE(0, self->fd);							\
} while (0)

#endif /* MODE_H */
