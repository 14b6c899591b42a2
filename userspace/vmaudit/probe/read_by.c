// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "probe.h"

/* Who reads this process' memory without a pointer of its own; each gives -1 or a count. */
enum { MEM, PTRACE, VM_READV, VMSPLICE };

#define INSIDE 20	/* bytes: an ->access that begins at the page's start is found out */

static ssize_t by_mem(struct audit *audit, char *at, char *got, size_t n)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		not_asked(audit, "/proc/self/mem: %s", strerror(errno));
	return pread(fd, got, n, (off_t)(uintptr_t)at);
}

/* Some words are enough. */
static ssize_t by_ptrace(struct audit *audit, char *at, char *got, size_t n)
{
	pid_t child = traced_child(audit);
	size_t done;

	step(audit, "PTRACE_PEEKDATA");
	for (done = 0; done < n && done < 16 * sizeof(long); done += sizeof(long)) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, child, at + done, NULL);
		if (errno)
			return -1;
		memcpy(got + done, &word, sizeof(word));
	}
	return (ssize_t)done;
}

static ssize_t by_vm_readv(struct audit *audit, char *at, char *got, size_t n)
{
	struct iovec to = { got, n }, from = { at, n };
	ssize_t done = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

	if (done < 0 && (errno == ENOSYS || errno == EPERM))
		not_asked(audit, "process_vm_readv: %s", strerror(errno));
	return done;
}

static ssize_t by_vmsplice(struct audit *audit, char *at, char *got, size_t n)
{
	struct iovec from = { at, n };
	int ends[2];
	ssize_t done;

	if (pipe2(ends, O_CLOEXEC))
		not_asked(audit, "pipe: %s", strerror(errno));
	done = vmsplice(ends[1], &from, 1, SPLICE_F_NONBLOCK);
	return done > 0 ? read(ends[0], got, (size_t)done) : done;
}

static void run(struct audit *audit)
{
	static const struct {
		ssize_t (*read)(struct audit *audit, char *at, char *got, size_t n);
		const char *name;
	} ways[] = {
		[MEM] = { by_mem, "/proc/PID/mem" },
		[PTRACE] = { by_ptrace, "PTRACE_PEEKDATA" },
		[VM_READV] = { by_vm_readv, "process_vm_readv" },
		[VMSPLICE] = { by_vmsplice, "vmsplice" },
	};
	size_t way = (size_t)audit->probe->value;
	struct sample sample = take_sample(audit, map_subject(audit));
	char got[sample.length];
	ssize_t n;

	sample.at += INSIDE;
	sample.now += INSIDE;
	sample.length -= INSIDE;
	step(audit, "%s", ways[way].name);
	n = ways[way].read(audit, sample.at, got, sample.length);
	sample_was_read(audit, &sample, got, n, ways[way].name);
}

#define BY_GET_USER_PAGES "it takes the pages by get_user_pages, which VM_IO and VM_PFNMAP forbid"

#define READ_BY(name_, way, who, number) {						\
	.name = name_,									\
	.asks = "does " way " see the bytes that the process sees?",			\
	.rule = "who reads a process' memory from outside sees what the process sees",	\
	.change = "count in ->access from vm_start and vm_pgoff, as ->fault does; return what " \
		  "was read, or an error",						\
	.why = who,									\
	.needs = NEEDS_MEMORY,								\
	.value = (number),								\
	.run = run,									\
}

const struct probe probe_mem_read =
	READ_BY("mem-read", "/proc/PID/mem", "debuggers and checkpoint tools read it", MEM);
const struct probe probe_ptrace_peek =
	READ_BY("ptrace-peek", "PTRACE_PEEKDATA", "debuggers show it, or cannot access memory",
		PTRACE);
const struct probe probe_process_vm_readv =
	READ_BY("process-vm-readv", "process_vm_readv", BY_GET_USER_PAGES, VM_READV);
const struct probe probe_vmsplice =
	READ_BY("vmsplice", "vmsplice into a pipe", BY_GET_USER_PAGES, VMSPLICE);
