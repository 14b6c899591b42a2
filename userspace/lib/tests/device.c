// SPDX-License-Identifier: GPL-2.0-or-later
/* libvmadev on the device: each function does what its description says. */
#include <errno.h>
#include <fcntl.h>
#include <kselftest_harness.h>
#include <libvmadev.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef SO_PASSPIDFD	/* since Linux 6.5 */
#define SO_PASSPIDFD 76
#endif

#define PAGES 4
#define MOST_SENT 253	/* descriptors of one message */

/* Passes @result on; a failure is told. */
static int told(struct __test_metadata *_metadata, int result)
{
	if (result < 0)
		TH_LOG("%s", vmadev_error());
	return result;
}

#define ASSERT_OK(expression) ASSERT_LE(0, told(_metadata, (expression)))
#define EXPECT_FAILS(error, text, expression) \
	do { \
		EXPECT_EQ(-1, (expression)); \
		EXPECT_EQ(error, errno); \
		EXPECT_NE(NULL, strstr(vmadev_error(), text)) { \
			TH_LOG("%s", vmadev_error()); \
		} \
	} while (0)

FIXTURE(region)
{
	size_t page, bytes;
	int device, fd;
};

FIXTURE_SETUP(region)
{
	self->page = (size_t)sysconf(_SC_PAGESIZE);
	self->bytes = PAGES * self->page;
	self->device = vmadev_open(NULL, O_RDWR);
	ASSERT_OK(self->device);
	self->fd = vmadev_create(self->device, "lib-test", self->bytes, VMADEV_BACKING_PAGES,
				 VMADEV_STRATEGY_PAGE);
	ASSERT_OK(self->fd);
}

FIXTURE_TEARDOWN(region)
{
	close(self->fd);
	close(self->device);
}

static int try_map(int fd, size_t length, int prot, int flags, __u32 strategy)
{
	return vmadev_map(NULL, length, prot, flags, fd, 0, strategy) == MAP_FAILED ? -1 : 0;
}

TEST_F(region, info_tells_what_was_created)
{
	struct vmadev_info info;
	struct stat st;

	ASSERT_OK(vmadev_info(self->fd, &info, sizeof(info)));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_STREQ("lib-test", info.name);
	EXPECT_EQ(self->bytes, info.bytes);
	EXPECT_EQ(VMADEV_BACKING_PAGES, info.backing);
	EXPECT_EQ(VMADEV_STRATEGY_PAGE, info.strategy);
	EXPECT_EQ(self->page, info.page_size);
	EXPECT_EQ(st.st_ino, info.region);
}

/* A program built with an older, shorter struct: nothing behind it is touched. */
TEST_F(region, info_keeps_to_the_size_given)
{
	struct vmadev_info info;
	const size_t first = offsetof(struct vmadev_info, name);

	memset(&info, 0x5a, sizeof(info));
	errno = 0;
	if (vmadev_info(self->fd, &info, first))
		EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0x5a, info.name[0]);
	EXPECT_EQ(0x5a, info.name[VMADEV_NAME_MAX - 1]);
}

/* Every backing with the strategy that the table names for it maps and holds bytes. */
TEST_F(region, every_strategy_maps_its_backing)
{
	for (__u32 id = 1; vmadev_strategy_name(id); id++) {
		__u32 backing = vmadev_strategy_backing(id);
		int fd = vmadev_create(self->device, NULL, self->bytes, backing, id);
		char *map;

		if (fd < 0 && errno == EOPNOTSUPP && id == VMADEV_STRATEGY_HUGE)
			continue;	/* not on this kernel */
		ASSERT_OK(fd);
		map = vmadev_map(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, id);
		ASSERT_NE(MAP_FAILED, map);
		map[self->bytes - 1] = (char)id;
		EXPECT_EQ((char)id, map[self->bytes - 1]);
		EXPECT_EQ(0, munmap(map, self->bytes));
		close(fd);
	}
}

