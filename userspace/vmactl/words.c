// SPDX-License-Identifier: GPL-2.0-or-later
/* PROT_* and MAP_* in words, as make-vma takes them. */
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>

#include "vmactl.h"

struct word {
	const char *name;
	int value;
};

static const struct word prots[] = {
	{ "none", PROT_NONE },
	{ "read", PROT_READ },
	{ "write", PROT_WRITE },
	{ "exec", PROT_EXEC },
};

static const struct word flags[] = {
	{ "shared", MAP_SHARED },
	{ "private", MAP_PRIVATE },
	{ "validate", MAP_SHARED_VALIDATE },
	{ "populate", MAP_POPULATE },
	{ "nonblock", MAP_NONBLOCK },
	{ "locked", MAP_LOCKED },
	{ "noreserve", MAP_NORESERVE },
	{ "fixed", MAP_FIXED },
	{ "noreplace", MAP_FIXED_NOREPLACE },
	{ "sync", MAP_SYNC },
	{ "hugetlb", MAP_HUGETLB },
	{ "growsdown", MAP_GROWSDOWN },
	{ "stack", MAP_STACK },
#ifdef MAP_32BIT
	{ "32bit", MAP_32BIT },
#endif
};

const char *prot_word(__u32 index)
{
	return index <= ARRAY_SIZE(prots) ? prots[index - 1].name : NULL;
}

const char *flag_word(__u32 index)
{
	return index <= ARRAY_SIZE(flags) ? flags[index - 1].name : NULL;
}

static int parse_list(const char *option, const struct word *words, size_t count,
		      const char *text)
{
	int value = 0;

	do {
		size_t length = strcspn(text, ",");
		size_t i = 0;

		while (i < count && (strlen(words[i].name) != length ||
				     strncmp(words[i].name, text, length)))
			i++;
		if (i == count)
			usage_error("--%s knows no '%.*s'", option, (int)length, text);
		value |= words[i].value;
		text += length;
	} while (*text++);
	return value;
}

int parse_prot(const char *text)
{
	return parse_list("prot", prots, ARRAY_SIZE(prots), text);
}

int parse_flags(const char *text)
{
	return parse_list("flags", flags, ARRAY_SIZE(flags), text);
}
