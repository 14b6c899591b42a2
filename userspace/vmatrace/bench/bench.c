// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench calls COUNT: make so many memory calls, and nothing else.
 * bench notify|once|twice COUNT: the same, each handed over by a filter and answered, stopped
 * at by ptrace and a filter, or stopped at twice by ptrace alone; nothing is looked at.
 * bench vmas COUNT: have so many VMAs more, say so, and wait until standard input ends.
 * bench time COMMAND...: run it, print how many nanoseconds it took, and how many KiB of
 * memory the process had, its children not counted.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

static int make_calls(long count)
{
	for (long i = 0; i < count; i += 2) {
		void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		if (at == MAP_FAILED || munmap(at, 8192))
			return 1;
	}
	return 0;
}

static int have_vmas(size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, count * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), none;

	for (size_t i = 0; at != MAP_FAILED && i < count; i += 2)
		if (mprotect(at + i * page, page, PROT_READ | PROT_WRITE))
			return 1;
	return puts("ready") < 0 || fflush(stdout) || read(0, &none, 1);
}

/* Of mmap and munmap; -1: it cannot be had. */
static int set_filter(__u32 action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_munmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/*
 * The listener is in a table of descriptors that both have; their memory is their own, as a
 * tracer's is: most of what a call costs then is that two address spaces take turns.
 */
struct work {
	long count;
	int listener;
};

static int work_notifying(void *data)
{
	struct work *work = data;
	int listener = set_filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	__atomic_store_n(&work->listener, listener, __ATOMIC_RELEASE);
	_exit(make_calls(work->count));
}

static int answer(long count)
{
	struct work *work = mmap(NULL, sizeof(*work), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static char stack[1 << 16];
	int status, listener;
	pid_t pid;

	if (work == MAP_FAILED)
		return 1;
	work->count = count;
	pid = clone(work_notifying, stack + sizeof(stack), CLONE_FILES | SIGCHLD, work);
	while (!(listener = __atomic_load_n(&work->listener, __ATOMIC_ACQUIRE)))
		sched_yield();
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	for (long i = 0; i < count; i++) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp reply = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			break;
		reply.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
	return waitpid(pid, &status, 0) != pid || status;
}

static int stop(long count, int once)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		if (once && set_filter(SECCOMP_RET_TRACE, 0))
			_exit(1);
		raise(SIGSTOP);
		_exit(make_calls(count));
	}
	waitpid(pid, &status, 0);
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, pid, 0, options))
		return 1;
	while (WIFSTOPPED(status)) {
		ptrace(once ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, 0);
		if (waitpid(pid, &status, 0) != pid)
			return 1;
	}
	return status;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int time_command(char **argv)
{
	long long begin = now();
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("%lld %ld\n", now() - begin, usage.ru_maxrss);
	return status != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "calls"))
		return make_calls(atol(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "vmas"))
		return have_vmas((size_t)atol(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "notify"))
		return answer(atol(argv[2]));
	if (argc == 3 && (!strcmp(argv[1], "once") || !strcmp(argv[1], "twice")))
		return stop(atol(argv[2]), !strcmp(argv[1], "once"));
	if (argc > 2 && !strcmp(argv[1], "time"))
		return time_command(argv + 2);
	return 2;
}
