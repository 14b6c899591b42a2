// SPDX-License-Identifier: GPL-2.0-or-later
/* Touch one byte, and survive the signal */
#include <setjmp.h>
#include <signal.h>

#include "vt.h"

static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t probing;

static void caught(int sig)
{
	if (probing)
		siglongjmp(back, sig);
	/*
	 * A stray fault kills. So does the signal that the harness sends itself where a test
	 * died of one: to return would be to pass that test.
	 */
	signal(sig, SIG_DFL);
	raise(sig);
}

/* SA_NODEFER leaves the signal mask alone, so that a probe is no system call. */
static void __attribute__((constructor)) catch_faults(void)
{
	struct sigaction sa = { .sa_handler = caught, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
}

int vt_read(const volatile void *p)
{
	int sig, byte;

	sig = sigsetjmp(back, 0);
	if (sig) {
		probing = 0;
		return -sig;
	}
	probing = 1;
	byte = *(const volatile unsigned char *)p;
	probing = 0;
	return byte;
}

int vt_write(volatile void *p, int byte)
{
	int sig;

	sig = sigsetjmp(back, 0);
	if (!sig) {
		probing = 1;
		*(volatile unsigned char *)p = byte;
	}
	probing = 0;
	return -sig;
}
