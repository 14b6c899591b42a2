// SPDX-License-Identifier: GPL-2.0-or-later
/* msync: what it does, and what holds without it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/tour.h"
#include "lib/util.h"

static const char word[] = "survived";

/* Has the object the word at its start? As read sees it, not a mapping. */
static bool has_word(int fd)
{
	char text[sizeof(word)] = "";

	if (pread(fd, text, sizeof(text), 0) < 0)
		tour_die("read");
	return !strcmp(text, word);
}

/* Write the word in a child that is killed before it can tidy up. */
static void write_and_die(int fd, int flags)
{
	struct peer child;
	char *map;

	if (!peer_fork(&child)) {
		map = map_or_die(NULL, page_size, READ_WRITE, flags, fd, 0);
		memcpy(map, word, sizeof(word));
		raise(SIGKILL);
	}
	if (peer_join(&child) != 128 + SIGKILL)
		tour_die("the child was not killed");
}

static void print_and_die(int fd)
{
	struct peer child;

	if (!peer_fork(&child)) {
		FILE *file = fdopen(dup(fd), "w");

		if (!file || fwrite(word, sizeof(word), 1, file) != 1)
			tour_die("fwrite");
		raise(SIGKILL);
	}
	if (peer_join(&child) != 128 + SIGKILL)
		tour_die("the child was not killed");
}

static const char *fate(bool there)
{
	return there ? "survived" : "lost";
}

static void step_crash(void)
{
	bool shared, private, buffered;
	int files[3] = {
		temp_file("shared.bin", (off_t)page_size),
		temp_file("private.bin", (off_t)page_size),
		temp_file("buffered.bin", (off_t)page_size),
	};

	tour_step("A process crashes",
		  "Three children write one word, each in its way, and are killed at once by\n"
		  "SIGKILL. None calls msync.");
	write_and_die(files[0], MAP_SHARED);
	write_and_die(files[1], MAP_PRIVATE);
	print_and_die(files[2]);
	shared = has_word(files[0]);
	private = has_word(files[1]);
	buffered = has_word(files[2]);
	tour_line("through a shared mapping:     %s", fate(shared));
	tour_line("through a private mapping:    %s", fate(private));
	tour_line("by fwrite, without fflush:    %s", fate(buffered));
	tour_why("A shared mapping is the kernel's page itself, so the word was in the file the\n"
		 "moment it was written; the other two were in the process's own memory and\n"
		 "died with it.");
	tour_check(shared, "what went through the shared mapping is in the file, without msync");
	tour_check(!private && !buffered, "what lay in private memory is lost");
	for (int i = 0; i < 3; i++)
		close(files[i]);
}

static long dirty_kib(const char *map)
{
	return smaps_kib(map, "Shared_Dirty") + smaps_kib(map, "Private_Dirty");
}

static void step_flags(int fd, size_t length)
{
	char *map = map_or_die(NULL, length, READ_WRITE, MAP_SHARED, fd, 0);
	long written, after_async, after_sync;

	tour_step("The machine crashes",
		  "That cannot be shown, but counted: what is dirty is not on the disk yet. We\n"
		  "write 4 pages, then call msync with MS_ASYNC and with MS_SYNC.");
	touch_pages(map, length, 'm');
	written = dirty_kib(map);
	msync(map, length, MS_ASYNC);
	after_async = dirty_kib(map);
	if (msync(map, length, MS_SYNC))
		tour_die("msync");
	after_sync = dirty_kib(map);
	tour_line("written:         %2ld KiB dirty", written);
	tour_line("after MS_ASYNC:  %2ld KiB dirty", after_async);
	tour_line("after MS_SYNC:   %2ld KiB dirty", after_sync);
	if (!on_disk(fd))
		tour_say("(This file is in a tmpfs. There is no disk to write to, and so\n"
			 "nothing ever becomes clean; set TMPDIR to a directory on a disk to\n"
			 "see the difference.)");
	tour_why("MS_SYNC writes and waits, and only then a power cut loses nothing. MS_ASYNC\n"
		 "does nothing on Linux since 2.6.19: the kernel writes dirty pages by itself,\n"
		 "some 30 seconds later.");
	tour_check(written == (long)(length / KIB), "what is written is dirty");
	tour_check(after_async == written, "MS_ASYNC leaves it dirty");
	if (on_disk(fd))
		tour_check(!after_sync, "MS_SYNC leaves nothing dirty");
	munmap(map, length);
}

