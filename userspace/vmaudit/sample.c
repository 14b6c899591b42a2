// SPDX-License-Identifier: GPL-2.0-or-later
/* A page whose bytes are known while somebody else reads or writes it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <vt.h>

#include "vmaudit.h"

#define SEED 41

static struct sample taken;	/* and changed: to be put back */

struct sample take_sample(struct audit *audit, char *at)
{
	struct sample sample = { .at = at, .length = page_size() };

	sample.before = malloc(sample.length);
	sample.now = malloc(sample.length);
	if (!sample.before || !sample.now)
		not_asked(audit, "no memory");
	must_read(audit, at, "the mapping");
	memcpy(sample.before, at, sample.length);
	memcpy(sample.now, at, sample.length);
	if (audit->subject->prot & PROT_WRITE) {
		must_write(audit, at, sample.before[0], "the mapping");
		vt_pattern(sample.now, sample.length, SEED);
		taken = sample;
		memcpy(at, sample.now, sample.length);
	}
	return sample;
}

void put_back_sample(void)
{
	if (taken.at && !vt_write(taken.at, taken.before[0]))
		memcpy(taken.at, taken.before, taken.length);
}

/* The first byte that differs, or @length. */
static size_t first_difference(const char *left, const char *right, size_t length)
{
	size_t i = 0;

	while (i < length && left[i] == right[i])
		i++;
	return i;
}

void sample_was_read(struct audit *audit, const struct sample *sample, const char *got, ssize_t n,
		     const char *how)
{
	size_t i;

	if (n < 0)
		refused(audit, "%s", how);
	if (!n)
		silent(audit, "%s: success, and not a byte", how);
	i = first_difference(sample->now, got, (size_t)n);
	if (i < (size_t)n)
		defect(audit, "%s: byte %zu is %#x, and %#x in the mapping", how, i,
		       (unsigned char)got[i], (unsigned char)sample->now[i]);
	works(audit, "%s: %zd bytes, those of the mapping", how, n);
}

void sample_was_written(struct audit *audit, const struct sample *sample, const char *given,
			ssize_t n, const char *how)
{
	size_t i;

	if (n < 0)
		refused(audit, "%s", how);
	if (!n)
		silent(audit, "%s: success, and not a byte", how);
	i = first_difference(sample->at, given, (size_t)n);
	if (i < (size_t)n)
		defect(audit, "%s: byte %zu is %#x in the mapping, and %#x was written", how, i,
		       (unsigned char)sample->at[i], (unsigned char)given[i]);
	works(audit, "%s: %zd bytes, and the mapping holds them", how, n);
}
