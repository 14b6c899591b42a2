// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

enum { PARENT = 0x11, CHILD = 0x22, LATER = 0x33 };

/* What a child came to; above that, its signal */
enum { FINE, INHERITED, NOT_KEPT, SIGNALLED = 64 };

static int go[2];

static int as_child(char *at)
{
	char byte;
	int seen = vt_read(at), sig;

	if (seen < 0)
		return SIGNALLED - seen;
	if (seen != PARENT)
		return INHERITED;
	sig = -vt_write(at, CHILD);
	if (sig)
		return SIGNALLED + sig;
	close(go[1]);
	/* The parent closes it when it has written. */
	while (read(go[0], &byte, 1) > 0)
		;
	seen = vt_read(at);
	return seen < 0 ? SIGNALLED - seen : seen == CHILD ? FINE : NOT_KEPT;
}

/* A child that wrote ends, or waits; what the parent sees is its own in both cases. */
static void run(struct audit *audit)
{
	char *at = map_kind(audit->subject, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int status;
	pid_t pid;

	if (at == MAP_FAILED)
		refused(audit, "MAP_PRIVATE");
	if (pipe(go))
		not_asked(audit, "pipe: %s", strerror(errno));
	must_write(audit, at, PARENT, "the private mapping");
	step(audit, "fork");
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (!pid)
		_exit(as_child(at));
	must_write(audit, at, LATER, "the private mapping, after fork");
	close(go[1]);
	if (waitpid(pid, &status, 0) != pid || WIFSIGNALED(status))
		late(audit, WTERMSIG(status), "a child that writes to its copy");
	status = WEXITSTATUS(status);
	if (status > SIGNALLED)
		late(audit, status - SIGNALLED, "a child that reads or writes its copy");
	if (status == INHERITED)
		defect(audit, "a child does not see what was written before fork");
	if (status == NOT_KEPT)
		defect(audit, "what a child wrote to its copy, its parent changed");
	if (must_read(audit, at, "the parent's copy") != LATER)
		defect(audit, "what a parent wrote to its copy, its child changed");
	works(audit, "parent and child each see what they wrote");
}

const struct probe probe_private_fork = {
	.name = "private-fork",
	.asks = "private, and a fork: do parent and child each keep their own?",
	.rule = "after fork the first write by either copies the page",
	.change = "refuse what is_cow_mapping() in ->mmap where pages are inserted as PFNs; never "
		  "make vm_page_prot writable for it",
	.why = "CVE-2024-39497 (drm shmem): copy-on-write of PFNs",
	.needs = NEEDS_MEMORY,
	.run = run,
};