static int msync_error(void *address, size_t length, int flags)
{
	return msync(address, length, flags) ? errno : 0;
}

static void step_refused(int fd, size_t length)
{
	char *map = map_or_die(NULL, length, READ_WRITE, MAP_SHARED, fd, 0);
	int invalidate, locked, both, crooked, hole;

	tour_step("MS_INVALIDATE, and what is refused", "We call msync in five more ways.");
	invalidate = msync_error(map, length, MS_SYNC | MS_INVALIDATE);
	mlock(map, page_size);
	locked = msync_error(map, length, MS_INVALIDATE);
	munlock(map, page_size);
	both = msync_error(map, length, MS_SYNC | MS_ASYNC);
	crooked = msync_error(map + 1, length - 1, MS_SYNC);
	munmap(map + page_size, page_size);
	hole = msync_error(map, length, MS_SYNC);
	tour_line("MS_SYNC and MS_INVALIDATE:  %s", errno_text(invalidate));
	tour_line("MS_INVALIDATE, locked:      %s", errno_text(locked));
	tour_line("MS_SYNC and MS_ASYNC:       %s", errno_text(both));
	tour_line("an address inside a page:   %s", errno_text(crooked));
	tour_line("a hole in the range:        %s", errno_text(hole));
	tour_why("All mappings of a file show the same pages anyway, so there is nothing to\n"
		 "invalidate; Linux only looks whether a page is locked.");
	tour_check(!invalidate && locked == EBUSY,
		   "MS_INVALIDATE works, and is EBUSY on locked memory");
	tour_check(both == EINVAL && crooked == EINVAL,
		   "contradiction and crooked address are EINVAL");
	tour_check(hole == ENOMEM,
		   "a hole is ENOMEM (what is mapped has been written all the same)");
	munmap(map, length);
}

static void step_device(void)
{
	int device = device_open("On /dev/vmadev"), region, error;
	bool there;
	char *map;

	if (device < 0)
		return;
	region = device_create(device,
			       "tour-msync", page_size, VMADEV_BACKING_PAGES, VMADEV_STRATEGY_PAGE);
	tour_step("On /dev/vmadev",
		  "A child writes through a mapping of the device and is killed; then we call\n"
		  "msync(MS_SYNC).");
	write_and_die(region, MAP_SHARED);
	there = has_word(region);
	map = map_or_die(NULL, page_size, READ_WRITE, MAP_SHARED, region, 0);
	error = msync_error(map, page_size, MS_SYNC);
	tour_line("through a shared mapping:  %s", fate(there));
	tour_line("msync(MS_SYNC):            %s", errno_text(error));
	tour_why("Memory of a device is coherent as a file's is: read sees what a mapping\n"
		 "wrote, at once. There is no disk behind it, so msync has nothing to do.");
	tour_check(there, "what the child wrote outlives it");
	tour_check(!error, "msync works");
	munmap(map, page_size);
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "msync",
		.title = "when does a write reach the file",
		.intro = "Who writes through a shared mapping calls no function. So when is it\n"
			 "in the file, and when on the disk?",
	};
	size_t length;
	int fd;

	tour_begin(&about, argc, argv);
	length = 4 * page_size;
	fd = temp_file("synced.bin", (off_t)length);
	step_crash();
	step_flags(fd, length);
	step_refused(fd, length);
	step_device();
	return tour_end();
}
