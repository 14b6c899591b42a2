// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "probe.h"

#define LARGEST (16u << 20)

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;

static bool core_goes_to_folder(void)
{
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");
	char pattern[256] = "|";

	if (file) {
		if (!fgets(pattern, sizeof(pattern), file))
			pattern[0] = '|';
		fclose(file);
	}
	return !strpbrk(pattern, "|/%@") && pattern[0] != '\n';
}

/* What the child that crashed had, and where */
struct mapped {
	char *at;
	char bytes[sizeof(long)];
};

static void crash(struct audit *audit, const char *folder, struct mapped *mapped)
{
	static const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	static const char every_kind[] = "0x1ff";
	const struct subject *subject = audit->subject;
	int filter, byte;

	prctl(PR_SET_DUMPABLE, 1);
	filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	signal(SIGABRT, SIG_DFL);
	if (chdir(folder) || (setrlimit(RLIMIT_CORE, &all) && errno != EPERM) ||
	    write(filter, every_kind, sizeof(every_kind) - 1) < 0)
		_exit(1);
	mapped->at = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (mapped->at == MAP_FAILED)
		_exit(1);
	byte = vt_read(mapped->at);
	if (byte < 0 || (subject->prot & PROT_WRITE && vt_write(mapped->at, byte)))
		_exit(1);
	/* What was not written may be zero, as what is missing is; the parent puts it back. */
	if (subject->prot & PROT_WRITE)
		vt_pattern(mapped->at, sizeof(mapped->bytes), 3);
	memcpy(mapped->bytes, mapped->at, sizeof(mapped->bytes));
	abort();
}

/* The core file in its folder: "core", or "core.PID". Its name goes, the folder too. */
static int open_core(const char *folder, pid_t pid)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/core.%d", folder, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/core", folder);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	unlink(path);
	rmdir(folder);
	return fd;
}

static bool find_segment(int core, uintptr_t at, elf_segment *segment)
{
	elf_header header;

	if (pread(core, &header, sizeof(header), 0) != sizeof(header))
		return false;
	for (size_t i = 0; i < header.e_phnum; i++) {
		off_t place = (off_t)(header.e_phoff + i * sizeof(*segment));

		if (pread(core, segment, sizeof(*segment), place) == sizeof(*segment) &&
		    segment->p_type == PT_LOAD && segment->p_vaddr <= at &&
		    at < segment->p_vaddr + segment->p_memsz)
			return true;
	}
	return false;
}

static __noreturn void by_flags(struct audit *audit, const char *at, const char *why)
{
	if (vt_has_flag(at, "dd"))
		note(audit, "no: dd, VM_DONTDUMP; %s", why);
	if (vt_has_flag(at, "io"))
		note(audit, "no: io, VM_IO; %s", why);
	note(audit, "neither dd nor io forbids it; %s", why);
}

static void run(struct audit *audit)
{
	struct mapped *there = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *parent = getenv("TMPDIR");
	char folder[4000], got[sizeof(long)];
	elf_segment segment;
	int core, status;
	pid_t pid;
	char *at;

	at = map_subject(audit);
	if (!core_goes_to_folder())
		by_flags(audit, at, "core_pattern is no plain name");
	if (audit->subject->length > LARGEST)
		by_flags(audit, at, "too large to write one");
	snprintf(folder, sizeof(folder), "%s/vmaudit-XXXXXX", parent ? parent : "/tmp");
	if (there == MAP_FAILED || !mkdtemp(folder))
		by_flags(audit, at, "no folder for one");
	take_sample(audit, at);
	step(audit, "a core dump of a child");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid)
		crash(audit, folder, there);
	waitpid(pid, &status, 0);
	core = open_core(folder, pid);
	if (core < 0 || !find_segment(core, (uintptr_t)there->at, &segment))
		by_flags(audit, at, "none was written");
	if (!segment.p_filesz)
		by_flags(audit, at, "a core had not a byte of it");
	if (pread(core, got, sizeof(got), (off_t)(segment.p_offset + (uintptr_t)there->at -
						  segment.p_vaddr)) != sizeof(got))
		note(audit, "a core ends before it");
	if (memcmp(got, there->bytes, sizeof(got)))
		risk(audit, "a core has %llu bytes for it, which are not its own: %#x, and %#x was "
		     "there", (unsigned long long)segment.p_filesz, (unsigned char)got[0],
		     (unsigned char)there->bytes[0]);
	note(audit, "yes: a core has %llu bytes of it", (unsigned long long)segment.p_filesz);
}

const struct probe probe_core_dump = {
	.name = "core-dump",
	.asks = "are its bytes in a core, with every bit of coredump_filter?",
	.why = "keys and frame buffers end in crash reports; without VM_IO and VM_DONTDUMP a PFN "
	       "mapping's part of a core is zeroes",
	.needs = NEEDS_MEMORY,
	.run = run,
};
