// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmactl crash --every-sync: run a program, and try what a power cut would leave at each of
 * its syncs. A seccomp filter of the program's own stops the thread that is about to sync
 * until it is told to go on, so the picture that is taken is of a moment before that sync,
 * however long it takes, and no sync comes by unseen. That its system calls are the
 * machine's is taken for granted: of a program of 32 bits other numbers would stop.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "vmactl.h"

#define ROUND 50	/* milliseconds, until it is seen that somebody ended */
#define ROOM 512	/* of what the kernel tells of a call, and may tell later */

/**
 * struct run - a program that is run
 * @search:   its region is what is looked at
 * @to:	      where the state that fails goes, or NULL
 * @listener: tells of calls
 * @child:    the program; @pidfd is its, or -1 once it is gone
 * @status:   how it ended
 * @syncs:    that were looked at
 * @states:   of them all
 * @sampled:  as crash_sampled()
 * @failed:   a state did; what runs still is no more looked at
 */
struct run {
	const struct search *search;
	const char *to;
	int listener, pidfd;
	pid_t child;
	int status;
	unsigned long syncs, states;
	const char *sampled;
	bool failed;
};

static const char *call_name(int number)
{
	return number == SYS_msync ? "msync" : number == SYS_fsync ? "fsync" : "fdatasync";
}

/* A filter that stops this process, and its children, where they sync; -1. */
static int install_filter(void)
{
	const unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				   SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msync, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog filter = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

/* Tells the number of its listener, or of its error, and waits until that is taken. */
static void become_program(int parent, char **command)
{
	int told = install_filter();

	if (told < 0)
		told = -errno;
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* its syncs would be ENOSYS */
	if (write(parent, &told, sizeof(told)) == sizeof(told) && told >= 0 &&
	    read(parent, &told, 1) == 1)
		execvp(*command, command);
	_exit(127);
}

static void start(struct run *run, char **command)
{
	int ends[2], theirs = -EPIPE;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		die("PR_SET_CHILD_SUBREAPER: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		die("socketpair: %s", strerror(errno));
	flush_output();
	run->child = fork();
	if (!run->child)
		become_program(ends[1], command);
	run->pidfd = run->child < 0 ? -1 : pidfd_open(run->child, 0);
	if (run->pidfd < 0)
		die("%s: %s", *command, strerror(errno));
	close(ends[1]);
	if (read(ends[0], &theirs, sizeof(theirs)) != sizeof(theirs) || theirs < 0)
		die("no filter for %s: %s", *command, strerror(-theirs));
	run->listener = pidfd_getfd(run->pidfd, theirs, 0);
	if (run->listener < 0 || write(ends[0], "", 1) != 1)
		die("the filter of %s: %s", *command, strerror(errno));
	close(ends[0]);
}

static void tell(const struct run *run, struct search *search, const struct seccomp_notif *call)
{
	if (call)
		printf("sync %lu, %s of process %u: ", run->syncs, call_name(call->data.nr),
		       call->pid);
	else
		printf("after %lu syncs, in the end: ", run->syncs);
	crash_list(search);
	crash_tell(search, run->to);
}

/* What a power cut would leave now; at a sync by @call, or in the end. */
static void look(struct run *run, const struct seccomp_notif *call)
{
	struct search search = *run->search;

	crash_look(&search, true);
	if (search.count > search.most)
		run->sampled = crash_sampled(&search);
	run->failed = !crash_each(&search);
	run->states += search.tried;
	if (run->failed)
		tell(run, &search, call);
	crash_forget(&search);
}

static void show_progress(const struct run *run)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%lu syncs, %lu states\033[K", run->syncs, run->states);
}

/* The power is cut for whoever was to sync, and for what was started. */
static void kill_them(const struct run *run, const struct seccomp_notif *call)
{
	if (call->pid)
		kill((pid_t)call->pid, SIGKILL);
	if (run->pidfd >= 0)
		pidfd_send_signal(run->pidfd, SIGKILL, NULL, 0);
}

static bool is_sync(const struct seccomp_data *call)
{
	return call->nr != SYS_msync || call->args[2] & MS_SYNC;
}

static void answer(struct run *run)
{
	union {
		struct seccomp_notif call;
		char room[ROOM];
	} told = { .room = "" };
	struct seccomp_notif_resp go[ROOM / sizeof(struct seccomp_notif_resp)] = { {
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	} };

	/* Who was killed meanwhile is not there any more. */
	if (ioctl(run->listener, SECCOMP_IOCTL_NOTIF_RECV, &told))
		return;
	if (!run->failed && is_sync(&told.call.data)) {
		run->syncs++;
		look(run, &told.call);
		show_progress(run);
		if (run->failed)
			kill_them(run, &told.call);
	}
	go->id = told.call.id;
	ioctl(run->listener, SECCOMP_IOCTL_NOTIF_SEND, go);
}

/* Has everybody ended? Whose parent went before comes to this process. */
static bool all_ended(struct run *run)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != run->child)
			continue;
		run->status = status;
		close(run->pidfd);
		run->pidfd = -1;
	}
	return pid < 0;
}

static void follow(struct run *run)
{
	struct pollfd wait = { .fd = run->listener, .events = POLLIN };

	while (!all_ended(run))
		if (poll(&wait, 1, ROUND) > 0 && wait.revents & POLLIN)
			answer(run);
}

int crash_every_sync(struct search *search, char **command, const char *to)
{
	struct run run = { .search = search, .to = to, .sampled = "" };
	int status;

	start(&run, command);
	follow(&run);
	status = run.status;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("%s: cannot be run, or says 127", *command);
	if (!run.failed)
		look(&run, NULL);
	if (run.failed)
		return 1;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("%s: it ended by %s %d", *command, WIFEXITED(status) ? "status" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	printf("%lu syncs, %lu states%s, each passes\n", run.syncs, run.states, run.sampled);
	return 0;
}
