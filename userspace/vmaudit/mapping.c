// SPDX-License-Identifier: GPL-2.0-or-later
/* What probes do with a mapping. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <newer.h>
#include <vt.h>

#include "vmaudit.h"

size_t page_size(void)
{
	return vt_page();
}

char *map_as(const struct subject *subject, int fd, int prot, int flags)
{
	return mmap(NULL, subject->length, prot, flags, fd, subject->offset);
}

char *map_subject(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at;

	step(audit, "mmap of %zu bytes", subject->length);
	at = map_as(subject, subject->fd, subject->prot, subject->flags);
	if (at == MAP_FAILED)
		not_asked(audit, "it was mapped before, and now mmap says %s", strerror(errno));
	return at;
}

void past_the_end(struct audit *audit, const char *at)
{
	const struct subject *subject = audit->subject;
	int byte = must_read(audit, at, "the page past the end");
	__u64 entry = vt_pagemap(at);
	bool own = (subject->flags & MAP_TYPE) == MAP_PRIVATE && entry != ~0ull &&
		   (entry & PAGEMAP_PRESENT) && !(entry & PAGEMAP_FILE);
	struct stat st;

	if (!fstat(subject->fd, &st) && st.st_size > subject->offset + (off_t)subject->length)
		note(audit, "the page past the end is the object's: it has %lld bytes now",
		     (long long)st.st_size);
	if (own && !byte)
		works(audit, "the page past the end is anonymous memory, and zero");
	defect(audit, "the page past the end is there, and begins with byte %#x", byte);
}

int other_byte(int byte)
{
	return (byte + 0x5b) & 0xff;
}

int must_read(struct audit *audit, const volatile void *at, const char *what)
{
	int byte;

	step(audit, "a read of %s", what);
	byte = vt_read(at);
	if (byte < 0)
		late(audit, -byte, "a read of %s", what);
	return byte;
}

void must_write(struct audit *audit, volatile void *at, int byte, const char *what)
{
	int sig;

	step(audit, "a write to %s", what);
	sig = -vt_write(at, byte);
	if (sig)
		late(audit, sig, "a write to %s", what);
}

long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static long faults_between(const char *at, size_t length, bool write)
{
	long before = faults();

	for (size_t i = 0; i < length; i += page_size()) {
		int byte = vt_read(at + i);

		if (write && byte >= 0)
			vt_write((char *)(uintptr_t)at + i, byte);
	}
	return faults() - before;
}

long faults_of(const char *at, size_t length, bool write)
{
	char warm = 0;

	/* What the accesses themselves need is there: after a fork, their code, too. */
	faults_between(&warm, 1, true);
	return faults_between(at, length, write);
}

int in_child(struct audit *audit, void (*work)(struct audit *audit, char *at), char *at)
{
	int status;
	pid_t pid;

	step(audit, "fork");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid) {
		work(audit, at);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		not_asked(audit, "waitpid: %s", strerror(errno));
	return status;
}

static void look_for(struct audit *audit, char *at)
{
	(void)audit;
	_exit(msync(at, page_size(), MS_ASYNC) ? 1 : 0);
}

bool is_inherited(struct audit *audit, char *at)
{
	return !in_child(audit, look_for, at);
}

char *map_kind(const struct subject *subject, int prot, int kind)
{
	return map_as(subject, subject->fd, prot, kind | (subject->flags & ~MAP_TYPE));
}

bool is_seen_elsewhere(struct audit *audit, char *at)
{
	const struct subject *subject = audit->subject;
	char *other = map_kind(subject, PROT_READ, MAP_SHARED);
	int byte = must_read(audit, at, "the mapping"), seen;

	if (other == MAP_FAILED)
		return false;
	must_write(audit, at, other_byte(byte), "the mapping");
	seen = vt_read(other);
	vt_write(at, byte);
	munmap(other, subject->length);
	return seen == other_byte(byte);
}

pid_t traced_child(struct audit *audit)
{
	int status;
	pid_t pid;

	step(audit, "ptrace of a child");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(errno);
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		not_asked(audit, "a child cannot be traced here");
	/* Who became another user may trace, and not look. */
	errno = 0;
	ptrace(PTRACE_PEEKDATA, pid, &status, NULL);
	if (errno)
		not_asked(audit, "a child's memory cannot be looked at here: %s", strerror(errno));
	return pid;
}

size_t unit_size(const char *at)
{
	long kb = vt_smaps_kb(at, "KernelPageSize");

	return kb > 0 ? (size_t)kb * 1024 : page_size();
}

int scratch_file(const char *folder, int flags)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/vmaudit-XXXXXX", folder) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC | flags);
	/* What open() makes before it refuses O_DIRECT stays. */
	unlink(path);
	return fd;
}
