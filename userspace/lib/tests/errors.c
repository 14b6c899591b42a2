// SPDX-License-Identifier: GPL-2.0-or-later
/* What libvmadev does without the device: words, and errors that say why. */
#include <errno.h>
#include <fcntl.h>
#include <kselftest_harness.h>
#include <libvmadev.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>

static bool error_has(struct __test_metadata *_metadata, const char *text)
{
	if (strstr(vmadev_error(), text))
		return true;
	TH_LOG("%s", vmadev_error());
	return false;
}

#define EXPECT_ERROR_HAS(text) EXPECT_TRUE(error_has(_metadata, (text)))

/* Every enum value has its word and every word its value. */
TEST(words_and_values_match)
{
	__u32 id;

	for (id = 1; vmadev_strategy_name(id); id++) {
		EXPECT_EQ(id, vmadev_strategy_by_name(vmadev_strategy_name(id)));
		EXPECT_NE(0, vmadev_strategy_backing(id));
	}
	EXPECT_EQ(VMADEV_STRATEGY_FILEMAP + 1, id);
	for (id = 1; vmadev_backing_name(id); id++)
		EXPECT_EQ(id, vmadev_backing_by_name(vmadev_backing_name(id)));
	EXPECT_EQ(VMADEV_BACKING_BAR + 1, id);
	EXPECT_STREQ("resize", vmadev_ability_name(VMADEV_CAN_RESIZE));
	EXPECT_STREQ("punch", vmadev_ability_name(VMADEV_CAN_PUNCH));
	EXPECT_STREQ("holes", vmadev_ability_name(VMADEV_CAN_HOLES));
	EXPECT_STREQ("seal", vmadev_ability_name(VMADEV_CAN_SEAL));
	EXPECT_STREQ("revoke", vmadev_ability_name(VMADEV_CAN_REVOKE));
	EXPECT_STREQ("zeros", vmadev_revoke_name(VMADEV_REVOKE_ZEROS));
	EXPECT_EQ(NULL, vmadev_revoke_name(VMADEV_REVOKE_ONES + 1));
	EXPECT_EQ(NULL, vmadev_revoke_name(0));
	EXPECT_STREQ("crash", vmadev_ability_name(VMADEV_CAN_CRASH));
	EXPECT_STREQ("inject", vmadev_ability_name(VMADEV_CAN_INJECT));
	EXPECT_STREQ("export", vmadev_ability_name(VMADEV_CAN_EXPORT));
	EXPECT_STREQ("dirty", vmadev_ability_name(VMADEV_CAN_DIRTY));
	EXPECT_EQ(NULL, vmadev_ability_name(1u << 31));
	EXPECT_EQ(NULL, vmadev_ability_name(0));
	EXPECT_EQ(NULL, vmadev_ability_name(VMADEV_CAN_RESIZE | VMADEV_CAN_PUNCH));
	EXPECT_STREQ("wc", vmadev_cache_name(VMADEV_CACHE_WC));
	EXPECT_EQ(NULL, vmadev_cache_name(0));
	EXPECT_EQ(NULL, vmadev_cache_name(VMADEV_CACHE_WC + 1));
	EXPECT_STREQ("shrink", vmadev_seal_name(VMADEV_SEAL_SHRINK));
	EXPECT_STREQ("future-write", vmadev_seal_name(VMADEV_SEAL_FUTURE_WRITE));
	EXPECT_EQ(NULL, vmadev_seal_name(VMADEV_SEAL_FUTURE_WRITE << 1));
	EXPECT_EQ(NULL, vmadev_strategy_name(0));
	EXPECT_EQ(0, vmadev_strategy_backing(0));
	EXPECT_STREQ("remap", vmadev_strategy_name(VMADEV_STRATEGY_REMAP));
	EXPECT_STREQ("contig", vmadev_backing_name(VMADEV_BACKING_CONTIG));
}

