// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>

#include "probe.h"

enum { PROCESSES = 3, ANSWER_MS = 3000 };

static int told[PROCESSES][2], answers[2];

/* Does as told until it has unmapped: 'u' to unmap, 'l' to look. */
static __noreturn void obey(struct audit *audit, char *at, int which)
{
	size_t length = audit->subject->length;
	char word, answer;

	while (read(told[which][0], &word, 1) == 1) {
		if (word == 'u')
			answer = munmap(at, length) ? 'n' : 'y';
		else
			answer = wrong_page(at, 0, length, NULL) == NO_PAGE ? 'y' : 'n';
		if (write(answers[1], &answer, 1) != 1 || word == 'u')
			break;
	}
	_exit(0);
}

/* 'y', 'n', or '?' of one that is not there. */
static char tell(int which, char word)
{
	struct pollfd poll_answer = { .fd = answers[0], .events = POLLIN };
	char answer = '?';

	if (write(told[which][1], &word, 1) != 1 || poll(&poll_answer, 1, ANSWER_MS) != 1 ||
	    read(answers[0], &answer, 1) != 1)
		return '?';
	return answer;
}

/* A child and its child and theirs: each mapping was copied from the one before. */
static void begin(struct audit *audit, char *at)
{
	pid_t pid;

	for (int i = 0; i < PROCESSES; i++)
		if (pipe(told[i]))
			not_asked(audit, "pipe: %s", strerror(errno));
	if (pipe(answers))
		not_asked(audit, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		not_asked(audit, "fork: %s", strerror(errno));
	if (pid)
		return;
	for (int i = 0; i < PROCESSES - 1; i++)
		if (fork() > 0)
			obey(audit, at, i);
	obey(audit, at, PROCESSES - 1);
}

static void finish(void)
{
	for (int i = 0; i < PROCESSES; i++) {
		close(told[i][0]);
		close(told[i][1]);
	}
	close(answers[0]);
	close(answers[1]);
}

static void must_see(struct audit *audit, int which, int gone)
{
	char answer;

	step(audit, "a look by process %d after %d unmapped", which, gone);
	answer = tell(which, 'l');
	if (answer == 'n')
		defect(audit, "process %d sees something else after %d unmapped", which, gone);
	if (answer != 'y')
		not_asked(audit, "one of %d processes is missing", PROCESSES);
}

static void unmap_in_order(struct audit *audit, const int *order)
{
	for (int gone = 0; gone < PROCESSES; gone++) {
		for (int left = gone; left < PROCESSES; left++)
			must_see(audit, order[left], gone + 1);
		step(audit, "munmap by process %d", order[gone]);
		if (tell(order[gone], 'u') != 'y')
			defect(audit, "process %d cannot unmap it", order[gone]);
	}
}

/* The parent unmaps first; the others in every order. */
static void run(struct audit *audit)
{
	static const int orders[][PROCESSES] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		char *at = map_subject(audit);

		if (!is_inherited(audit, at))
			not_applicable(audit, "a child has no such mapping");
		mark(audit, at);
		step(audit, "fork of %d processes", PROCESSES);
		begin(audit, at);
		if (munmap(at, audit->subject->length))
			refused(audit, "munmap by the parent");
		unmap_in_order(audit, orders[i]);
		finish();
		unmark(audit->subject);
	}
	works(audit, "a child, its child and theirs see it until each unmapped, in every order");
}

const struct probe probe_fork_unmap = {
	.name = "fork-unmap-parent-first",
	.asks = "does a child see it after its parent unmapped, in every order of unmapping?",
	.rule = "each mapping holds what it maps until it is unmapped itself",
	.change = "take a reference in ->open, give it back in ->close",
	.why = "CVE-2020-14351 and CVE-2025-38563 (perf): mappings were counted wrong",
	.needs = NEEDS_MEMORY,
	.run = run,
};
