// SPDX-License-Identifier: GPL-2.0-or-later
/* One memory, two processes that are not related, four ways to meet. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/maps.h"
#include "lib/peer.h"
#include "lib/tour.h"
#include "lib/util.h"

#define ROUNDS 100000

/* What lies in the shared page. */
struct page {
	long count;
	unsigned long long peer_address;
	char message[64];
};

static struct page *attach_fd(int fd)
{
	struct page *page;

	if (fd < 0)
		return NULL;
	page = map_or_die(NULL, page_size, READ_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return page;
}

static struct page *attach_file(const char *name)
{
	return attach_fd(open(name, O_RDWR | O_CLOEXEC));
}

static struct page *attach_posix(const char *name)
{
	return attach_fd(shm_open(name, O_RDWR, 0));
}

static struct page *attach_sysv(const char *name)
{
	void *page = shmat((int)strtol(name, NULL, 10), NULL, 0);

	return page == (void *)-1 ? NULL : page;
}

static void count(struct page *page)
{
	for (int i = 0; i < ROUNDS; i++)
		__atomic_fetch_add(&page->count, 1, __ATOMIC_RELAXED);
}

struct way {
	const char *name, *heading, *how;
	struct page *(*attach)(const char *name);
};

static const struct way ways[] = {
	{ "file", "A file", "Both open one file by its path.", attach_file },
	{ "posix", "POSIX shared memory", "Both open one name with shm_open.", attach_posix },
	{ "sysv", "System V shared memory", "Both attach one number with shmat.", attach_sysv },
	{ "device", "/dev/vmadev",
		"Both open the device, which has one memory for all.", attach_file },
};

enum { WAY_FILE, WAY_POSIX, WAY_SYSV, WAY_DEVICE };

/* The other process: a program of its own, which was told only a name. */
static int be_peer(const char *way, const char *name)
{
	struct peer peer = { .socket = PEER_FD };
	struct page *page = NULL;

	page_size = (size_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, way))
			page = ways[i].attach(name);
	if (!page)
		return EXIT_FAILURE;
	page->peer_address = (uintptr_t)page;
	snprintf(page->message, sizeof(page->message), "Greetings from process %d", (int)getpid());
	peer_tell(&peer);
	peer_wait(&peer);
	count(page);
	return EXIT_SUCCESS;
}

static void print_map_of(const char *label, pid_t pid, unsigned long long address)
{
	static struct maps maps;

	maps_read(&maps, pid, address, address + 1);
	tour_line("%s", label);
	if (maps.count)
		map_print(' ', &maps.map[0]);
}

static void meet(const struct way *way, const char *name)
{
	char *const argv[] = { "shared", "--peer", (char *)way->name, (char *)name, NULL };
	struct page *page;
	struct peer peer;
	char label[64];

	tour_step(way->heading, "%s The other leaves a message, then each counts to %d in one\n"
				"common counter, at the same time.", way->how, ROUNDS);
	page = way->attach(name);
	if (!page)
		tour_die("attach %s", name);
	memset(page, 0, sizeof(*page));
	peer_exec(&peer, "/proc/self/exe", argv);
	peer_wait(&peer);
	print_map_of("this process", 0, (uintptr_t)page);
	snprintf(label, sizeof(label), "process %d", (int)peer.pid);
	print_map_of(label, peer.pid, page->peer_address);
	tour_line("it left the message:  \"%s\"", page->message);
	peer_tell(&peer);
	count(page);
	if (peer_join(&peer))
		tour_die("the other process failed");
	tour_line("the counter:          %ld", page->count);
	tour_check(page->count == 2 * ROUNDS, "no count was lost: %d and %d are %d",
		   ROUNDS, ROUNDS, 2 * ROUNDS);
	if (way->attach == attach_sysv)
		shmdt(page);
	else
		munmap(page, page_size);
}

static void meet_posix(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/tour-%d", (int)getpid());
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0) {
		tour_leave_out(ways[WAY_POSIX].heading,
			       "shm_open says %s; it needs a tmpfs at /dev/shm", errno_text(errno));
		return;
	}
	if (ftruncate(fd, (off_t)page_size))
		tour_die("ftruncate");
	meet(&ways[WAY_POSIX], name);
	close(fd);
	shm_unlink(name);
}

static void meet_sysv(void)
{
	int id = shmget(IPC_PRIVATE, page_size, 0600);
	char name[16];

	if (id < 0) {
		tour_leave_out(ways[WAY_SYSV].heading, "shmget says %s; the kernel needs\n"
						       "CONFIG_SYSVIPC", errno_text(errno));
		return;
	}
	snprintf(name, sizeof(name), "%d", id);
	meet(&ways[WAY_SYSV], name);
	shmctl(id, IPC_RMID, NULL);
}

static void meet_device(void)
{
	int fd = device_open(ways[WAY_DEVICE].heading);

	if (fd < 0)
		return;
	close(fd);
	meet(&ways[WAY_DEVICE], "/dev/vmadev");
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "shared",
		.title = "one memory, two processes",
		.intro = "Two programs that are not parent and child share a page of memory.\n"
			 "They need only a common name for it; the addresses are their own.",
	};
	const char *path;

	if (argc == 4 && !strcmp(argv[1], "--peer"))
		return be_peer(argv[2], argv[3]);
	tour_begin(&about, argc, argv);
	path = temp_path("shared.bin");
	close(temp_file("shared.bin", (off_t)page_size));
	meet(&ways[WAY_FILE], path);
	meet_posix();
	meet_sysv();
	meet_device();
	putchar('\n');
	tour_why("Both page tables point to the same page of memory; the ways differ only in\n"
		 "how the two find it, and in how long it lives.");
	return tour_end();
}
