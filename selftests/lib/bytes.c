// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory and its contents */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vt.h"

size_t vt_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

int vt_kernel_at_least(int major, int minor)
{
	struct utsname u;
	int is_major, is_minor;

	if (uname(&u) || sscanf(u.release, "%d.%d", &is_major, &is_minor) != 2)
		return -1;
	return is_major > major || (is_major == major && is_minor >= minor);
}

bool vt_has_huge(void)
{
	struct utsname u;

	return !uname(&u) && (!strcmp(u.machine, "x86_64") || !strcmp(u.machine, "aarch64")) &&
	       vt_kernel_at_least(6, 12) == 1;
}

size_t vt_huge_bytes(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "re");
	size_t bytes = 0;

	if (file && fscanf(file, "%zu", &bytes) != 1)
		bytes = 0;
	if (file)
		fclose(file);
	return bytes;
}

static unsigned char pattern_at(size_t i, unsigned int seed)
{
	return seed * 61 + i + (i >> 8) * 37;
}

void vt_pattern(void *p, size_t n, unsigned int seed)
{
	unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = pattern_at(i, seed);
}

bool vt_is_pattern(const void *p, size_t n, unsigned int seed)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != pattern_at(i, seed))
			return false;
	return true;
}

bool vt_is_zero(const void *p, size_t n)
{
	const unsigned char *b = p;

	return !n || (!b[0] && !memcmp(b, b + 1, n - 1));
}

/* The longest run of hexadecimal digits: an address of the kernel's has many. */
size_t vt_longest_hex(const char *text)
{
	size_t run = 0, longest = 0;

	for (; *text; text++) {
		run = isxdigit((unsigned char)*text) ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}
