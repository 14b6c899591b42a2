// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "probe.h"

#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED	(1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC		(1 << 15)
#endif

enum { MISSING, WP, WP_ASYNC, MINOR };

#define EVENT_MS	500
#define RETURN_MS	700
#define MANY		1000	/* faults in that time */
#define MARK		0x6b

/* A touch that may never return, hence a thread. */
struct touch {
	pthread_t thread;
	char *at;
	bool write;
	int result;
};

static void *touch_it(void *arg)
{
	struct touch *touch = arg;

	touch->result = touch->write ? vt_write(touch->at, MARK) : vt_read(touch->at);
	return NULL;
}

static bool returns_within(struct touch *touch, int milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += milliseconds * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return !pthread_timedjoin_np(touch->thread, NULL, &until);
}

static int open_uffd(struct audit *audit, __u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		not_asked(audit, "userfaultfd: %s", strerror(errno));
	if (ioctl(fd, UFFDIO_API, &api))
		not_asked(audit, "this kernel has not this mode of userfaultfd");
	return fd;
}

static void watch(struct audit *audit, int uffd, char *at, size_t length, __u64 mode)
{
	struct uffdio_register range = { { (uintptr_t)at, length }, mode, 0 };

	step(audit, "UFFDIO_REGISTER");
	if (ioctl(uffd, UFFDIO_REGISTER, &range))
		refused(audit, "UFFDIO_REGISTER");
}

static void protect(struct audit *audit, int uffd, char *at, size_t length)
{
	struct uffdio_writeprotect range = {
		{ (uintptr_t)at, length }, UFFDIO_WRITEPROTECT_MODE_WP
	};

	step(audit, "UFFDIO_WRITEPROTECT");
	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &range))
		refused(audit, "UFFDIO_WRITEPROTECT");
}

/* Answers the fault as its mode wants; 0 or -1. */
static int answer(const struct audit *audit, int uffd, char *at, size_t length, const char *bytes)
{
	struct uffdio_range range = { (uintptr_t)at, length };
	struct uffdio_copy copy = { (uintptr_t)at, (uintptr_t)bytes, length, 0, 0 };
	struct uffdio_writeprotect allow = { range, 0 };
	struct uffdio_continue map = { range, 0, 0 };

	switch (audit->probe->value) {
	case MISSING:
		return ioctl(uffd, UFFDIO_COPY, &copy);
	case MINOR:
		return ioctl(uffd, UFFDIO_CONTINUE, &map);
	default:
		return ioctl(uffd, UFFDIO_WRITEPROTECT, &allow);
	}
}

/*
 * With nobody registered a fault is the kernel's and the driver's alone. A machine may
 * be slow; one touch that makes faults without end is not.
 */
static void must_return(struct audit *audit, struct touch *touch, int uffd, const char *what)
{
	long before = faults(), after;

	if (returns_within(touch, RETURN_MS))
		return;
	after = faults();
	step(audit, "a touch of %s, the userfaultfd closed", what);
	close(uffd);
	if (!returns_within(touch, RETURN_MS))
		defect(audit, "a touch of %s never returns, though nobody handles it now", what);
	if (after - before > MANY)
		defect(audit, "a touch of %s makes fault after fault, %ld in %d ms, until the "
		       "userfaultfd is closed", what, after - before, RETURN_MS);
	risk(audit, "a touch of %s returned only when the userfaultfd was closed", what);
}

static void start(struct audit *audit, struct touch *touch, char *at, bool write)
{
	touch->at = at;
	touch->write = write;
	step(audit, "a touch of a registered page");
	if (pthread_create(&touch->thread, NULL, touch_it, touch))
		not_asked(audit, "no thread");
}

/*
 * A touch, its fault as a message, an answer, and what the thread then has. False: no
 * message. Before a verdict the page must be free to be put back.
 */
static bool serve(struct audit *audit, int uffd, char *at, size_t length, bool write, int wanted)
{
	struct pollfd event = { .fd = uffd, .events = POLLIN };
	struct uffd_msg message;
	struct touch touch;
	char *bytes = malloc(length);

	if (!bytes)
		not_asked(audit, "no memory");
	memset(bytes, wanted, length);
	start(audit, &touch, at, write);
	if (poll(&event, 1, EVENT_MS) != 1 || read(uffd, &message, sizeof(message)) < 0) {
		must_return(audit, &touch, uffd, "a page that is registered");
		close(uffd);
		return false;
	}
	if ((message.arg.pagefault.address & -(__u64)length) != (uintptr_t)at) {
		close(uffd);
		defect(audit, "the message names %#llx, and %#lx was touched",
		       (unsigned long long)message.arg.pagefault.address, (unsigned long)at);
	}
	step(audit, "the answer to a fault");
	if (answer(audit, uffd, at, length, bytes)) {
		int error = errno;

		close(uffd);
		if (!returns_within(&touch, RETURN_MS))
			defect(audit, "a fault never returns, though nobody handles it any more");
		errno = error;
		refused(audit, "registered, a fault was told, and the answer");
	}
	must_return(audit, &touch, uffd, "a page whose fault was answered");
	if (touch.result < 0)
		late(audit, -touch.result, "a touch, though its fault was answered");
	close(uffd);
	if ((unsigned char)*at != wanted)
		defect(audit, "the fault was answered, and %#x is there, not %#x",
		       (unsigned char)*at, (unsigned int)wanted);
	return true;
}

static const char untold[] = "registered, and a touch made no message";

