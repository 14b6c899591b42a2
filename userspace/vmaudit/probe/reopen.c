// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "probe.h"

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	char *at = map_subject(audit), *again;
	size_t page;
	int mode = fcntl(subject->fd, F_GETFL) & O_ACCMODE, fd;

	mark(audit, at);
	step(audit, "open of /proc/self/fd/%d", subject->fd);
	fd = open_again(subject->fd, mode);
	if (fd < 0)
		refused(audit, "open of /proc/self/fd/N");
	step(audit, "mmap of what was opened again");
	again = map_as(subject, fd, subject->prot, subject->flags);
	if (again == MAP_FAILED)
		refused(audit, "opened again, it cannot be mapped");
	page = wrong_page(again, 0, subject->length, NULL);
	munmap(again, subject->length);
	close(fd);
	must_hold(audit, at, 0, subject->length, "after another that was opened was closed");
	if (page != NO_PAGE)
		note(audit, "opened again by /proc/self/fd/N it is another object");
	works(audit, "opened again by /proc/self/fd/N it is the same object");
}

const struct probe probe_reopen = {
	.name = "reopen",
	.asks = "opened again by /proc/self/fd/N: is it the same object?",
	.rule = "closing one open file takes nothing from a mapping of another",
	.change = "count who has it open; free at the last ->release",
	.why = "who may reach /proc/PID/fd opens it like this, with rights of the new open",
	.needs = NEEDS_FD | NEEDS_SHARED | NEEDS_MEMORY,
	.run = run,
};
