// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/ptrace.h>

#include "probe.h"

/* Both go round what the page table forbids, by FOLL_FORCE. */
enum { MEM, PTRACE };

static int write_mem(struct audit *audit, char *at, const char *bytes)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		not_asked(audit, "/proc/self/mem: %s", strerror(errno));
	step(audit, "a write by /proc/self/mem");
	n = pwrite(fd, bytes, sizeof(long), (off_t)(uintptr_t)at);
	return n == sizeof(long) ? 0 : -1;
}

static int write_ptrace(struct audit *audit, char *at, const char *bytes)
{
	static pid_t child;
	long word;

	if (!child)
		child = traced_child(audit);
	memcpy(&word, bytes, sizeof(word));
	step(audit, "a write by PTRACE_POKEDATA");
	return ptrace(PTRACE_POKEDATA, child, at, word) ? -1 : 0;
}

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	int (*write_it)(struct audit *, char *, const char *) =
		audit->probe->value == MEM ? write_mem : write_ptrace;
	char before[sizeof(long)], other[sizeof(long)];
	char *at = map_as(subject, subject->reader, PROT_READ, subject->flags);

	if (at == MAP_FAILED)
		not_asked(audit, "what is only read cannot be mapped: %s", strerror(errno));
	/* With VM_MAYWRITE and no VM_WRITE such a write may fault for ever. */
	if (vt_has_flag(at, "mw"))
		not_asked(audit, "it may be made writable; mprotect-upgrade tells of that");
	must_read(audit, at, "the mapping");
	memcpy(before, at, sizeof(before));
	for (size_t i = 0; i < sizeof(other); i++)
		other[i] = (char)other_byte(before[i]);
	if (write_it(audit, at, other)) {
		if (memcmp(at, before, sizeof(before)))
			defect(audit, "it says %s, and bytes changed", strerror(errno));
		refused(audit, "a write through a descriptor that is only read");
	}
	if (!memcmp(at, before, sizeof(before)))
		silent(audit, "it says that it wrote; the bytes are as they were");
	write_it(audit, at, before);
	defect(audit, "bytes changed through a read-only descriptor, the first from %#x to %#x",
	       (unsigned char)before[0], (unsigned char)other[0]);
}

#define READER_WRITE(who, way, number) {						\
	.name = who "-write-reader",							\
	.asks = "does " way " write through a read-only mapping of a read-only descriptor?", \
	.rule = "what a read-only descriptor mapped is written by nobody, forced or not",	\
	.change = "return -EACCES from ->access for a write where vm_flags lacks VM_WRITE, and " \
		  "clear VM_MAYWRITE in ->mmap",					\
	.why = "the kernel calls ->access when get_user_pages fails, and does not look at "	\
	       "VM_WRITE for it",							\
	.needs = NEEDS_SHARED | NEEDS_READER | NEEDS_MEMORY,				\
	.value = (number),								\
	.run = run,									\
}

const struct probe probe_mem_write_reader = READER_WRITE("mem", "/proc/PID/mem", MEM);
const struct probe probe_ptrace_write_reader = READER_WRITE("ptrace", "PTRACE_POKEDATA", PTRACE);
