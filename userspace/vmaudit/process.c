// SPDX-License-Identifier: GPL-2.0-or-later
/* The mapping of a live process: it is looked at, and nothing is done to it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vmaudit.h"

struct seen {
	unsigned long start, end;
	unsigned long long offset;
	char perms[5];
	char name[256];
	char flags[256];
	long rss, locked;	/* kB */
	char file[64];		/* in map_files, "" without one */
};

static unsigned long long parse(const char *what, const char *text, int base)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, base);
	if (!isxdigit(*text) || errno || *end)
		die("'%s' is no %s; see 'vmaudit --help'", text, what);
	return value;
}

static bool take_header(const char *line, struct seen *seen)
{
	unsigned long long inode;
	int at = 0;

	if (sscanf(line, "%lx-%lx %4s %llx %*x:%*x %llu %n", &seen->start, &seen->end, seen->perms,
		   &seen->offset, &inode, &at) < 5)
		return false;
	snprintf(seen->name, sizeof(seen->name), "%.*s", (int)strcspn(line + at, "\n"), line + at);
	seen->file[0] = '\0';
	if (inode)
		snprintf(seen->file, sizeof(seen->file), "map_files/%lx-%lx", seen->start,
			 seen->end);
	return true;
}

/* Reads smaps as far as the VMA that holds the address; false: there is none. */
static bool look(FILE *smaps, unsigned long address, struct seen *seen)
{
	char line[4352];
	bool found = false;

	while (fgets(line, sizeof(line), smaps)) {
		/* Fields begin with a capital letter, addresses do not. */
		if (!isupper(*line) && take_header(line, seen)) {
			if (found)
				break;
			found = address >= seen->start && address < seen->end;
		} else if (found && !strncmp(line, "VmFlags: ", 9)) {
			snprintf(seen->flags, sizeof(seen->flags), "%.*s",
				 (int)strcspn(line + 9, "\n"), line + 9);
			return true;
		} else if (found) {
			sscanf(line, "Rss: %ld", &seen->rss);
			sscanf(line, "Locked: %ld", &seen->locked);
		}
	}
	return false;
}

static void find(struct finding *finding, enum verdict verdict, const char *text)
{
	finding->verdict = verdict;
	snprintf(finding->seen, sizeof(finding->seen), "%s", text);
}

static void look_at_flags(const char *process, const struct seen *seen, struct finding *finding)
{
	const char *why = vmflags_at_odds(seen->flags, seen->name, false);

	(void)process;
	find(finding, why ? RISK : NOTE, why ? why : seen->flags);
}

/* A link of map_files may be written as the VMA's file may. */
static void look_at_writable(const char *process, const struct seen *seen, struct finding *finding)
{
	char path[160];
	bool writable;
	struct stat st;

	if (!*seen->file || !has_vmflag(seen->flags, "ms")) {
		find(finding, NOT_APPLICABLE, "it is no shared mapping of a file");
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", process, seen->file);
	if (lstat(path, &st)) {
		find(finding, NOT_ASKED, failed(path));
		return;
	}
	writable = st.st_mode & 0200;
	if (!writable && has_vmflag(seen->flags, "mw"))
		find(finding, RISK, "mw, of a file that was opened for reading: mprotect may "
		     "make it writable");
	else
		find(finding, WORKS, writable ? "its file was opened for writing" :
		     "its file was opened for reading, and there is no mw");
}

static void look_at_exec(const char *process, const struct seen *seen, struct finding *finding)
{
	(void)process;
	find(finding, NOTE, has_vmflag(seen->flags, "ex") ? "it is executable" :
	     has_vmflag(seen->flags, "me") ? "it can be made executable" :
	     "it cannot be made executable");
}

static void look_at_lock(const char *process, const struct seen *seen, struct finding *finding)
{
	char text[128];

	(void)process;
	snprintf(text, sizeof(text), "%ld kB of it are locked%s", seen->locked,
		 has_vmflag(seen->flags, "lo") ? "" : ", and it has no 'lo'");
	find(finding, NOTE, text);
}

static void look_at_accounting(const char *process, const struct seen *seen,
			       struct finding *finding)
{
	char text[128];

	(void)process;
	snprintf(text, sizeof(text), "of %lu kB Rss has %ld", (seen->end - seen->start) >> 10,
		 seen->rss);
	find(finding, NOTE, text);
}

static void look_at_name(const char *process, const struct seen *seen, struct finding *finding)
{
	char text[sizeof(finding->seen)];

	(void)process;
	snprintf(text, sizeof(text), "maps calls it '%.180s', %s, at offset %#llx", seen->name,
		 seen->perms, seen->offset);
	find(finding, NOTE, text);
}

static const struct {
	struct probe probe;
	void (*look)(const char *process, const struct seen *seen, struct finding *finding);
} looks[] = {
	{ { .name = "vma-name" }, look_at_name },
	{ { .name = "smaps-flags" }, look_at_flags },
	{ { .name = "smaps-writable-reader" }, look_at_writable },
	{ { .name = "exec" }, look_at_exec },
	{ { .name = "mlock" }, look_at_lock },
	{ { .name = "accounting" }, look_at_accounting },
};

int audit_process(const char *pid, const char *address, enum format format, const char *command)
{
	struct subject subject = { .fd = -1, .reader = -1 };
	unsigned long at = parse("address", address, 16);
	char process[64], path[80];
	struct seen seen = { 0 };
	FILE *smaps;

	snprintf(process, sizeof(process), "/proc/%llu", parse("process", pid, 10));
	snprintf(path, sizeof(path), "%s/smaps", process);
	smaps = fopen(path, "re");
	if (!smaps)
		die("process %s: %s", pid, errno == ENOENT ? "there is none" : strerror(errno));
	if (!look(smaps, at, &seen))
		die("process %s maps nothing at %s", pid, address);
	fclose(smaps);
	snprintf(subject.name, sizeof(subject.name), "%s %s", pid, address);
	subject.length = seen.end - seen.start;
	subject.offset = (off_t)seen.offset;
	subject.flags = has_vmflag(seen.flags, "ms") ? MAP_SHARED : MAP_PRIVATE;
	subject.prot = (seen.perms[0] == 'r' ? PROT_READ : 0) |
		       (seen.perms[1] == 'w' ? PROT_WRITE : 0);
	report_begin(&subject, format, ARRAY_SIZE(looks));
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		struct finding finding = { 0 };

		looks[i].look(process, &seen, &finding);
		report_probe(&looks[i].probe, &finding, format);
	}
	return report_end(command, format);
}
