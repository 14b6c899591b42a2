// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"
#include "tour.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>

static sigjmp_buf back;

static void on_signal(int signal)
{
	siglongjmp(back, signal);
}

static int touch(char *address, bool write, char value)
{
	/* Of its own: a touch below the stack may leave none to run a handler on. */
	static char stack[64 * KIB];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) }, old_stack;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	struct sigaction old_segv, old_bus;
	int signal;

	sigaltstack(&alternate, &old_stack);
	sigaction(SIGSEGV, &action, &old_segv);
	sigaction(SIGBUS, &action, &old_bus);
	signal = sigsetjmp(back, 1);
	if (!signal) {
		if (write)
			__atomic_store_n(address, value, __ATOMIC_RELAXED);
		else
			(void)__atomic_load_n(address, __ATOMIC_RELAXED);
	}
	sigaction(SIGSEGV, &old_segv, NULL);
	sigaction(SIGBUS, &old_bus, NULL);
	sigaltstack(&old_stack, NULL);
	return signal;
}

int probe_read(const void *address)
{
	return touch((char *)address, false, 0);
}

int probe_write(void *address, char value)
{
	return touch(address, true, value);
}

const char *probe_text(int signal)
{
	switch (signal) {
	case 0:
		return "works";
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	}
	return "another signal";
}

long faults_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}
