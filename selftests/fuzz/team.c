// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cover.h"
#include "lib/vt.h"
#include "team.h"

#define AROUND	(64u << 20)

static struct desk *desks[PROCS];
static int pidfds[PROCS] = { [0 ... PROCS - 1] = -1 };
static int orders[PROCS][2], done[2];

static void give_up(const char *what)
{
	printf("Bail out! vmadev-fuzz: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void open_pipe(int fds[2])
{
	if (pipe(fds))
		give_up("pipe");
}

/*
 * The arena is where nothing else is: it was found free, and so was all around
 * it, where the kernel begins when it may choose.
 */
static void *find_arena(size_t bytes)
{
	void *found = mmap(NULL, AROUND + bytes + AROUND, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (found == MAP_FAILED)
		give_up("mmap");
	munmap(found, AROUND + bytes + AROUND);
	return found + AROUND;
}

void team_init(void)
{
	size_t page = vt_page(), bytes = sizeof(struct desk) + ARENA * page;

	/* Whose parent is gone is ours, and nobody waits for anybody. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_IGN);
	open_pipe(done);
	for (int i = 0; i < PROCS; i++) {
		desks[i] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
		if (desks[i] == MAP_FAILED)
			give_up("mmap");
		open_pipe(orders[i]);
	}
	worker_init(find_arena(ARENA * page), page);
}

struct desk *team_desk(unsigned int proc)
{
	return desks[proc];
}

static void work(unsigned int proc)
{
	char byte;

	cover_open();
	for (;;) {
		if (read(orders[proc][0], &byte, 1) != 1)
			_exit(1);
		if (desks[proc]->op.code == OP_FORK && !desks[proc]->audit) {
			unsigned int child = desks[proc]->op.arg[0];
			int pid;

			cover_begin();
			pid = fork();
			if (!pid) {
				proc = child;
				cover_open();
				continue;
			}
			desks[proc]->ret = pid < 0 ? -errno : pid;
			cover_end();
		} else {
			worker_do(desks[proc]);
		}
		if (write(done[1], &byte, 1) != 1)
			_exit(1);
	}
}

void team_joined(unsigned int proc, int pid)
{
	pidfds[proc] = syscall(SYS_pidfd_open, pid, 0);
	if (pidfds[proc] < 0)
		give_up("pidfd_open");
}

void team_start(void)
{
	int pid = fork();

	if (pid < 0)
		give_up("fork");
	if (!pid)
		work(0);
	team_joined(0, pid);
}

bool team_do(unsigned int proc)
{
	struct pollfd p[2] = {
		{ .fd = done[0], .events = POLLIN }, { .fd = pidfds[proc], .events = POLLIN },
	};
	char byte = 0;

	if (write(orders[proc][1], &byte, 1) != 1)
		give_up("write");
	if (poll(p, 2, 20000) <= 0)
		return false;
	return (p[0].revents & POLLIN) && read(done[0], &byte, 1) == 1;
}

bool team_end(unsigned int proc)
{
	struct pollfd p = { .fd = pidfds[proc], .events = POLLIN };
	bool ended;

	if (pidfds[proc] < 0)
		return true;
	syscall(SYS_pidfd_send_signal, pidfds[proc], SIGKILL, NULL, 0);
	/* Readable once it is as dead as can be, its memory and files gone. */
	ended = poll(&p, 1, 20000) > 0;
	close(pidfds[proc]);
	pidfds[proc] = -1;
	return ended;
}

bool team_end_all(void)
{
	bool ended = true;
	char byte;

	for (unsigned int i = 0; i < PROCS; i++) {
		struct pollfd left = { .fd = orders[i][0], .events = POLLIN };

		ended &= team_end(i);
		/* An order that it did not live to take. */
		while (poll(&left, 1, 0) > 0 && read(orders[i][0], &byte, 1) == 1)
			;
	}
	return ended;
}
