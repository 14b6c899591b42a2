// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject allocates nothing while it lives: only what it is told changes its VMAs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../model/call.h"
#include "subject.h"

static sigjmp_buf fault;
static char stack[16384];

static void on_fault(int number)
{
	(void)number;
	siglongjmp(fault, 1);
}

static long touch(const struct order *order)
{
	volatile char *at = (char *)order->args[0];

	if (sigsetjmp(fault, 1))
		return -EFAULT;
	if (order->args[1])
		*at = 1;
	else
		(void)*at;
	return 0;
}

static long obey(const struct order *order)
{
	long result = syscall(order->what, order->args[0], order->args[1], order->args[2],
			      order->args[3], order->args[4], order->args[5]);

	/* brk(2) gives the kernel's answer; so does what returns an address. */
	return result == -1 ? -errno : result;
}

static long advise(const struct order *order)
{
	struct iovec range = { (void *)order->args[0], order->args[1] };
	int self = (int)syscall(__NR_pidfd_open, getpid(), 0);
	long result = syscall(__NR_process_madvise, self, &range, 1, order->args[2], 0);
	int error = errno;

	close(self);
	return result == -1 ? -error : result;
}

static int uffds[2] = { -1, -1 };

static int uffd_open(void)
{
	int fd = (int)syscall(__NR_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };

	if (fd >= 0)
		ioctl(fd, UFFDIO_API, &api);
	return fd;
}

static long uffd(const struct order *order)
{
	int *fd = &uffds[order->args[1] - 1];
	struct uffdio_register range = {
		.range = { order->args[2], order->args[3] }, .mode = UFFDIO_REGISTER_MODE_WP,
	};
	long result;

	if (order->args[0] == CALL_UFFD_REGISTER) {
		*fd = *fd < 0 ? uffd_open() : *fd;
		result = ioctl(*fd, UFFDIO_REGISTER, &range);
	} else if (order->args[0] == CALL_UFFD_UNREGISTER) {
		result = ioctl(*fd, UFFDIO_UNREGISTER, &range.range);
	} else {
		result = close(*fd);
		*fd = -1;
	}
	return result ? -errno : 0;
}

static long breed(void)
{
	pid_t pid = fork();

	if (pid) {
		/* Forked VMAs are chained to those of a parent that lives. */
		for (;;)
			pause();
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* They are the parent's, and so is what is registered with them. */
	for (size_t i = 0; i < ARRAY_SIZE(uffds); i++) {
		close(uffds[i]);
		uffds[i] = -1;
	}
	return getpid();
}

static void serve(int orders, int answers)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_ONSTACK };
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct order order;
	long result;

	sigaltstack(&alternative, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	while (read(orders, &order, sizeof(order)) == sizeof(order)) {
		result = order.what == DO_TOUCH ? touch(&order) :
			 order.what == DO_ADVISE ? advise(&order) :
			 order.what == DO_UFFD ? uffd(&order) :
			 order.what == DO_FORK ? breed() : obey(&order);
		if (write(answers, &result, sizeof(result)) != sizeof(result))
			break;
	}
	_exit(0);
}

void subject_start(struct subject *subject)
{
	int orders[2], answers[2];

	if (pipe(orders) || pipe(answers))
		_exit(1);
	subject->pid = fork();
	if (!subject->pid) {
		close(orders[1]);
		close(answers[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	subject->first = subject->pid;
	subject->orders = orders[1];
	subject->answers = answers[0];
}

long subject_do(struct subject *subject, const struct order *order)
{
	long result = -EIO;

	if (write(subject->orders, order, sizeof(*order)) != sizeof(*order) ||
	    read(subject->answers, &result, sizeof(result)) != sizeof(result))
		return -EIO;
	if (order->what == DO_FORK)
		subject->pid = (pid_t)result;
	return result;
}

void subject_end(struct subject *subject)
{
	close(subject->orders);
	close(subject->answers);
	/* Each one's child goes with it. */
	kill(subject->first, SIGKILL);
	waitpid(subject->first, NULL, 0);
}
