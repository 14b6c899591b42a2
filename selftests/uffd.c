// SPDX-License-Identifier: GPL-2.0-or-later
/* userfaultfd on each mapping: what may be registered, and that it then works */
#include <pthread.h>

#include "mapping.h"
#include "uffd.h"

static bool is_private_anon(const mapping_kind *k)
{
	return is_anon(k) && !is_shared(k);
}

/* What userfaultfd serves: the kernel's own anonymous memory and tmpfs. */
static bool is_served(const mapping_kind *k)
{
	return is_shmem(k) || is_private_anon(k);
}

static int uffd_register(int uffd, const mapping *m, const char *map, __u64 mode)
{
	return uffd_register_range(uffd, map, m->bytes, mode);
}

/* The thread that resolves one fault, and what it saw. */
struct server {
	const mapping *m;
	int uffd;
	/* 0, or -1 if the kernel refused */
	int (*resolve)(const struct server *s, char *page);
	char *address;
	__u64 flags;
	int result;
};

static void *serve_one(void *arg)
{
	struct server *s = arg;
	struct uffd_msg msg;

	s->result = -1;
	if (read(s->uffd, &msg, sizeof(msg)) == sizeof(msg) &&
	    msg.event == UFFD_EVENT_PAGEFAULT) {
		s->address = (char *)(uintptr_t)(msg.arg.pagefault.address & -s->m->page);
		s->flags = msg.arg.pagefault.flags;
		s->result = s->resolve(s, s->address);
	}
	if (s->result)
		close(s->uffd);		/* lets the faulting thread go on */
	return NULL;
}

static int copy_pattern(const struct server *s, char *page)
{
	char bytes[s->m->page];
	struct uffdio_copy c = {
		.dst = (uintptr_t)page,
		.src = (uintptr_t)bytes,
		.len = s->m->page,
	};

	vt_pattern(bytes, s->m->page, 77);
	return ioctl(s->uffd, UFFDIO_COPY, &c);
}

static int zero_page(const struct server *s, char *page)
{
	struct uffdio_zeropage z = { .range = { (uintptr_t)page, s->m->page } };

	return ioctl(s->uffd, UFFDIO_ZEROPAGE, &z);
}

static int unprotect(const struct server *s, char *page)
{
	struct uffdio_writeprotect w = { .range = { (uintptr_t)page, s->m->page } };

	return ioctl(s->uffd, UFFDIO_WRITEPROTECT, &w);
}

static int map_present(const struct server *s, char *page)
{
	struct uffdio_continue c = { .range = { (uintptr_t)page, s->m->page } };

	return ioctl(s->uffd, UFFDIO_CONTINUE, &c);
}

TEST_F(mapping, userfaultfd_registers_anonymous_memory_and_tmpfs_alone)
{
	const int served = is_served(variant) ? 0 : EINVAL;
	const int wp = uffd_has(UFFD_FEATURE_PAGEFAULT_FLAG_WP) ? served : EINVAL;
	const int minor = uffd_has(UFFD_FEATURE_MINOR_SHMEM) && is_shmem(variant) ? 0 : EINVAL;
	const struct {
		__u64 mode;
		int error;
	} modes[] = {
		{ UFFDIO_REGISTER_MODE_MISSING, served },
		{ UFFDIO_REGISTER_MODE_WP, wp },
		{ UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP, wp },
		{ UFFDIO_REGISTER_MODE_MINOR, minor },
	};
	char *map = map_filled(self, variant);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		int uffd = uffd_open(0);

		ASSERT_GE(uffd, 0);
		EXPECT_EQ(modes[i].error, uffd_register(uffd, self, map, modes[i].mode)) {
			TH_LOG("mode %llu", modes[i].mode);
		}
		close(uffd);
	}
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
}

/*
 * Asynchronous write protection asks nothing of the pages: page may have it.
 * Special mappings may too, until a kernel that refuses them; stable ones do.
 */
