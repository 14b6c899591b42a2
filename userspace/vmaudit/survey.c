// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How can the subject be mapped at all? Asked before all else, as a probe is: a
 * driver may hang here, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vmaudit.h"

static const struct way {
	int prot;
	int flags;
} ways[] = {
	{ PROT_READ | PROT_WRITE, MAP_SHARED },
	{ PROT_READ, MAP_SHARED },
	{ PROT_WRITE, MAP_SHARED },
	{ PROT_READ | PROT_WRITE, MAP_PRIVATE },
	{ PROT_READ, MAP_PRIVATE },
};

static bool fits(const struct subject *subject, const struct way *way)
{
	return (!subject->prot || subject->prot == way->prot) &&
	       (!(subject->flags & MAP_TYPE) || (subject->flags & MAP_TYPE) == way->flags);
}

/* The finding's error is the index of the way, where there is one. */
static void try_ways(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	int error = EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!fits(subject, &ways[i]))
			continue;
		step(audit, "mmap, %s", ways[i].flags == MAP_SHARED ? "shared" : "private");
		if (map_as(subject, subject->fd, ways[i].prot,
			   ways[i].flags | (subject->flags & ~MAP_TYPE)) != MAP_FAILED) {
			audit->finding->error = (int)i;
			audit->finding->verdict = WORKS;
			return;
		}
		/* That a right is missing says less than what is wrong with the rest. */
		if ((errno != EACCES && errno != EPERM) || error == EINVAL)
			error = errno;
	}
	errno = error;
	refused(audit, "%s", strerror(error));
}

static const struct probe question = { .name = "survey", .run = try_ways };

void survey(struct subject *subject, bool guess, unsigned int seconds)
{
	struct finding finding = { 0 };
	struct audit audit = { .subject = subject, .probe = &question, .finding = &finding };

	ask(&audit, seconds);
	if (finding.verdict == REFUSED && guess && subject->length > page_size()) {
		subject->length = page_size();
		survey(subject, false, seconds);
		return;
	}
	if (finding.verdict == STUCK || finding.verdict == LOGGED) {
		fprintf(stderr, "vmaudit: %s: mmap: %s\n", subject->name, finding.seen);
		exit(EXIT_STUCK);
	}
	if (finding.verdict != WORKS)
		die("%s: mmap of %zu bytes at %lld: %s; --length, --offset, --prot and --flags "
		    "say what its driver takes", subject->name, subject->length,
		    (long long)subject->offset, finding.seen);
	subject->prot = ways[finding.error].prot;
	subject->flags = ways[finding.error].flags | (subject->flags & ~MAP_TYPE);
}
