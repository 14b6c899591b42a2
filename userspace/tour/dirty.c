// SPDX-License-Identifier: GPL-2.0-or-later
/* dirty: which pages have been written to, and a copy of one moment. */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/tour.h"
#include "lib/util.h"

#define PAGES 16
#define SHOTS 20

struct log {
	int region;
	volatile char *map;
};

static volatile char *page_at(const struct log *log, unsigned int page)
{
	return log->map + page * page_size;
}

/* A bit a page: those that were written to since it was asked. */
static unsigned int written(const struct log *log)
{
	__u64 bits = 0;
	struct vmadev_dirty dirty = { .size = sizeof(dirty), .bitmap = (uintptr_t)&bits };

	if (ioctl(log->region, VMADEV_IOC_DIRTY_GET, &dirty))
		tour_die("VMADEV_IOC_DIRTY_GET");
	return (unsigned int)bits;
}

static void print_pages(const char *label, unsigned int bits)
{
	char text[PAGES + 1] = "";

	for (unsigned int i = 0; i < PAGES; i++)
		text[i] = bits >> i & 1 ? 'D' : '.';
	tour_line("%-24s %s", label, text);
}

static void step_log(const struct log *log)
{
	unsigned int first, second;

	tour_step("Which pages?",
		  "A region that keeps a log, mapped. We read page 0, store to pages 1 and 4,\n"
		  "and write(2) to page 9. Then we ask, twice.");
	(void)*page_at(log, 0);
	*page_at(log, 1) = 1;
	*page_at(log, 4) = 1;
	if (pwrite(log->region, "x", 1, 9 * (off_t)page_size) != 1)
		tour_die("pwrite");
	first = written(log);
	second = written(log);
	print_pages("written to:", first);
	print_pages("and since that answer:", second);
	tour_why("A page is mapped so that it can only be read. The first store is a fault, in\n"
		 "which the driver notes the page and lets it be written to. The answer drops\n"
		 "the entries again.");
	tour_check(first == (1 << 1 | 1 << 4 | 1 << 9), "pages 1, 4 and 9 are told");
	tour_check(!second, "each is told once");
}

static void step_cost(const struct log *log)
{
	__u64 begin = device_faults(log->region), first, later;

	tour_step("What it costs", "We store to page 2 a thousand times, ask, and store again.");
	for (int i = 0; i < 1000; i++)
		*page_at(log, 2) = 2;
	first = device_faults(log->region) - begin;
	written(log);
	*page_at(log, 2) = 3;
	later = device_faults(log->region) - begin - first;
	tour_line("faults of 1000 stores:   %llu", (unsigned long long)first);
	tour_line("of one after the answer: %llu", (unsigned long long)later);
	tour_why("What was told of is to be seen again: one fault a page and answer. Between\n"
		 "two answers stores cost nothing.");
	tour_check(first == 1 && later == 1, "one fault, whatever is stored");
}

/* A copy follows what is written: what it lacks becomes less each round. */
static void step_follow(const struct log *log)
{
	static const unsigned int stores[] = { 7, 3, 1, 0 };
	char copy[PAGES * page_size];
	unsigned int todo = (1 << PAGES) - 1, copied = 0;
	size_t round;

	tour_step("A copy that follows",
		  "So a virtual machine moves to another host while it runs: all of its memory\n"
		  "is copied, then what was written to meanwhile, and so on. Ours writes to\n"
		  "fewer pages in each round.");
	written(log);
	for (round = 0; todo; round++) {
		print_pages(round ? "written to meanwhile:" : "to be copied:", todo);
		for (unsigned int i = 0; i < PAGES; i++)
			if (todo >> i & 1)
				memcpy(copy + i * page_size, (char *)page_at(log, i), page_size);
		copied += (unsigned int)__builtin_popcount(todo);
		for (unsigned int i = 0; i < stores[round]; i++)
			*page_at(log, 2 * i) += 1;
		todo = written(log);
	}
	tour_line("copied in %zu rounds: %u pages", round, copied);
	tour_why("The last round, of few pages, is the only one for which the machine has to\n"
		 "stand still.");
	tour_check(copied == PAGES + 7 + 3 + 1, "only what was written to is copied again");
	tour_check(!memcmp(copy, (char *)log->map, sizeof(copy)), "the copy has the same bytes");
}

/* For ever: the same number to the first page, and then to the last. */
static pid_t start_writer(const struct log *log)
{
	pid_t pid = fork();

	if (pid < 0)
		tour_die("fork");
	if (pid)
		return pid;
	for (unsigned int n = 0;; n++) {
		*(volatile unsigned int *)page_at(log, 0) = n;
		*(volatile unsigned int *)page_at(log, PAGES - 1) = n;
	}
}

static int snapshot_of(int region, unsigned long long *waited)
{
	struct vmadev_snapshot snapshot = { .size = sizeof(snapshot) };
	int fd = ioctl(region, VMADEV_IOC_SNAPSHOT, &snapshot);

	if (fd < 0)
		tour_die("VMADEV_IOC_SNAPSHOT");
	*waited += snapshot.stopped_pages;
	return fd;
}

static unsigned int number_at(int fd, unsigned int page)
{
	unsigned int n;

	if (pread(fd, &n, sizeof(n), (off_t)(page * page_size)) != sizeof(n))
		tour_die("pread");
	return n;
}

static void step_snapshot(const struct log *log)
{
	unsigned long long waited = 0;
	int wrong = 0;
	pid_t writer;

	tour_step("One moment",
		  "A process stores a number to the first page and then to the last, and then\n"
		  "the next number. We take %d snapshots meanwhile.", SHOTS);
	*(volatile unsigned int *)page_at(log, 0) = 0;
	*(volatile unsigned int *)page_at(log, PAGES - 1) = 0;
	writer = start_writer(log);
	for (int i = 0; i < SHOTS; i++) {
		int fd = snapshot_of(log->region, &waited);
		unsigned int first = number_at(fd, 0), last = number_at(fd, PAGES - 1);

		wrong += first - last > 1;
		close(fd);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	tour_line("snapshots in which the pages are of different moments: %d", wrong);
	tour_why("Read(2) copies one page after the other, and the writer is faster. SNAPSHOT\n"
		 "follows the log as above, and has who writes wait for the last pages alone:\n"
		 "here for at most these two.");
	tour_check(!wrong, "in each the first page is the same number, or one ahead");
	tour_check(waited <= 2 * SHOTS, "writers never wait for more than two pages");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "dirty",
		.title = "what was written to",
		.intro = "Who wants a copy of memory that others write to, for a backup, another\n"
			 "host or a display, wants to know what changed since.",
	};
	struct log log;
	int device;

	tour_begin(&about, argc, argv);
	device = device_open("What was written to");
	if (device < 0)
		return tour_end();
	log.region = device_create_flags(device, "tour-dirty", PAGES * page_size,
					 VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE,
					 VMADEV_CREATE_LOG_DIRTY);
	log.map = map_or_die(NULL, PAGES * page_size, READ_WRITE, MAP_SHARED, log.region, 0);
	step_log(&log);
	step_cost(&log);
	step_follow(&log);
	step_snapshot(&log);
	munmap((char *)log.map, PAGES * page_size);
	close(log.region);
	close(device);
	return tour_end();
}