TEST_F(mapping, userfaultfd_registers_async_wp_unless_special)
{
	char *map = map_filled(self, variant);
	int uffd;

	ASSERT_NE(MAP_FAILED, map);
	if (!vt_kernel_at_least(6, 7))
		SKIP(return, NO_ASYNC_WP);
	if (!uffd_has(UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		SKIP(return, NO_WP);
	uffd = uffd_open(UFFD_FEATURE_WP_ASYNC);
	ASSERT_GE(uffd, 0);
	if (!is_special(variant)) {
		EXPECT_EQ(0, uffd_register(uffd, self, map, UFFDIO_REGISTER_MODE_WP));
	}
	EXPECT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	EXPECT_EQ(0, vt_write(map, 1));
}

/*
 * Write protection of what is not there leaves a marker where a PTE would be. An
 * access to it is a fault that has to end, whatever made the PTEs before.
 *
 *	|........|	nothing there, zapped if it was
 *	|mmmmmmmm|	markers
 *	|mmmrmmmm|	a read of page 3
 *	|mmwrmmmm|	a write of page 2
 */
TEST_F(mapping, access_returns_where_async_wp_left_a_marker)
{
	char *map;
	int uffd;

	if (!vt_kernel_at_least(6, 7))
		SKIP(return, NO_ASYNC_WP);
	if (!uffd_has(UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		SKIP(return, NO_WP);
	ASSERT_EQ(0, fill_region(self));
	map = map_region(self, variant);
	ASSERT_NE(MAP_FAILED, map);
	if (!is_anon(variant)) {
		ASSERT_EQ(0, vt_zap(self->fd, 0, self->bytes));
	}
	uffd = uffd_open(UFFD_FEATURE_WP_ASYNC);
	ASSERT_GE(uffd, 0);
	if (!uffd_register(uffd, self, map, UFFDIO_REGISTER_MODE_WP)) {
		ASSERT_EQ(0, uffd_protect(uffd, map, self->bytes));
	} else {
		ASSERT_TRUE(is_special(variant));
	}
	vt_pattern(map + 2 * self->page, self->page, 33);
	EXPECT_TRUE(page_is(self, map, 2, 33));
	for (int i = 3; i < NPAGES && !is_anon(variant); i++)
		EXPECT_TRUE(page_is(self, map, i, i + 1));
	if (is_shared(variant) && !is_anon(variant)) {
		char page[self->page];

		EXPECT_EQ((ssize_t)self->page,
			  pread(self->fd, page, self->page, 2 * self->page));
		EXPECT_TRUE(vt_is_pattern(page, self->page, 33));
	}
}

/*
 *	|.......|	nothing there
 *	|C......|	a read of page 0: UFFDIO_COPY
 *	|CZ.....|	a read of page 1: UFFDIO_ZEROPAGE
 */
TEST_F(mapping, userfaultfd_fills_missing_pages)
{
	struct server s = { .m = self };
	char *map = map_region(self, variant);
	char page[self->page];
	pthread_t thread;

	ASSERT_NE(MAP_FAILED, map);
	s.uffd = uffd_open(0);
	ASSERT_GE(s.uffd, 0);
	if (!is_served(variant)) {
		EXPECT_EQ(EINVAL,
			  uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_MISSING));
		return;
	}
	ASSERT_EQ(0, uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_MISSING));

	s.resolve = copy_pattern;
	ASSERT_EQ(0, pthread_create(&thread, NULL, serve_one, &s));
	EXPECT_TRUE(page_is(self, map, 0, 77));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, s.result);
	EXPECT_EQ(map, s.address);

	s.resolve = zero_page;
	ASSERT_EQ(0, pthread_create(&thread, NULL, serve_one, &s));
	EXPECT_TRUE(vt_is_zero(map + self->page, self->page));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, s.result);
	EXPECT_EQ(map + self->page, s.address);

	ASSERT_EQ((ssize_t)self->page, pread(self->fd, page, self->page, 0));
	if (is_shared(variant) && !is_anon(variant)) {
		EXPECT_TRUE(vt_is_pattern(page, self->page, 77));
	} else {
		EXPECT_TRUE(vt_is_zero(page, self->page));
	}
}

/*
 *	|AAAAAAA|
 *	|AApAAAA|	page 2 write-protected: a write waits for the thread
 */
