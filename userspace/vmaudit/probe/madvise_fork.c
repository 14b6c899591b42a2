// SPDX-License-Identifier: GPL-2.0-or-later
#include "madvise.h"

enum { MARKED, CLEAR, GONE, OTHER };	/* what a child finds */

static void look(struct audit *audit, char *at)
{
	size_t length = audit->subject->length;

	if (wrong_page(at, 0, length, NULL) == NO_PAGE)
		_exit(MARKED);
	if (vt_read(at) < 0)
		_exit(GONE);
	for (size_t i = 0; i < length; i += page_size())
		if (vt_read(at + i))
			_exit(OTHER);
	_exit(CLEAR);
}

/* What is taken back is refused where it is: then there is nothing to take back. */
static void run(struct audit *audit)
{
	static const char *const words[] = { "sees it", "sees zeros", "does not have it" };
	const int advice = (int)audit->probe->value;
	const int first = advice == MADV_DOFORK ? MADV_DONTFORK :
			  advice == MADV_KEEPONFORK ? MADV_WIPEONFORK : 0;
	const int want = advice == MADV_DONTFORK ? GONE :
			 advice == MADV_WIPEONFORK ? CLEAR : MARKED;
	size_t length = audit->subject->length;
	char *at = map_subject(audit);
	bool undone = true;
	int status;

	mark(audit, at);
	step(audit, "madvise");
	if (first && madvise(at, length, first))
		undone = false;
	if (madvise(at, length, advice))
		refused(audit, "%s", audit->probe->name);
	status = in_child(audit, look, at);
	must_hold(audit, at, 0, length, "after a child ended");
	if (WIFSIGNALED(status))
		late(audit, WTERMSIG(status), "a child that reads it");
	status = WEXITSTATUS(status);
	if (status == OTHER)
		defect(audit, "a child sees neither the parent's bytes nor zeros");
	if (status != want)
		silent(audit, "a child %s", words[status]);
	if (!undone)
		note(audit, "a child %s; there was nothing to take back", words[status]);
	works(audit, "a child %s", words[status]);
}

#define FORKED(word, advice, question, because, needed) {				\
	MADVISE(word, advice, question),						\
	.why = because,									\
	.needs = NEEDS_MEMORY | (needed),						\
	.run = run,									\
}

#define PINNED "what a device reads or writes by itself must not be copied on write after fork"
#define SECRET "keys and the state of random generators must not be in two processes"

const struct probe probe_madvise_dontfork = FORKED("dontfork", MADV_DONTFORK,
	"can it be kept from children?", PINNED, 0);
const struct probe probe_madvise_dofork = FORKED("dofork", MADV_DOFORK,
	"can it be given to children again?", PINNED, 0);
const struct probe probe_madvise_wipeonfork = FORKED("wipeonfork", MADV_WIPEONFORK,
	"do children see zeros in its place?", SECRET, NEEDS_WRITE);
const struct probe probe_madvise_keeponfork = FORKED("keeponfork", MADV_KEEPONFORK,
	"do children see it again?", SECRET, NEEDS_WRITE);