/* Only where nothing is lost: what is zero is zero again. */
static void drop(struct audit *audit, char *at, size_t length)
{
	bool shared = (audit->subject->flags & MAP_TYPE) == MAP_SHARED;

	must_read(audit, at, "the mapping");
	for (size_t i = 0; i < length; i++)
		if (at[i])
			not_asked(audit, "registered; byte %zu is %#x, which is not to be dropped",
				  i, (unsigned char)at[i]);
	if (madvise(at, length, shared ? MADV_REMOVE : MADV_DONTNEED))
		not_asked(audit, "it can be registered; no page can be dropped: %s",
			  strerror(errno));
}

static void missing(struct audit *audit, char *at, size_t length)
{
	struct uffdio_range range = { (uintptr_t)at, length };
	int uffd = open_uffd(audit, 0), given = audit->subject->prot & PROT_WRITE ? MARK : 0;

	watch(audit, uffd, at, length, UFFDIO_REGISTER_MODE_MISSING);
	ioctl(uffd, UFFDIO_UNREGISTER, &range);
	drop(audit, at, length);
	watch(audit, uffd, at, length, UFFDIO_REGISTER_MODE_MISSING);
	if (!serve(audit, uffd, at, length, false, given)) {
		/* What is private here may be in the object's cache. */
		if ((audit->subject->flags & MAP_TYPE) == MAP_PRIVATE)
			note(audit, "it can be registered; no page of it is missing");
		silent(audit, "%s", untold);
	}
	if (given)
		memset(at, 0, length);
	works(audit, "a missing page's fault was told, and UFFDIO_COPY gave the page");
}

static void wp(struct audit *audit, char *at, size_t length)
{
	int uffd = open_uffd(audit, UFFD_FEATURE_PAGEFAULT_FLAG_WP |
			     UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	take_sample(audit, at);
	watch(audit, uffd, at, length, UFFDIO_REGISTER_MODE_WP);
	protect(audit, uffd, at, length);
	if (!serve(audit, uffd, at, length, true, MARK))
		silent(audit, "%s", untold);
	works(audit, "a write to a protected page was told, and arrived when it was allowed");
}

/* An untouched page that is protected is a marker, where a driver expects no entry. */
static void wp_async(struct audit *audit, char *at, size_t length)
{
	int uffd = open_uffd(audit, UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED |
			     UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	struct touch touch;

	watch(audit, uffd, at, length, UFFDIO_REGISTER_MODE_WP);
	protect(audit, uffd, at, length);
	start(audit, &touch, at, false);
	must_return(audit, &touch, uffd, "an untouched page that is write-protected");
	if (touch.result < 0)
		late(audit, -touch.result, "a read of an untouched page that is write-protected");
	if (!(audit->subject->prot & PROT_WRITE))
		works(audit, "an untouched page that is write-protected can be read");
	take_sample(audit, at);
	protect(audit, uffd, at, length);
	start(audit, &touch, at, true);
	must_return(audit, &touch, uffd, "a page that is write-protected");
	if (touch.result < 0)
		late(audit, -touch.result, "a write to a page that is write-protected");
	if ((unsigned char)*at != MARK)
		defect(audit, "a write to a page that is write-protected did not arrive");
	works(audit, "protected before it was touched, it is read and written");
}

static void minor(struct audit *audit, char *at, size_t length)
{
	int uffd = open_uffd(audit, length > page_size() ? UFFD_FEATURE_MINOR_HUGETLBFS :
			     UFFD_FEATURE_MINOR_SHMEM);
	int byte = must_read(audit, at, "the mapping");

	if (madvise(at, length, MADV_DONTNEED))
		refused(audit, "MADV_DONTNEED, to have a page without an entry");
	watch(audit, uffd, at, length, UFFDIO_REGISTER_MODE_MINOR);
	if (!serve(audit, uffd, at, length, false, byte))
		silent(audit, "%s", untold);
	works(audit, "the fault of a page in the cache was told, and UFFDIO_CONTINUE mapped it");
}

static void run(struct audit *audit)
{
	static void (*const modes[])(struct audit *audit, char *at, size_t length) = {
		[MISSING] = missing,
		[WP] = wp,
		[WP_ASYNC] = wp_async,
		[MINOR] = minor,
	};
	char *at = map_subject(audit);

	modes[audit->probe->value](audit, at, unit_size(at));
}

#define UFFD(name_, question, needed, number) {							\
	.name = name_,										\
	.asks = "userfaultfd: " question,							\
	.rule = "a fault that nobody handles returns, and a page that was given is that page",	\
	.change = "have ->fault replace an entry that is not pte_present(), a marker, too",	\
	.why = "vmf_insert_pfn() takes a marker of userfaultfd's for an entry of its own and "	\
	       "says NOPAGE: the fault repeats for ever",					\
	.needs = NEEDS_MEMORY | (needed),							\
	.value = (number),									\
	.run = run,										\
}

const struct probe probe_uffd_missing =
	UFFD("uffd-missing", "can a missing page be given by user space?", 0, MISSING);
const struct probe probe_uffd_wp =
	UFFD("uffd-wp", "is a write to a protected page told?", NEEDS_WRITE, WP);
const struct probe probe_uffd_wp_async =
	UFFD("uffd-wp-async", "of a page protected before it is touched, does the touch return?", 0,
	     WP_ASYNC);
const struct probe probe_uffd_minor =
	UFFD("uffd-minor", "is the fault of a page in the cache told?", NEEDS_SHARED, MINOR);