TEST(unknown_word_lists_the_known)
{
	errno = 0;
	EXPECT_EQ(0, vmadev_strategy_by_name("mmap"));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_ERROR_HAS("vmadev_strategy_by_name: 'mmap' is none of");
	EXPECT_ERROR_HAS(" remap pfn page insert cache anon huge filemap: Invalid argument");
	EXPECT_EQ(0, vmadev_backing_by_name(NULL));
	EXPECT_ERROR_HAS("pages contig shmem none media");
}

/* A counter whose bit is clear is not 0: it is not observed. */
TEST(counter_tells_unseen_from_zero)
{
	struct vmadev_stats stats = { .observed = VMADEV_STAT_MMAPS | VMADEV_STAT_VMAS, .vmas = 3 };
	__u64 value = 1;

	EXPECT_STREQ("mmaps", vmadev_counter(&stats, 0, &value));
	EXPECT_EQ(0, value);
	EXPECT_STREQ("faults_read", vmadev_counter(&stats, 1, &value));
	EXPECT_EQ(VMADEV_NOT_OBSERVED, value);
	EXPECT_STREQ("vmas", vmadev_counter(&stats, 7, &value));
	EXPECT_EQ(3, value);
	EXPECT_EQ(NULL, vmadev_counter(&stats, 8, &value));
	EXPECT_EQ(3, value);
}

TEST(open_says_what_is_missing)
{
	EXPECT_EQ(-1, vmadev_open("/dev/no-such-device", O_RDWR));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_ERROR_HAS("vmadev_open: /dev/no-such-device: No such file or directory: ");
	EXPECT_ERROR_HAS(": load the module (modprobe vmadev)");
	EXPECT_EQ(-1, vmadev_open("/dev/null", O_RDWR));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_ERROR_HAS("this is no vmadev device");
}

/* Each call on a descriptor that is not of vmadev: ENOTTY, with its name. */
TEST(foreign_descriptor_is_refused_by_name)
{
	struct vmadev_info info;
	struct vmadev_stats stats;
	__u32 seals;
	struct vmadev_rule rule = { 0 };
	struct vmadev_snapshot snapshot = { 0 };
	int pair[2], fd = open("/dev/null", O_RDWR);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
#define EXPECT_ENOTTY(call, expression) \
	do { \
		errno = 0; \
		EXPECT_EQ(-1, (expression)); \
		EXPECT_EQ(ENOTTY, errno); \
		EXPECT_EQ(vmadev_error(), strstr(vmadev_error(), call ": ")); \
		EXPECT_ERROR_HAS("this descriptor is not of vmadev"); \
	} while (0)
	EXPECT_ENOTTY("vmadev_info", vmadev_info(fd, &info, sizeof(info)));
	EXPECT_ENOTTY("vmadev_stats", vmadev_stats(fd, 0, &stats, sizeof(stats)));
	EXPECT_ENOTTY("vmadev_create", vmadev_create(fd, "a", 4096, 0, 0));
	EXPECT_ENOTTY("vmadev_create", vmadev_create_on_node(fd, "a", 4096, 0, 0, 0));
	EXPECT_ENOTTY("vmadev_open_handle", vmadev_open_handle(fd, 0, 0));
	EXPECT_ENOTTY("vmadev_open_by_name", vmadev_open_by_name(fd, "a", 0, 0));
	EXPECT_ENOTTY("vmadev_set_strategy", vmadev_set_strategy(fd, 0));
	EXPECT_ENOTTY("vmadev_zap", vmadev_zap(fd, 0, 4096));
	EXPECT_ENOTTY("vmadev_resize", vmadev_resize(fd, 4096));
	EXPECT_ENOTTY("vmadev_punch", vmadev_punch(fd, 0, 4096));
	EXPECT_ENOTTY("vmadev_create", vmadev_create_sealable(fd, "a", 4096, 0, 0));
	EXPECT_ENOTTY("vmadev_create", vmadev_create_flags(fd, "a", 4096, 0, 0, 0));
	EXPECT_ENOTTY("vmadev_dirty_get", vmadev_dirty_get(fd, 0, 0, 0, 0, NULL));
	EXPECT_ENOTTY("vmadev_dirty_clear", vmadev_dirty_clear(fd, 0, 0, 0, NULL));
	EXPECT_ENOTTY("vmadev_snapshot", vmadev_snapshot(fd, "a", &snapshot, sizeof(snapshot)));
	EXPECT_ENOTTY("vmadev_add_seals", vmadev_add_seals(fd, VMADEV_SEAL_GROW));
	EXPECT_ENOTTY("vmadev_get_seals", vmadev_get_seals(fd, &seals));
	EXPECT_ENOTTY("vmadev_revoke", vmadev_revoke(fd, 0, NULL));
	EXPECT_ENOTTY("vmadev_restore", vmadev_restore(fd));
	EXPECT_ENOTTY("vmadev_inject", vmadev_inject(fd, 0, &rule, 1, sizeof(rule)));
	EXPECT_ENOTTY("vmadev_rules", vmadev_rules(fd, &rule, 1, sizeof(rule)));
	EXPECT_ENOTTY("vmadev_export", vmadev_export(fd, 0, 0, 0, 4096));
	EXPECT_ENOTTY("vmadev_send", vmadev_send(pair[0], fd));
	EXPECT_ENOTTY("vmadev_map", vmadev_map(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0, 0) ==
		      MAP_FAILED ? -1 : 0);
}