TEST_F(mapping, userfaultfd_catches_writes_to_protected_pages)
{
	struct server s = { .m = self, .resolve = unprotect };
	char *map = map_filled(self, variant);
	char *page = map + 2 * self->page;
	struct uffdio_writeprotect protect = {
		.range = { (uintptr_t)page, self->page },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	pthread_t thread;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_TRUE(pages_are_filled(self, map, 0, NPAGES));
	s.uffd = uffd_open(0);
	ASSERT_GE(s.uffd, 0);
	if (!is_served(variant)) {
		EXPECT_EQ(EINVAL, uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_WP));
		return;
	}
	if (!uffd_has(UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		SKIP(close(s.uffd); return, NO_WP);
	ASSERT_EQ(0, uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_WP));
	ASSERT_EQ(0, ioctl(s.uffd, UFFDIO_WRITEPROTECT, &protect));
	ASSERT_EQ(0, vt_write(page + self->page, 5));
	ASSERT_EQ(0, pthread_create(&thread, NULL, serve_one, &s));
	EXPECT_EQ(0, vt_write(page, 5));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, s.result);
	EXPECT_EQ(page, s.address);
	EXPECT_NE(0ull, s.flags & UFFD_PAGEFAULT_FLAG_WP);
	EXPECT_EQ(5, vt_read(page));
	EXPECT_TRUE(pages_are_filled(self, map, 0, 2));
}

/*
 *	|.......|	in the page cache, not in the page table
 *	|..A....|	a read of page 2: UFFDIO_CONTINUE
 */
TEST_F(mapping, userfaultfd_continues_minor_faults_of_tmpfs)
{
	struct server s = { .m = self, .resolve = map_present };
	char *map = map_filled(self, variant);
	char *page = map + 2 * self->page;
	pthread_t thread;

	ASSERT_NE(MAP_FAILED, map);
	s.uffd = uffd_open(0);
	ASSERT_GE(s.uffd, 0);
	if (!is_shmem(variant)) {
		EXPECT_EQ(EINVAL, uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_MINOR));
		return;
	}
	if (!uffd_has(UFFD_FEATURE_MINOR_SHMEM))
		SKIP(close(s.uffd); return, NO_MINOR);
	ASSERT_EQ(0, madvise(map, self->bytes, MADV_DONTNEED));
	ASSERT_EQ(0, uffd_register(s.uffd, self, map, UFFDIO_REGISTER_MODE_MINOR));
	ASSERT_EQ(0, pthread_create(&thread, NULL, serve_one, &s));
	EXPECT_TRUE(page_is(self, map, 2, 3));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, s.result);
	EXPECT_EQ(page, s.address);
	EXPECT_NE(0ull, s.flags & UFFD_PAGEFAULT_FLAG_MINOR);
}

static int forge_size(const struct server *s, char *page)
{
	*(__u32 *)(page - sizeof(struct vmadev_info)) = 0;
	return zero_page(s, page);
}

/*
 *	...|info|tail|		the tail is behind the page's end: looked at, it faults,
 *				and before it is there the size becomes another
 *
 * What counts is the size that was read first, and it is the one answered.
 */
TEST(ioctl_reads_the_size_once)
{
	mapping m = { .page = vt_page(), .bytes = vt_page() };
	struct server s = { .m = &m, .resolve = forge_size };
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, m.page, "size");
	struct vmadev_info *info;
	pthread_t thread;
	char *map;

	ASSERT_LE(0, fd);
	map = mmap(NULL, 2 * m.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	info = (void *)(map + m.page - sizeof(*info));
	info->size = sizeof(*info) + 64;
	s.uffd = uffd_open(0);
	ASSERT_GE(s.uffd, 0);
	ASSERT_EQ(0, uffd_register(s.uffd, &m, map + m.page, UFFDIO_REGISTER_MODE_MISSING));
	ASSERT_EQ(0, pthread_create(&thread, NULL, serve_one, &s));
	EXPECT_EQ(0, ioctl(fd, VMADEV_IOC_INFO, info));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, s.result);
	EXPECT_EQ(map + m.page, s.address);
	EXPECT_EQ(sizeof(*info) + 64, info->size);
	EXPECT_STREQ("size", info->name);
}

TEST_HARNESS_MAIN
