// SPDX-License-Identifier: GPL-2.0-or-later
/* The same work by read, write and lseek, and by a mapping: what it costs. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/probe.h"
#include "lib/tour.h"
#include "lib/util.h"

#define SMALL_SIZE (1 * MIB)
#define LARGE_SIZE (16 * MIB)
#define BUFFER (64 * KIB)
#define UPDATES 10000
#define SEED 42

struct cost {
	unsigned long long ns;
	long calls, faults;
	unsigned long result;
};

/* Counted here, where they are made. */
static long calls;

static void at(int fd, size_t offset)
{
	calls++;
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		tour_die("lseek");
}

static void get(int fd, void *data, size_t length)
{
	calls++;
	if (read(fd, data, length) != (ssize_t)length)
		tour_die("read");
}

static void put(int fd, const void *data, size_t length)
{
	calls++;
	if (write(fd, data, length) != (ssize_t)length)
		tour_die("write");
}

static void *get_mapping(int fd, size_t size)
{
	calls += 2;	/* and its munmap */
	return map_or_die(NULL, size, READ_WRITE, MAP_SHARED, fd, 0);
}

static size_t random_record(void)
{
	return (size_t)rand() % (SMALL_SIZE / sizeof(long)) * sizeof(long);
}

/* Small: add one to numbers here and there. The result is their sum. */
static unsigned long update_by_calls(int fd)
{
	unsigned long sum = 0;

	for (int i = 0; i < UPDATES; i++) {
		size_t offset = random_record();
		long number;

		at(fd, offset);
		get(fd, &number, sizeof(number));
		sum += (unsigned long)number++;
		at(fd, offset);
		put(fd, &number, sizeof(number));
	}
	return sum;
}

static unsigned long update_by_mapping(int fd)
{
	char *map = get_mapping(fd, SMALL_SIZE);
	unsigned long sum = 0;

	for (int i = 0; i < UPDATES; i++)
		sum += (unsigned long)(*(long *)(map + random_record()))++;
	munmap(map, SMALL_SIZE);
	return sum;
}

static unsigned long sum_of(const unsigned long *word, size_t length)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < length / sizeof(*word); i++)
		sum += word[i];
	return sum;
}

/* Large: read everything once, from the start to the end. */
static unsigned long sum_by_calls(int fd)
{
	static unsigned long buffer[BUFFER / sizeof(long)];
	unsigned long sum = 0;

	at(fd, 0);
	for (size_t done = 0; done < LARGE_SIZE; done += BUFFER) {
		get(fd, buffer, BUFFER);
		sum += sum_of(buffer, BUFFER);
	}
	return sum;
}

static unsigned long sum_by_mapping(int fd)
{
	unsigned long *map = get_mapping(fd, LARGE_SIZE);
	unsigned long sum = sum_of(map, LARGE_SIZE);

	munmap(map, LARGE_SIZE);
	return sum;
}

static struct cost measure(const char *label, unsigned long (*work)(int fd), int fd)
{
	struct cost cost = { };
	long faults = faults_now();
	unsigned long long start = now_ns();

	srand(SEED);
	calls = 0;
	cost.result = work(fd);
	cost.ns = now_ns() - start;
	cost.calls = calls;
	cost.faults = faults_now() - faults;
	tour_line("%-24s %7ld calls  %6ld faults  %8llu us", label, cost.calls, cost.faults,
		  cost.ns / 1000);
	return cost;
}

static void print_ratio(const struct cost *by_calls, const struct cost *by_mapping)
{
	double ratio = (double)by_calls->ns / (double)(by_mapping->ns ? by_mapping->ns : 1);

	if (ratio >= 1)
		tour_line("The mapping was %.1f times as fast.", ratio);
	else
		tour_line("The mapping was %.1f times as slow.", 1 / ratio);
}

static void fill(int fd, size_t size)
{
	static long numbers[BUFFER / sizeof(long)];

	for (size_t done = 0; done < size; done += BUFFER) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
			numbers[i] = (long)(done + i);
		if (pwrite(fd, numbers, BUFFER, (off_t)done) != (ssize_t)BUFFER)
			tour_die("write");
	}
}

static void step_small(const char *heading, int fd)
{
	struct cost by_calls, by_mapping;

	tour_step(heading,
		  "%d numbers of 8 bytes, anywhere in 1 MiB, are read and raised by one.", UPDATES);
	fill(fd, SMALL_SIZE);
	by_calls = measure("lseek, read, lseek, write", update_by_calls, fd);
	fill(fd, SMALL_SIZE);
	by_mapping = measure("mapping", update_by_mapping, fd);
	print_ratio(&by_calls, &by_mapping);
	tour_why("A call goes into the kernel and back for each number, four times; a mapping\n"
		 "does so once for a page, at its first touch.");
	tour_check(by_calls.result == by_mapping.result, "both saw the same numbers");
	tour_check(by_calls.calls == 4 * UPDATES && by_mapping.calls == 2, "%ld calls became 2",
		   by_calls.calls);
	tour_check(by_mapping.faults <= (long)(SMALL_SIZE / page_size * 2) + 16,
		   "and %ld faults, not more than two a page", by_mapping.faults);
}

static void step_large(const char *heading, int fd)
{
	struct cost by_calls, by_mapping;

	tour_step(heading, "16 MiB are added up once, from start to end: in pieces of 64 KiB by\n"
			   "read, and through a mapping.");
	fill(fd, LARGE_SIZE);
	by_calls = measure("read", sum_by_calls, fd);
	by_mapping = measure("mapping", sum_by_mapping, fd);
	print_ratio(&by_calls, &by_mapping);
	tour_why("Here read copies, but in large pieces; a mapping copies nothing, but has\n"
		 "faults. Which is faster is a matter of the machine: measure.");
	tour_check(by_calls.result == by_mapping.result, "both have the same sum");
	tour_check(by_calls.calls == LARGE_SIZE / BUFFER + 1, "%ld calls against %ld faults",
		   by_calls.calls, by_mapping.faults);
}

static void step_device(void)
{
	int device = device_open("On /dev/vmadev"), region;

	if (device < 0)
		return;
	region = device_create(device, "tour-copy",
			       LARGE_SIZE, VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE);
	step_small("/dev/vmadev, small and random", region);
	step_large("/dev/vmadev, large and in a row", region);
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "copy",
		.title = "read and write against a mapping",
		.intro = "A file can be read with read, or mapped and just looked at. What does\n"
			 "each cost? Times are of this machine and this run; calls and faults\n"
			 "are counted.",
	};
	int fd;

	tour_begin(&about, argc, argv);
	fd = temp_file("numbers.bin", LARGE_SIZE);
	step_small("A file, small and random", fd);
	step_large("A file, large and in a row", fd);
	step_device();
	return tour_end();
}
