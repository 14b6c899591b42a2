// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>

#include "probe.h"

static sigjmp_buf back;
static siginfo_t caught;

static void catch(int sig, siginfo_t *info, void *context)
{
	(void)context;
	caught = *info;
	siglongjmp(back, sig);
}

static const char *code_word(int sig, int code)
{
	static const char *const bus[] = {
		[BUS_ADRALN] = "BUS_ADRALN", [BUS_ADRERR] = "BUS_ADRERR",
		[BUS_OBJERR] = "BUS_OBJERR", [BUS_MCEERR_AR] = "BUS_MCEERR_AR",
		[BUS_MCEERR_AO] = "BUS_MCEERR_AO",
	};
	static const char *const segv[] = {
		[SEGV_MAPERR] = "SEGV_MAPERR", [SEGV_ACCERR] = "SEGV_ACCERR",
		[SEGV_BNDERR] = "SEGV_BNDERR", [SEGV_PKUERR] = "SEGV_PKUERR",
	};
	const char *word = NULL;

	if (sig == SIGBUS && code > 0 && code < (int)ARRAY_SIZE(bus))
		word = bus[code];
	if (sig == SIGSEGV && code > 0 && code < (int)ARRAY_SIZE(segv))
		word = segv[code];
	return word ? word : "an unusual si_code";
}

static void run(struct audit *audit)
{
	struct sigaction action = { .sa_sigaction = catch, .sa_flags = SA_SIGINFO | SA_NODEFER };
	struct subject longer = *audit->subject;
	char *at, *past;
	int sig;

	longer.length += page_size();
	step(audit, "mmap of a page more than there is");
	at = map_as(&longer, longer.fd, longer.prot, longer.flags);
	if (at == MAP_FAILED)
		refused(audit, "a page more than there is");
	past = at + audit->subject->length + 1;
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	step(audit, "a read past the end");
	sig = sigsetjmp(back, 0);
	if (!sig) {
		(void)*(volatile char *)past;
		note(audit, "no signal; length-past-end tells of that");
	}
	if (caught.si_addr != past)
		note(audit, "SIG%s, %s, si_addr is %+td bytes from what was read",
		     sigabbrev_np(sig), code_word(sig, caught.si_code),
		     (char *)caught.si_addr - past);
	note(audit, "SIG%s, %s, si_addr is what was read", sigabbrev_np(sig),
	     code_word(sig, caught.si_code));
}

const struct probe probe_signal_past_end = {
	.name = "signal-past-end",
	.asks = "what does the signal of a read past the end tell?",
	.why = "a program that maps what others shrink goes by SIGBUS, its si_code and si_addr",
	.needs = NEEDS_SIZED | NEEDS_FD | NEEDS_MEMORY,
	.run = run,
};
