// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the matrix say what the suite asserts? Reads "PROBE VMADEV-MAPPING ROW WORD..." of its
 * cells, a line each, and prints each that is at odds with ../stands.h, then the counts.
 */
#include <stdio.h>
#include <string.h>

#include <libvmadev.h>

#include "../stands.h"

/* Of "vmadev-STRATEGY[-contig][-private]"; CLASSES: it is no such name. */
static enum class class_named(const char *mapping)
{
	const char *name = mapping + strlen("vmadev-");
	char word[64] = "";
	__u32 strategy;

	strncat(word, name, strcspn(name, "-"));
	strategy = vmadev_strategy_by_name(word);
	return strategy ? class_of_vma(strategy, !strstr(name, "-private")) : CLASSES;
}

static bool agree(int answer, const char *word)
{
	char refused[64];

	if (answer > 0) {
		snprintf(refused, sizeof(refused), "refused (%s)", strerrorname_np(answer));
		return !strcmp(word, refused);
	}
	if (answer == NO_EFFECT)
		return !strcmp(word, "silent");
	return strncmp(word, "refused", 7) && (answer == OKAY || strcmp(word, "silent"));
}

static const struct stand *stand_of(const char *probe)
{
	for (size_t i = 0; i < sizeof(stands) / sizeof(*stands); i++)
		if (!strcmp(stands[i].probe, probe))
			return &stands[i];
	return NULL;
}

int main(void)
{
	bool seen[sizeof(stands) / sizeof(*stands)] = { 0 };
	char probe[64], mapping[64], word[64];
	int major, minor, wrong = 0, right = 0;

	while (scanf("%63s %63s %d.%d %63[^\n]", probe, mapping, &major, &minor, word) == 5) {
		const struct stand *stand = stand_of(probe);
		enum class class = class_named(mapping);

		/* The suite asks nothing of a driver that is not of the module. */
		if (!stand || class == CLASSES || 100 * major + minor < stand->since)
			continue;
		seen[stand - stands] = true;
		if (agree(stand->answer[class], word)) {
			right++;
			continue;
		}
		wrong++;
		printf("not ok %s on %d.%d, %s: the matrix says %s, the suite asserts %d\n",
		       mapping, major, minor, probe, word, stand->answer[class]);
	}
	for (size_t i = 0; i < sizeof(stands) / sizeof(*stands); i++) {
		if (seen[i])
			continue;
		wrong++;
		printf("not ok %s: the matrix has no such probe\n", stands[i].probe);
	}
	printf("%d passed, %d failed, 0 skipped\n", right, wrong);
	return wrong || !right;
}
