// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of /proc/self/maps for a range, as text or as a table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmactl.h"
#include "maps.h"

enum { START, END, PERMS, OFFSET, DEVICE, INODE, NAME, FLAGS };

static const struct column columns[] = {
	[START]	 = { "START", SCOLS_JSON_STRING, 0 },
	[END]	 = { "END", SCOLS_JSON_STRING, 0 },
	[PERMS]	 = { "PERMS", SCOLS_JSON_STRING, 0 },
	[OFFSET] = { "OFFSET", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[DEVICE] = { "DEVICE", SCOLS_JSON_STRING, 0 },
	[INODE]	 = { "INODE", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[NAME]	 = { "NAME", SCOLS_JSON_STRING, 0 },
	[FLAGS]	 = { "FLAGS", SCOLS_JSON_STRING, 0 },
};

static struct libscols_line *add_vma(struct libscols_table *table, const char *text)
{
	struct libscols_line *line = table_line(table);
	unsigned long long start, end, offset, inode;
	char perms[8], device[16];
	int name = 0;

	if (sscanf(text, "%llx-%llx %7s %llx %15s %llu %n", &start, &end, perms, &offset,
		   device, &inode, &name) != 6)
		die("/proc/self/smaps reads otherwise than expected: %s", text);
	table_cell(line, START, "0x%llx", start);
	table_cell(line, END, "0x%llx", end);
	table_cell(line, PERMS, "%s", perms);
	table_cell(line, OFFSET, "%llu", offset);
	table_cell(line, DEVICE, "%s", device);
	table_cell(line, INODE, "%llu", inode);
	table_cell(line, NAME, "%s", text + name);
	return line;
}

/* The first line of a VMA in smaps starts with its range. */
static bool is_vma(const char *text, unsigned long long *start, unsigned long long *end)
{
	return sscanf(text, "%llx-%llx ", start, end) == 2;
}

void print_maps(const void *address, size_t length, bool json)
{
	struct libscols_table *table = json ? table_new("maps", columns, ARRAY_SIZE(columns),
							true) : NULL;
	unsigned long long from = (unsigned long)address, start, end;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	struct libscols_line *line = NULL;
	bool inside = false;
	char *text = NULL;
	size_t room = 0;

	if (!smaps)
		die("/proc/self/smaps: %s", strerror(errno));
	while (getline(&text, &room, smaps) > 0) {
		text[strcspn(text, "\n")] = '\0';
		if (is_vma(text, &start, &end)) {
			inside = start < from + length && end > from;
			if (inside && json)
				line = add_vma(table, text);
			else if (inside)
				puts(text);
		} else if (inside && !strncmp(text, "VmFlags: ", 9)) {
			if (json)
				table_cell(line, FLAGS, "%s", text + 9);
			else
				puts(text);
		}
	}
	free(text);
	fclose(smaps);
	if (json)
		table_print(table);
}