TEST_F(region, mapping_outlives_the_handle_at_its_offset)
{
	int handle = vmadev_open_handle(self->fd, 0, 0);
	char byte = 'b';
	char *map;

	ASSERT_OK(handle);
	ASSERT_EQ(1, pwrite(self->fd, &byte, 1, (off_t)self->page));
	map = vmadev_map(NULL, self->page, PROT_READ, MAP_SHARED, handle, self->page, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(handle);
	EXPECT_EQ('b', *map);
}

/* The same strategy again is no change, so no EBUSY; another one is. */
TEST_F(region, map_changes_the_strategy_only_before_the_first_mapping)
{
	const int prot = PROT_READ | PROT_WRITE;
	int other;

	ASSERT_OK(try_map(self->fd, self->page, prot, MAP_SHARED, VMADEV_STRATEGY_PFN));
	ASSERT_OK(try_map(self->fd, self->page, prot, MAP_SHARED, VMADEV_STRATEGY_PFN));
	EXPECT_FAILS(EBUSY, "vmadev_map: ",
		     try_map(self->fd, self->page, prot, MAP_SHARED, VMADEV_STRATEGY_PAGE));
	EXPECT_FAILS(EBUSY, "take another handle with vmadev_open_handle",
		     vmadev_set_strategy(self->fd, VMADEV_STRATEGY_PAGE));
	other = vmadev_open_handle(self->fd, 0, 0);
	ASSERT_OK(other);
	ASSERT_OK(try_map(other, self->page, prot, MAP_SHARED, VMADEV_STRATEGY_PAGE));
}

TEST_F(region, refusals_say_why)
{
	int reader = vmadev_open_handle(self->fd, VMADEV_ACCESS_READ, 0);

	ASSERT_OK(reader);
	EXPECT_FAILS(EACCES, "the descriptor itself has less access",
		     vmadev_open_handle(reader, VMADEV_ACCESS_READ_WRITE, 0));
	EXPECT_FAILS(EACCES, "read-only handle gives no writable shared mapping",
		     try_map(reader, self->page, PROT_WRITE, MAP_SHARED, 0));
	EXPECT_FAILS(EBADF, "open for writing", vmadev_zap(reader, 0, self->page));
	EXPECT_FAILS(EBADF, "open for writing", vmadev_punch(reader, 0, self->page));
	EXPECT_FAILS(EINVAL, "open for writing", vmadev_resize(reader, self->page));
	EXPECT_FAILS(EINVAL, "whole pages", vmadev_resize(self->fd, self->page + 1));
	EXPECT_FAILS(EINVAL, "the length is 0", vmadev_punch(self->fd, 0, 0));
	EXPECT_FAILS(EFBIG, "vmadev_resize: to ", vmadev_resize(self->fd, 1ull << 63));
	EXPECT_FAILS(EFBIG, "vmadev_punch: 1 bytes at ", vmadev_punch(self->fd, 1ull << 63, 1));
	EXPECT_FAILS(ENOSPC, "max_bytes", vmadev_resize(self->fd, 1ull << 43));
	EXPECT_FAILS(EINVAL, "not the device's node", vmadev_resize(self->device, self->page));
	EXPECT_FAILS(ENODEV, "cannot be punched", vmadev_punch(self->device, 0, self->page));
	EXPECT_FAILS(EBADF, "open for writing",
		     vmadev_create(reader, NULL, self->bytes, 0, 0));
	EXPECT_FAILS(EINVAL, "inside the region",
		     try_map(self->fd, self->bytes + self->page, PROT_READ, MAP_SHARED, 0));
	EXPECT_FAILS(EINVAL, "remap and pfn are never private",
		     try_map(self->fd, self->page, PROT_READ, MAP_PRIVATE, VMADEV_STRATEGY_PFN));
	EXPECT_FAILS(EPERM, "PROT_EXEC is refused",
		     try_map(self->fd, self->page, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
	EXPECT_FAILS(EOPNOTSUPP, "cannot serve the strategy",
		     vmadev_set_strategy(self->fd, VMADEV_STRATEGY_CACHE));
	EXPECT_FAILS(EOPNOTSUPP, "backing shmem, strategy remap: ",
		     vmadev_create(self->device, NULL, self->bytes, VMADEV_BACKING_SHMEM,
				   VMADEV_STRATEGY_REMAP));
	EXPECT_FAILS(EINVAL, "whole pages",
		     vmadev_create(self->device, "odd", self->bytes + 1, 0, 0));
	EXPECT_FAILS(ENOSPC, "max_bytes",
		     vmadev_create(self->device, "vast", 1ull << 43, 0, 0));
}

TEST_F(region, create_on_node)
{
	int fd = vmadev_create_on_node(self->device, NULL, self->bytes, VMADEV_BACKING_PAGES,
				       0, 0);

	ASSERT_OK(fd);
	EXPECT_FAILS(EINVAL, "the node exists",
		     vmadev_create_on_node(self->device, NULL, self->bytes,
					   VMADEV_BACKING_PAGES, 0, 4095));
}

static __u64 counter(struct __test_metadata *_metadata, int fd, __u32 scope, const char *wanted)
{
	struct vmadev_stats stats;
	const char *name;
	__u64 value;

	ASSERT_OK(vmadev_stats(fd, scope, &stats, sizeof(stats)));
	for (unsigned int i = 0; (name = vmadev_counter(&stats, i, &value)); i++)
		if (!strcmp(name, wanted))
			return value;
	ASSERT_TRUE(false) TH_LOG("%s is none of the names", wanted);
	return 0;
}

/* Two handles touch a page each: one fault a handle, two of the region. */
TEST_F(region, stats_of_handle_and_region)
{
	int other = vmadev_open_handle(self->fd, 0, VMADEV_STRATEGY_PAGE);
	const int fds[] = { self->fd, other };

	ASSERT_OK(other);
	for (int i = 0; i < 2; i++) {
		char *map = vmadev_map(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
				       fds[i], 0, 0);

		ASSERT_NE(MAP_FAILED, map);
		*map = 1;
	}
	EXPECT_EQ(1, counter(_metadata, other, VMADEV_SCOPE_HANDLE, "faults_write"));
	EXPECT_EQ(1, counter(_metadata, other, 0, "mmaps"));
	EXPECT_EQ(2, counter(_metadata, other, VMADEV_SCOPE_REGION, "faults_write"));
	EXPECT_EQ(2, counter(_metadata, other, VMADEV_SCOPE_REGION, "vmas"));
}

TEST_F(region, zap_makes_the_next_touch_fault)
{
	char *map = vmadev_map(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
			       self->fd, 0, 0);

	ASSERT_NE(MAP_FAILED, map);
	*map = 'z';
	EXPECT_EQ(0, counter(_metadata, self->fd, 0, "faults_read"));
	ASSERT_OK(vmadev_zap(self->fd, 0, self->bytes));
	EXPECT_EQ('z', *map);
	EXPECT_EQ(1, counter(_metadata, self->fd, 0, "faults_read"));
}

TEST_F(region, seals_stay)
{
	int fd = vmadev_create_sealable(self->device, "sealed", self->bytes, 0, 0);
	int reader = vmadev_open_handle(fd, VMADEV_ACCESS_READ, 0);
	__u32 seals = ~0u;

	ASSERT_OK(fd);
	ASSERT_OK(reader);
	ASSERT_OK(vmadev_get_seals(reader, &seals));
	EXPECT_EQ(0u, seals);
	EXPECT_FAILS(EPERM, "open for writing", vmadev_add_seals(reader, VMADEV_SEAL_GROW));
	EXPECT_FAILS(EPERM, "vmadev_create_sealable", vmadev_add_seals(self->fd, VMADEV_SEAL_GROW));
	EXPECT_FAILS(EINVAL, "unknown seal", vmadev_add_seals(fd, 1u << 31));
	ASSERT_OK(vmadev_add_seals(fd, VMADEV_SEAL_GROW | VMADEV_SEAL_WRITE));
	ASSERT_OK(vmadev_get_seals(reader, &seals));
	EXPECT_EQ(VMADEV_SEAL_GROW | VMADEV_SEAL_WRITE, seals);
	EXPECT_FAILS(EPERM, "it is sealed", vmadev_resize(fd, 2 * self->bytes));
	EXPECT_FAILS(EPERM, "the region is sealed", vmadev_punch(fd, 0, self->page));
	ASSERT_OK(vmadev_get_seals(self->fd, &seals));
	EXPECT_EQ(VMADEV_SEAL_SEAL, seals);
	close(reader);
	close(fd);
}

TEST_F(region, dirty_pages_are_told_once)
{
	int fd = vmadev_create_flags(self->device, "log", self->bytes, 0, 0,
				     VMADEV_CREATE_LOG_DIRTY);
	int reader = vmadev_open_handle(fd, VMADEV_ACCESS_READ, 0);
	__u64 bits = 0;
	char *map;

	ASSERT_OK(fd);
	ASSERT_OK(reader);
	EXPECT_FAILS(EOPNOTSUPP, "vmadev_create",
		     vmadev_create_flags(self->device, "log", self->bytes, VMADEV_BACKING_SHMEM, 0,
					 VMADEV_CREATE_LOG_DIRTY));
	map = vmadev_map(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, 0);
	ASSERT_NE(MAP_FAILED, map);
	map[self->page] = 1;
	EXPECT_FAILS(EBADF, "open for writing", vmadev_dirty_get(reader, 0, 0, 0, 0, &bits));
	EXPECT_EQ(1, vmadev_dirty_get(reader, VMADEV_DIRTY_NO_CLEAR, 0, 0, 0, &bits));
	EXPECT_EQ(2u, bits);
	EXPECT_FAILS(EBADF, "open for writing", vmadev_dirty_clear(reader, 0, 0, 0, &bits));
	EXPECT_EQ(1, vmadev_dirty_clear(fd, 0, 0, 0, &bits));
	EXPECT_EQ(0, vmadev_dirty_get(fd, 0, 0, 0, 0, NULL));
	map[0] = 1;
	bits = 0;
	EXPECT_EQ(1, vmadev_dirty_get(fd, 0, 0, 0, 2 * self->page, &bits));
	EXPECT_EQ(1u, bits);
	EXPECT_FAILS(EINVAL, "power of two", vmadev_dirty_get(fd, 0, 0, 0, 3, &bits));
	EXPECT_FAILS(EINVAL, "power of two", vmadev_dirty_clear(fd, 1, 0, 0, &bits));
	EXPECT_FAILS(EOPNOTSUPP, "keeps a log", vmadev_dirty_get(self->fd, 0, 0, 0, 0, &bits));
	EXPECT_FAILS(EOPNOTSUPP, "keeps a log", vmadev_dirty_clear(self->fd, 0, 0, 0, &bits));
	munmap(map, self->bytes);
	close(reader);
	close(fd);
}

TEST_F(region, snapshot_has_the_bytes_of_then)
{
	struct vmadev_snapshot snapshot = { 0 };
	char name[VMADEV_NAME_MAX + 1], byte = 7;
	int fd = vmadev_create_flags(self->device, "log", self->bytes, 0, 0,
				     VMADEV_CREATE_LOG_DIRTY), then;
	struct vmadev_info info;

	ASSERT_OK(fd);
	ASSERT_EQ(1, pwrite(fd, &byte, 1, self->page));
	then = vmadev_snapshot(fd, "then", &snapshot, sizeof(snapshot));
	ASSERT_OK(then);
	EXPECT_LT(0u, snapshot.stopped_ns);
	ASSERT_EQ(1, pwrite(fd, "", 1, self->page));
	byte = 0;
	ASSERT_EQ(1, pread(then, &byte, 1, self->page));
	EXPECT_EQ(7, byte);
	ASSERT_OK(vmadev_info(then, &info, sizeof(info)));
	EXPECT_STREQ("then", info.name);
	memset(name, 'n', VMADEV_NAME_MAX);
	name[VMADEV_NAME_MAX] = '\0';
	EXPECT_FAILS(ENAMETOOLONG, "vmadev_snapshot",
		     vmadev_snapshot(fd, name, &snapshot, sizeof(snapshot)));
	EXPECT_FAILS(EOPNOTSUPP, "keeps a log",
		     vmadev_snapshot(then, NULL, &snapshot, sizeof(snapshot)));
	close(then);
	close(fd);
}

TEST_F(region, revoke_and_restore)
{
	int reader = vmadev_open_handle(self->fd, VMADEV_ACCESS_READ, 0);
	__u64 pinned = 1;
	char byte = 1;

	ASSERT_OK(reader);
	EXPECT_FAILS(EBADF, "open for writing", vmadev_revoke(reader, 0, NULL));
	EXPECT_FAILS(EBADF, "open for writing", vmadev_restore(reader));
	EXPECT_FAILS(EINVAL, "unknown way", vmadev_revoke(self->fd, 9, NULL));
	EXPECT_FAILS(EINVAL, "is not revoked", vmadev_restore(self->fd));
	EXPECT_FAILS(EPERM, "default region", vmadev_revoke(self->device, 0, NULL));
	ASSERT_EQ(1, pwrite(self->fd, &byte, 1, 0));
	ASSERT_OK(vmadev_revoke(self->fd, VMADEV_REVOKE_ONES, &pinned));
	EXPECT_EQ(0ull, pinned);
	EXPECT_FAILS(ENODEV, "revoked already", vmadev_revoke(self->fd, 0, NULL));
	EXPECT_FAILS(ENODEV, "is revoked", vmadev_resize(self->fd, self->page));
	EXPECT_FAILS(ENODEV, "is revoked", vmadev_map(NULL, self->page, PROT_READ, MAP_SHARED,
						      self->fd, 0, 0) == MAP_FAILED ? -1 : 0);
	EXPECT_EQ(-1, pread(reader, &byte, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	ASSERT_OK(vmadev_restore(self->fd));
	EXPECT_EQ(1, pread(reader, &byte, 1, 0));
	EXPECT_EQ(0, byte);
	close(reader);
}

TEST_F(region, resize_and_punch)
{
	char *map = vmadev_map(NULL, self->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			       self->fd, 0, 0);
	struct vmadev_info info;

	ASSERT_NE(MAP_FAILED, map);
	map[0] = 'a';
	map[self->page] = 'b';
	ASSERT_OK(vmadev_punch(self->fd, self->page, self->bytes));
	EXPECT_EQ('a', map[0]);
	EXPECT_EQ(0, map[self->page]);
	ASSERT_OK(vmadev_resize(self->fd, 2 * self->bytes));
	ASSERT_OK(vmadev_info(self->fd, &info, sizeof(info)));
	EXPECT_EQ(2 * self->bytes, info.bytes);
	ASSERT_OK(vmadev_resize(self->fd, self->page));
	EXPECT_EQ('a', map[0]);
}

TEST_F(region, open_by_name)
{
	char name[VMADEV_NAME_MAX + 1];

	memset(name, 'n', VMADEV_NAME_MAX);
	name[VMADEV_NAME_MAX] = '\0';
	EXPECT_FAILS(ENAMETOOLONG, "at most 63 bytes",
		     vmadev_open_by_name(self->device, name, 0, 0));
	EXPECT_FAILS(ENOENT, "no such BAR",
		     vmadev_open_by_name(self->device, "0000:7f:1f.7.bar5", 0, 0));
	EXPECT_FAILS(EPERM, "CAP_SYS_RAWIO",
		     vmadev_open_by_name(self->fd, "0000:7f:1f.7.bar5", 0, 0));
	EXPECT_FAILS(EINVAL, "a bad name", vmadev_open_by_name(self->device, "a b", 0, 0));
}

/* The pages of a buffer stay; without the region's handle too. */
TEST_F(region, export)
{
	int reader = vmadev_open_handle(self->fd, VMADEV_ACCESS_READ, 0), buffer;
	struct vmadev_info info;
	char *map;

	ASSERT_OK(vmadev_info(self->fd, &info, sizeof(info)));
	if (!(info.abilities & VMADEV_CAN_EXPORT))
		SKIP(return, "no dma-bufs in this kernel");
	EXPECT_FAILS(EBADF, "open for writing", vmadev_export(reader, 0, 0, 0, self->page));
	EXPECT_FAILS(EINVAL, "whole pages", vmadev_export(self->fd, 0, 0, 1, self->page));
	EXPECT_FAILS(EOPNOTSUPP, "only pages and contig",
		     vmadev_export(self->fd, 0, VMADEV_STRATEGY_CACHE, 0, self->page));
	buffer = vmadev_export(self->fd, VMADEV_ACCESS_READ, VMADEV_STRATEGY_PFN, self->page,
			       self->page);
	ASSERT_LE(0, buffer);
	EXPECT_FAILS(EBUSY, "a dma-buf shares", vmadev_punch(self->fd, 0, self->bytes));
	EXPECT_FAILS(EBUSY, "a dma-buf shares", vmadev_resize(self->fd, self->page));
	EXPECT_EQ(1, pwrite(self->fd, "e", 1, (off_t)self->page));
	close(reader);
	close(self->fd);
	map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, buffer, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ('e', *map);
	munmap(map, self->page);
	self->fd = buffer;
}

/* What arrives is the same region, close-on-exec, and outlives the sender's. */
TEST_F(region, sent_region_arrives)
{
	char byte = 's';
	int pair[2], got;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ASSERT_EQ(1, pwrite(self->fd, &byte, 1, 0));
	ASSERT_OK(vmadev_send(pair[0], self->fd));
	close(self->fd);
	got = vmadev_receive(pair[1]);
	ASSERT_OK(got);
	EXPECT_EQ(FD_CLOEXEC, fcntl(got, F_GETFD));
	byte = 0;
	EXPECT_EQ(1, pread(got, &byte, 1, 0));
	EXPECT_EQ('s', byte);
	self->fd = got;
}

/* How many descriptors this process has. */
static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void send_fds(struct __test_metadata *_metadata, int socket, const int *fds, size_t count)
{
	char control[CMSG_SPACE(MOST_SENT * sizeof(int))] = "";
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg = (struct cmsghdr *)control;

	msg.msg_control = control;
	msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	ASSERT_EQ(1, sendmsg(socket, &msg, 0));
}

/* What a receiver can have the kernel add to a message; a bit each. */
static const int additions[] = { SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD };

/* A pair whose second end has them; those that this kernel lacks are left out. */
static void make_pair(struct __test_metadata *_metadata, int type, unsigned int added, int *pair)
{
	const int on = 1;

	ASSERT_EQ(0, socketpair(AF_UNIX, type, 0, pair));
	for (size_t i = 0; i < ARRAY_SIZE(additions); i++) {
		if (!(added & 1 << i) ||
		    !setsockopt(pair[1], SOL_SOCKET, additions[i], &on, sizeof(on)))
			continue;
		ASSERT_TRUE(errno == ENOPROTOOPT || errno == EOPNOTSUPP);
	}
}

/* Credentials, labels and pidfds that come along are no hindrance, and none is left open. */
TEST_F(region, sent_region_arrives_whatever_comes_with_it)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

	for (size_t type = 0; type < ARRAY_SIZE(types); type++) {
		for (unsigned int added = 0; added < 8; added++) {
			int pair[2], before, got;
			struct vmadev_info info;

			make_pair(_metadata, types[type], added, pair);
			before = open_descriptors();
			for (int i = 0; i < 3; i++)
				ASSERT_OK(vmadev_send(pair[0], self->fd));
			for (int i = 0; i < 3; i++) {
				got = vmadev_receive(pair[1]);
				ASSERT_OK(got);
				EXPECT_EQ(0, vmadev_info(got, &info, sizeof(info)));
				EXPECT_EQ(FD_CLOEXEC, fcntl(got, F_GETFD));
				close(got);
			}
			EXPECT_EQ(before, open_descriptors());
			close(pair[0]);
			close(pair[1]);
		}
	}
}

/* From one too many to all that a message can hold, regions or other files. */
TEST_F(region, receive_refuses_and_closes_what_is_not_one_region)
{
	const int other = open("/dev/null", O_RDONLY);
	static const size_t counts[] = { 2, 3, 4, 100, MOST_SENT };
	int fds[MOST_SENT];

	for (unsigned int added = 0; added < 8; added++) {
		int pair[2], before;

		make_pair(_metadata, SOCK_STREAM, added, pair);
		before = open_descriptors();
		send_fds(_metadata, pair[0], &other, 1);
		EXPECT_FAILS(EPROTO, "not one vmadev descriptor", vmadev_receive(pair[1]));
		for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
			/* The region first, or last, or nothing else. */
			for (int order = 0; order < 3; order++) {
				for (size_t at = 0; at < counts[i]; at++)
					fds[at] = order == 2 || at == (order ? counts[i] - 1 : 0)
						  ? self->fd : other;
				send_fds(_metadata, pair[0], fds, counts[i]);
				EXPECT_FAILS(EPROTO, "not one vmadev descriptor",
					     vmadev_receive(pair[1]));
				ASSERT_EQ(before, open_descriptors());
			}
		}
		close(pair[0]);
		EXPECT_FAILS(ECONNRESET, "vmadev_receive: ", vmadev_receive(pair[1]));
		close(pair[1]);
	}
}

TEST_F(region, send_to_nobody_fails_without_sigpipe)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	close(pair[1]);
	EXPECT_FAILS(EPIPE, "vmadev_send: ", vmadev_send(pair[0], self->fd));
}

TEST_HARNESS_MAIN
