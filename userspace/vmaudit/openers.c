// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of mappings that have a name: a file each in open/, a row each here. */
#include "open/open.h"

const struct opener *const openers[] = {
	&opener_anon,
	&opener_zero,
	&opener_memfd,
	&opener_file,
	&opener_vmadev,
	&opener_exec,
};

const size_t opener_count = ARRAY_SIZE(openers);
