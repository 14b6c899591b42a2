// SPDX-License-Identifier: GPL-2.0-or-later
/* What is measured: the strategies of vmadev, and what one would map instead. */
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmabench.h"

/* Bytes that were written are up to date, so that fault-around takes them along. */
static int fill_by_write(int fd, size_t bytes)
{
	static const char zeros[1 << 16];

	for (size_t at = 0; at < bytes; at += sizeof(zeros)) {
		size_t part = bytes - at < sizeof(zeros) ? bytes - at : sizeof(zeros);

		if (pwrite(fd, zeros, part, (off_t)at) != (ssize_t)part)
			return -1;
	}
	return 0;
}

static int fill_by_fallocate(int fd, size_t bytes)
{
	return fallocate(fd, 0, 0, (off_t)bytes);
}

/* @fd as it is, but of @bytes. */
static int sized(int fd, size_t bytes)
{
	int saved;

	if (fd < 0 || !ftruncate(fd, (off_t)bytes))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int make_region(const struct peer *peer, size_t bytes)
{
	static int device = -1;

	if (device < 0)
		device = vmadev_open(NULL, O_RDWR);
	if (device < 0)
		return -1;
	return vmadev_create(device, NULL, bytes, peer->backing, peer->strategy);
}

static int make_memfd(const struct peer *peer, size_t bytes)
{
	return sized(memfd_create(peer->name, MFD_CLOEXEC), bytes);
}

static int make_hugetlb(const struct peer *peer, size_t bytes)
{
	return sized(memfd_create(peer->name, MFD_CLOEXEC | MFD_HUGETLB), bytes);
}

static int make_tmpfs(const struct peer *peer, size_t bytes)
{
	(void)peer;
	return sized(open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), bytes);
}

static int make_zero(const struct peer *peer, size_t bytes)
{
	(void)peer;
	(void)bytes;
	return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

/* A memfd's pages, held by a dma-buf. */
static int make_udmabuf(const struct peer *peer, size_t bytes)
{
	static int device = -1;
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = bytes };
	int memfd, fd, saved;

	if (device < 0)
		device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -1;
	memfd = sized(memfd_create(peer->name, MFD_CLOEXEC | MFD_ALLOW_SEALING), bytes);
	if (memfd < 0)
		return -1;
	create.memfd = (__u32)memfd;
	fd = fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) ? -1 : ioctl(device, UDMABUF_CREATE, &create);
	saved = errno;
	close(memfd);
	errno = saved;
	return fd;
}

static const struct peer others[] = {
	{ "memfd", PEER_MEMFD, 0, 0, MAP_SHARED, 0, make_memfd, fill_by_write },
	{ "memfd-populate", PEER_MEMFD_POPULATE, 0, 0, MAP_SHARED | MAP_POPULATE, 0, make_memfd,
	  fill_by_write },
	{ "tmpfs", PEER_TMPFS, 0, 0, MAP_SHARED, 0, make_tmpfs, fill_by_write },
	{ "hugetlbfs", PEER_HUGETLB, 0, 0, MAP_SHARED, 0, make_hugetlb, fill_by_fallocate },
	{ "zero", PEER_ZERO, 0, 0, MAP_SHARED, 0, make_zero, NULL },
	{ "anonymous", PEER_ANON, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, MADV_NOHUGEPAGE, NULL, NULL },
	{ "anonymous-thp", PEER_ANON, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, MADV_HUGEPAGE, NULL,
	  NULL },
	{ "udmabuf", PEER_UDMABUF, 0, 0, MAP_SHARED, 0, make_udmabuf, NULL },
	{ "pipe", PEER_STREAM, 0, 0, 0, 0, NULL, NULL },
	{ "socket", PEER_STREAM, 0, 0, 0, 0, NULL, NULL },
};

static struct peer *all;
static size_t count;

static void add(const struct peer *peer)
{
	all = reallocarray(all, count + 1, sizeof(*all));
	if (!all)
		die("no memory");
	all[count++] = *peer;
}

static void add_strategy(const char *name, __u32 id, __u32 backing)
{
	struct peer peer = {
		.name = name,
		.group = PEER_VMADEV,
		.strategy = id,
		.backing = backing,
		.flags = MAP_SHARED,
		.make = make_region,
		.fill = fill_by_write,
	};
	char *populate;

	add(&peer);
	if (asprintf(&populate, "%s-populate", name) < 0)
		die("no memory");
	peer.name = populate;
	peer.group = PEER_POPULATE;
	peer.flags |= MAP_POPULATE;
	add(&peer);
}

/* Whatever strategies the library knows, and page where its pages can be of large folios. */
size_t peer_count(void)
{
	const char *name;

	if (count)
		return count;
	for (__u32 id = 1; (name = vmadev_strategy_name(id)); id++)
		add_strategy(name, id, vmadev_strategy_backing(id));
	add_strategy("page-contig", VMADEV_STRATEGY_PAGE, VMADEV_BACKING_CONTIG);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		add(&others[i]);
	return count;
}

const struct peer *peer_at(size_t index)
{
	return index < peer_count() ? &all[index] : NULL;
}

const char *peer_error(const struct peer *peer)
{
	return peer->strategy ? vmadev_error() : strerror(errno);
}