TEST(name_too_long)
{
	char name[VMADEV_NAME_MAX + 1] = "";

	memset(name, 'n', VMADEV_NAME_MAX);
	EXPECT_EQ(-1, vmadev_create(-1, name, 4096, 0, 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	EXPECT_ERROR_HAS("a name has at most 63 bytes");
}

TEST(receive_from_a_closed_socket)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	close(pair[0]);
	EXPECT_EQ(-1, vmadev_receive(pair[1]));
	EXPECT_EQ(ECONNRESET, errno);
}

static void send_fds(struct __test_metadata *_metadata, int socket, const int *fds, size_t count)
{
	char control[CMSG_SPACE(3 * sizeof(int))] = "";
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg = (struct cmsghdr *)control;

	if (count) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	}
	ASSERT_EQ(1, sendmsg(socket, &msg, 0));
}

/* No descriptor, a foreign one, too many: EPROTO, and none stays open. */
TEST(receive_takes_one_region_only)
{
	int fds[3] = { 0, 0, 0 };
	int pair[2], next;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	next = dup(0);
	close(next);
	for (size_t count = 0; count <= 3; count++) {
		send_fds(_metadata, pair[0], fds, count);
		EXPECT_EQ(-1, vmadev_receive(pair[1]));
		EXPECT_EQ(EPROTO, errno);
		EXPECT_EQ(next, dup(0));
		close(next);
	}
	EXPECT_ERROR_HAS("not one vmadev descriptor");
}

static void *fail_in_thread(void *seen)
{
	*(int *)seen = *vmadev_error() != '\0';
	vmadev_open("/dev/another", O_RDWR);
	return NULL;
}

/* Another thread neither sees nor overwrites this thread's message. */
TEST(message_belongs_to_the_thread)
{
	pthread_t thread;
	int seen = -1;

	EXPECT_EQ(-1, vmadev_open("/dev/one", O_RDWR));
	ASSERT_EQ(0, pthread_create(&thread, NULL, fail_in_thread, &seen));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, seen);
	EXPECT_ERROR_HAS("/dev/one");
}

TEST(asking_keeps_errno)
{
	vmadev_open("/dev/one", O_RDWR);
	errno = EDOM;
	vmadev_error();
	vmadev_strategy_name(99);
	EXPECT_EQ(EDOM, errno);
}

TEST_HARNESS_MAIN
