// SPDX-License-Identifier: GPL-2.0-or-later
/* How a probe ends. */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "vmaudit.h"

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[VERDICTS] = {
		[VERDICT_NONE] = "no verdict",
		[WORKS] = "works",
		[REFUSED] = "refused",
		[LATE] = "late",
		[SILENT] = "silent",
		[NOTE] = "note",
		[NOT_APPLICABLE] = "not applicable",
		[NOT_ASKED] = "not asked",
		[RISK] = "risk",
		[DEFECT] = "defect",
		[STUCK] = "stuck",
		[LOGGED] = "logged",
	};

	return words[verdict];
}

/* What the probe forked ends with it, not with a verdict of its own: those do not call this. */
static __noreturn void end(struct audit *audit, enum verdict verdict, int error,
			   const char *format, va_list args)
{
	struct finding *finding = audit->finding;

	vsnprintf(finding->seen, sizeof(finding->seen), format, args);
	put_back_sample();
	unmark(audit->subject);
	finding->error = error;
	finding->verdict = verdict;
	_exit(0);
}

#define ENDS(name, verdict, error)					\
void name(struct audit *audit, const char *format, ...)			\
{									\
	int error_ = error;						\
	va_list args;							\
									\
	va_start(args, format);						\
	end(audit, verdict, error_, format, args);			\
}

ENDS(works, WORKS, 0)
ENDS(refused, REFUSED, errno)
ENDS(silent, SILENT, 0)
ENDS(note, NOTE, 0)
ENDS(not_applicable, NOT_APPLICABLE, 0)
ENDS(not_asked, NOT_ASKED, 0)
ENDS(risk, RISK, 0)
ENDS(defect, DEFECT, 0)

void late(struct audit *audit, int sig, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(audit, LATE, sig, format, args);
}

void step(struct audit *audit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(audit->finding->step, sizeof(audit->finding->step), format, args);
	va_end(args);
}
