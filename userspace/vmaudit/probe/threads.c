// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "probe.h"

typedef void *(*thread_step)(void *arg);

enum { FOR_MS = 300, WRITERS = 2, AT = 64 };	/* AT: beside the mark */

/* What went wrong first, and with which byte or signal. */
static struct {
	const char *what;
	int byte;
	int error;
} wrong;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool over;
static atomic_int writers;
static char *shown;

static void went_wrong(const char *what, int byte, int error)
{
	pthread_mutex_lock(&first);
	if (!wrong.what) {
		wrong.what = what;
		wrong.byte = byte;
		wrong.error = error;
	}
	pthread_mutex_unlock(&first);
	atomic_store(&over, true);
}

static void check(const char *at, const struct subject *subject, const char *who)
{
	int byte = 0;

	if (wrong_page(at, 0, subject->length, &byte) != NO_PAGE)
		went_wrong(who, byte, 0);
}

/* Pages of its own, so that what it wrote stays until it writes again. */
static void *write_pages(void *arg)
{
	struct audit *audit = arg;
	size_t page = page_size(), length = audit->subject->length;
	size_t begin = (size_t)atomic_fetch_add(&writers, 1) * page;

	for (unsigned int turn = 1; !atomic_load(&over); turn++) {
		for (size_t i = begin; i < length; i += WRITERS * page) {
			char *at = shown + i + AT;
			int want = (int)(turn & 0xff), old = vt_read(at), byte;

			byte = old < 0 ? old : vt_write(at, want);
			if (!byte)
				byte = vt_read(at);
			if (byte != want)
				went_wrong("a read of what was just written", byte, 0);
			if (old >= 0)
				vt_write(at, old);
		}
	}
	return NULL;
}

static void *read_pages(void *arg)
{
	struct audit *audit = arg;

	while (!atomic_load(&over))
		check(shown, audit->subject, "a read");
	return NULL;
}

/* A mapping that others see nothing of comes, faults and goes. */
static void *map_and_unmap(void *arg)
{
	struct audit *audit = arg;
	const struct subject *subject = audit->subject;

	while (!atomic_load(&over)) {
		char *at = map_as(subject, subject->fd, subject->prot, subject->flags);

		if (at == MAP_FAILED) {
			went_wrong("mmap", 0, errno);
			break;
		}
		check(at, subject, "a read of a second mapping");
		munmap(at, subject->length);
	}
	return NULL;
}

static void *drop_pages(void *arg)
{
	struct audit *audit = arg;

	while (!atomic_load(&over))
		madvise(shown, audit->subject->length, MADV_DONTNEED);
	return NULL;
}

/* Do pages come back that were dropped? Asked of a mapping that nothing rests on. */
static bool can_drop(struct audit *audit, char *at)
{
	size_t length = audit->subject->length;

	return at != shown && !madvise(at, length, MADV_DONTNEED) &&
	       wrong_page(at, 0, length, NULL) == NO_PAGE;
}

static void *fork_and_read(void *arg)
{
	struct audit *audit = arg;
	size_t length = audit->subject->length;
	int status;

	while (!atomic_load(&over)) {
		pid_t pid = fork();

		if (pid < 0) {
			went_wrong("fork", 0, errno);
			break;
		}
		if (!pid)
			_exit(wrong_page(shown, 0, length, NULL) == NO_PAGE ? 0 : 1);
		if (waitpid(pid, &status, 0) == pid && status)
			went_wrong("a child's read",
				   WIFSIGNALED(status) ? -WTERMSIG(status) : 0, 0);
	}
	return NULL;
}

static void run(struct audit *audit)
{
	const struct subject *subject = audit->subject;
	const struct timespec while_it_runs = { .tv_nsec = FOR_MS * 1000000l };
	thread_step steps[4 + WRITERS] = { read_pages };
	pthread_t threads[ARRAY_SIZE(steps)];
	size_t count = 1;
	char *second;

	shown = map_subject(audit);
	if (unit_of(audit, shown, 1) != page_size() && (subject->flags & MAP_TYPE) == MAP_PRIVATE)
		not_applicable(audit, "copies of huge pages run out");
	mark(audit, shown);
	if (is_inherited(audit, shown))
		steps[count++] = fork_and_read;
	second = map_again(audit, shown);
	if (second != shown)
		steps[count++] = map_and_unmap;
	if (can_drop(audit, second))
		steps[count++] = drop_pages;
	if (subject->prot & PROT_WRITE)
		for (int i = 0; i < WRITERS; i++)
			steps[count++] = write_pages;
	step(audit, "%zu threads that fault, map, drop and fork", count);
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, steps[i], audit))
			not_asked(audit, "no thread can be made");
	nanosleep(&while_it_runs, NULL);
	atomic_store(&over, true);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	errno = wrong.error;
	if (wrong.what && wrong.error)
		not_asked(audit, "%s: %s", wrong.what, strerror(wrong.error));
	if (wrong.what && wrong.byte < 0)
		late(audit, -wrong.byte, "%s, while others map, unmap and fork", wrong.what);
	if (wrong.what)
		defect(audit, "%s found %#x, while others map, unmap and fork", wrong.what,
		       wrong.byte);
	must_hold(audit, shown, 0, subject->length, "after all threads ended");
	works(audit, "%zu threads faulted, mapped and forked for %d ms; all bytes were right",
	      count, FOR_MS);
}

const struct probe probe_threads = {
	.name = "threads",
	.asks = "do bytes stay right when threads fault, map, unmap and fork at once?",
	.rule = "a fault shows the right page whatever others do at the time",
	.change = "serialise ->fault against what takes pages away; count with atomics",
	.why = "faults of two threads, and one of a fork, come at the same time since mmap_lock "
	       "is taken for reading, or not at all",
	.needs = NEEDS_MEMORY,
	.run = run,
};
