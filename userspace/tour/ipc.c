// SPDX-License-Identifier: GPL-2.0-or-later
/* One producer, one consumer, and what lies between them. */
#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/peer.h"
#include "lib/tour.h"
#include "lib/util.h"

#define BLOCK (4 * KIB)
#define BLOCKS 2048
#define ROUNDS 3
#define SLOTS 64
#define BATCH (SLOTS / 2)	/* slots that are handed back at a time: fewer wake-ups */

struct message {
	long type;	/* msgsnd wants it */
	unsigned char data[BLOCK];
};

/*
 * A ring of slots in shared memory. The semaphores count those that are free
 * and those that are full; they lie in memory of their own, since the kernel
 * can let processes wait only on pages that belong to a page cache.
 */
struct counts {
	sem_t free, full;
};

static struct message message = { .type = 1 };
static int read_end, write_end, queue;
static struct counts *counts;
static unsigned char (*slot)[BLOCK];

/* The work, the same each way: make a block; use all of its bytes. */
static void make(unsigned char *block, size_t n)
{
	memset(block, (int)(n % 251 + 1), BLOCK);
}

static unsigned long use(const unsigned char *block)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	return sum;
}

static void put_descriptor(size_t n)
{
	make(message.data, n);
	if (write(write_end, message.data, BLOCK) != (ssize_t)BLOCK)
		tour_die("write");
}

static unsigned long take_descriptor(size_t n)
{
	(void)n;
	for (size_t done = 0; done < BLOCK;) {
		ssize_t got = read(read_end, message.data + done, BLOCK - done);

		if (got <= 0)
			tour_die("read");
		done += (size_t)got;
	}
	return use(message.data);
}

static void put_queue(size_t n)
{
	make(message.data, n);
	if (msgsnd(queue, &message, BLOCK, 0))
		tour_die("msgsnd");
}

static unsigned long take_queue(size_t n)
{
	(void)n;
	if (msgrcv(queue, &message, BLOCK, 0, 0) != (ssize_t)BLOCK)
		tour_die("msgrcv");
	return use(message.data);
}

static void put_ring(size_t n)
{
	sem_wait(&counts->free);
	make(slot[n % SLOTS], n);
	sem_post(&counts->full);
}

static unsigned long take_ring(size_t n)
{
	unsigned long sum;

	sem_wait(&counts->full);
	sum = use(slot[n % SLOTS]);
	for (int i = 0; n % BATCH == BATCH - 1 && i < BATCH; i++)
		sem_post(&counts->free);
	return sum;
}

struct way {
	const char *name;
	int copies;
	void (*put)(size_t n);
	unsigned long (*take)(size_t n);
};

static unsigned long long pipe_ns;
static bool intact = true;

/* The child produces, we consume; the sum tells that nothing was lost. */
static unsigned long long carry_once(const struct way *way)
{
	unsigned long sum = 0, expected = 0;
	unsigned long long start, ns;
	struct peer producer;

	for (size_t n = 0; n < BLOCKS; n++)
		expected += (n % 251 + 1) * BLOCK;
	if (!peer_fork(&producer)) {
		peer_wait(&producer);
		for (size_t n = 0; n < BLOCKS; n++)
			way->put(n);
		_exit(0);
	}
	start = now_ns();
	peer_tell(&producer);
	for (size_t n = 0; n < BLOCKS; n++)
		sum += way->take(n);
	ns = now_ns() - start;
	if (peer_join(&producer))
		tour_die("the producer failed");
	intact = intact && sum == expected;
	return ns;
}

static void carry(const struct way *way)
{
	unsigned long long best = carry_once(way);

	for (int round = 1; round < ROUNDS; round++) {
		unsigned long long ns = carry_once(way);

		if (ns < best)
			best = ns;
	}
	if (!pipe_ns)
		pipe_ns = best;
	tour_line("%-28s %6d  %7llu us  %6.2f", way->name, way->copies, best / 1000,
		  (double)best / (double)pipe_ns);
}

static void by_pair(const char *name, const int *ends)
{
	const struct way way = { name, 2, put_descriptor, take_descriptor };

	read_end = ends[0];
	write_end = ends[1];
	carry(&way);
	close(ends[0]);
	close(ends[1]);
}

static bool by_queue(void)
{
	static const struct way way = { "System V message queue", 2, put_queue, take_queue };

	queue = msgget(IPC_PRIVATE, 0600);
	if (queue < 0)
		return false;
	carry(&way);
	msgctl(queue, IPC_RMID, NULL);
	return true;
}

static void by_ring(const char *name, int flags, int fd)
{
	const struct way way = { name, 0, put_ring, take_ring };

	if (sem_init(&counts->free, 1, SLOTS) || sem_init(&counts->full, 1, 0))
		tour_die("sem_init");
	slot = map_or_die(NULL, SLOTS * BLOCK, READ_WRITE, MAP_SHARED | flags, fd, 0);
	carry(&way);
	munmap(slot, SLOTS * BLOCK);
}

static void by_device(int device)
{
	int region = device_create(device, "tour-ipc", SLOTS * BLOCK, VMADEV_BACKING_PAGES,
				   VMADEV_STRATEGY_PAGE);

	by_ring("mapping of /dev/vmadev", 0, region);
	close(region);
	close(device);
}

int main(int argc, char **argv)
{
	static const struct tour about = {
		.name = "ipc",
		.title = "one producer, one consumer",
		.intro = "Two processes pass data on. A pipe, a socket and a queue carry\n"
			 "copies; a shared mapping carries nothing, the data is where both see\n"
			 "it.",
	};
	int ends[2], device;
	bool queued;

	tour_begin(&about, argc, argv);
	tour_step("The same work, each way",
		  "A child makes %d blocks of 4 KiB, we add up all their bytes. Only what lies\n"
		  "between us differs. The best of %d times counts.", BLOCKS, ROUNDS);
	tour_line("%-28s %6s  %10s  %6s", "between them", "copies", "time", "ratio");
	if (pipe(ends))
		tour_die("pipe");
	by_pair("pipe", ends);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		tour_die("socketpair");
	by_pair("UNIX socket", ends);
	queued = by_queue();
	counts = map_or_die(NULL, sizeof(*counts), READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	by_ring("shared mapping", MAP_ANONYMOUS, -1);
	device = device_open("A mapping of /dev/vmadev");
	if (device >= 0)
		by_device(device);
	if (!queued)
		tour_leave_out("The message queue",
			       "msgget says %s; the kernel needs CONFIG_SYSVIPC",
			       errno_text(errno));
	tour_why("Through the kernel each block is copied in and copied out; in a shared\n"
		 "mapping it is written once, where the other reads it, and only the waiting\n"
		 "goes through the kernel. (A ratio below 1 is faster than the pipe. Times are\n"
		 "of this machine and this run.)");
	tour_check(intact, "every way brought %s, and the sums agree", size_text(BLOCKS * BLOCK));
	return tour_end();
}
