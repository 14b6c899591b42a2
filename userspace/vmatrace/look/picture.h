/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address space as a picture. */
#ifndef VMATRACE_PICTURE_H
#define VMATRACE_PICTURE_H

#include <stdio.h>

#include "source.h"

/* What a VMA is drawn as; the pictures have a colour for each. */
enum kind {
	KIND_NONE,		/* no rights: reserved, a guard */
	KIND_CODE,
	KIND_DATA,		/* of a file, private and writable */
	KIND_FILE,		/* of a file, only read */
	KIND_SHARED,		/* and writable */
	KIND_HEAP,
	KIND_STACK,
	KIND_ANON,
	KIND_KERNEL,		/* [vdso] and the like */
	KINDS,
};

enum kind kind_of(const struct mm *mm, const struct vma *vma);
extern const char *const kind_names[KINDS];

/**
 * struct row - VMAs that are drawn in one line
 * @first: of them; @count
 * @gap:   so many bytes are free before the first; it is drawn if it is not 0
 */
struct row {
	size_t first, count;
	__u64 gap;
};

/* rows_make - what belongs together, together; never more rows than people look at */
struct row *rows_make(const struct mm *mm, size_t *count);
/* row_name - what it is of: "" for anonymous memory */
const char *row_name(const struct mm *mm, const struct row *row, char *room, size_t size);

/* residency may be NULL: nobody knows it */
bool draw_svg(FILE *out, const char *title, const struct mm *mm, const struct residency *residency);
/* of a trace with what changed over time */
bool draw_html(FILE *out, struct source *source);

#endif
