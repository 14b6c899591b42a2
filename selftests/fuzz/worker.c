// SPDX-License-Identifier: GPL-2.0-or-later
/* One operation, as its process does it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "cover.h"
#include "lib/vt.h"
#include "model.h"
#include "worker.h"

#define FIRST_FD	64		/* descriptor 0 of a sequence */

static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC };
static const int advices[] = { MADV_DONTNEED, MADV_RANDOM, MADV_DONTFORK, MADV_DOFORK,
			       MADV_REMOVE };
static const int syncs[] = { MS_SYNC, MS_ASYNC, MS_SYNC | MS_INVALIDATE };

static const int allocations[] = {
	0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
	FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_COLLAPSE_RANGE,
};

static unsigned char *arena;
static size_t page;
static sigjmp_buf back;

static void caught(int sig)
{
	siglongjmp(back, sig);
}

void worker_init(void *at, size_t page_size)
{
	struct sigaction sa = { .sa_handler = caught, .sa_flags = SA_NODEFER };

	arena = at;
	page = page_size;
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
}

static long guarded_copy(void *to, const void *from, size_t n)
{
	int sig = sigsetjmp(back, 0);

	if (!sig)
		memcpy(to, from, n);
	return -sig;
}

static long guarded_set(void *to, int byte, size_t n)
{
	int sig = sigsetjmp(back, 0);

	if (!sig)
		memset(to, byte, n);
	return -sig;
}

/* By enum of model.h; page offset and length are still to come. */
static const struct vmadev_rule rules[] = {
	[RULE_SIGBUS] = { .accesses = VMADEV_ON_FAULTS, .action = VMADEV_ACTION_SIGBUS },
	[RULE_RETRY] = { .accesses = VMADEV_ON_FAULTS, .flags = VMADEV_RULE_REARM,
			 .action = VMADEV_ACTION_RETRY, .value = 3 },
	[RULE_DELAY] = { .accesses = VMADEV_ON_FAULTS, .flags = VMADEV_RULE_HELD,
			 .action = VMADEV_ACTION_DELAY, .value = 1 },
	[RULE_READ] = { .accesses = VMADEV_ON_READ_CALL, .action = VMADEV_ACTION_ERRNO,
			.value = EIO },
	[RULE_WRITE] = { .accesses = VMADEV_ON_WRITE_CALL, .action = VMADEV_ACTION_ERRNO,
			 .value = EINTR },
	[RULE_SHORT] = { .accesses = VMADEV_ON_READ_CALL | VMADEV_ON_WRITE_CALL,
			 .action = VMADEV_ACTION_SHORT, .value = RULE_LESS },
	[RULE_MMAP] = { .accesses = VMADEV_ON_MMAP, .action = VMADEV_ACTION_ERRNO,
			.value = ENOMEM },
	[RULE_WRONG] = { .accesses = VMADEV_ON_MMAP, .action = VMADEV_ACTION_SIGBUS },
};

long or_errno(long ret)
{
	return ret < 0 ? -errno : ret;
}

long install(unsigned int slot, int fd)
{
	if (fd < 0)
		return -errno;
	if (dup2(fd, FIRST_FD + slot) < 0)
		return -errno;
	close(fd);
	return 0;
}

static long create(const struct op *op)
{
	struct vmadev_create c = {
		.flags = VMADEV_CREATE_ALLOW_SEALING |
			 (op->arg[5] & LOG_DIRTY ? VMADEV_CREATE_LOG_DIRTY : 0) |
			 (op->arg[5] & REOPEN ? VMADEV_CREATE_REOPEN : 0),
		.backing = op->arg[2],
		.strategy = op->arg[3],
		.bytes = op->arg[4] * page,
	};

	return install(op->arg[0], vt_create_raw(FIRST_FD + op->arg[1], &c));
}

static long by_name(const unsigned int *a)
{
	int oflags = a[2] & TO_WRITE ? O_RDWR : O_RDONLY;
	char path[32];

	if (a[2] & TO_TRUNCATE)
		oflags |= O_TRUNC;
	snprintf(path, sizeof(path), "/proc/self/fd/%u", FIRST_FD + a[1]);
	return install(a[0], open(path, oflags | O_CLOEXEC));
}

/* What a dma-buf shows, as long as there is one. */
static long export(struct desk *desk, int fd)
{
	const unsigned int *a = desk->op.arg;
	size_t bytes = a[2] * page;
	int buffer = vt_export(fd, a[3], 0, (__u64)a[1] * page, bytes);
	void *map;
	long ret;

	if (buffer < 0)
		return -errno;
	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, buffer, 0);
	ret = map == MAP_FAILED ? -errno : guarded_copy(desk->buf, map, bytes);
	munmap(map, bytes);
	close(buffer);
	return ret;
}

static long snapshot(const unsigned int *a)
{
	struct vmadev_snapshot snapshot = { .flags = a[2] ? VMADEV_CREATE_LOG_DIRTY : 0 };

	return install(a[0], vt_snapshot(FIRST_FD + a[1], &snapshot));
}

/* How many bits a list may have. */
static __u64 pages_of(int fd)
{
	off_t bytes = lseek(fd, 0, SEEK_END);

	return bytes < 0 ? 0 : (bytes + page - 1) / page;
}

static long media_op(struct desk *desk)
{
	const unsigned int *a = desk->op.arg;
	int fd = FIRST_FD + a[desk->op.code == OP_CRASH];
	const __u64 list = a[desk->op.code == OP_CRASH ? 2 : 1];

	switch (desk->op.code) {
	case OP_UNSYNCED:
		return or_errno(vt_unsynced(fd, 0, 0, (__u64 *)desk->buf));
	case OP_CRASH:
		return install(a[0], vt_crash_fork_as(fd, pages_of(fd), &list,
						      a[3] ? VMADEV_CRASH_LIVE : 0));
	case OP_REVERT:
		return or_errno(vt_crash_revert(fd, VMADEV_KEEP_LIST, pages_of(fd), &list,
						a[2] ? VMADEV_CRASH_SIGBUS : 0));
	default:
		return or_errno(vt_writeback(fd, VMADEV_KEEP_LIST, pages_of(fd), &list));
	}
}

static long dirty_op(struct desk *desk)
{
	const unsigned int *a = desk->op.arg;
	const __u64 list = a[1];

	if (desk->op.code == OP_DIRTY_CLEAR)
		return or_errno(vt_dirty_clear(FIRST_FD + a[0], 0, 0, 0, &list));
	memset(desk->buf, 0, sizeof(list));
	return or_errno(vt_dirty_get(FIRST_FD + a[0], a[1] ? VMADEV_DIRTY_NO_CLEAR : 0,
				     a[2] * page, a[3] * page, 0, (__u64 *)desk->buf));
}

static long splice_out(struct desk *desk, int fd, off_t off, size_t len)
{
	loff_t at = off;
	long ret, got;
	int p[2];

	if (pipe2(p, O_NONBLOCK))
		return -errno;
	ret = or_errno(splice(fd, &at, p[1], NULL, len, 0));
	got = read(p[0], desk->buf, sizeof(desk->buf));
	close(p[0]);
	close(p[1]);
	/* What it said has to be in the pipe. */
	return got == (ret > 0 ? ret : -1) ? ret : -EPROTO;
}

static long splice_in(struct desk *desk, int fd, off_t off, size_t len)
{
	loff_t at = off;
	long ret;
	int p[2];

	if (pipe2(p, O_NONBLOCK))
		return -errno;
	ret = or_errno(write(p[1], desk->buf, len));
	if (ret >= 0)
		ret = or_errno(splice(p[0], NULL, fd, &at, len, 0));
	close(p[0]);
	close(p[1]);
	return ret;
}

static long map(const struct op *op, void *at, bool noreplace)
{
	int flags = op->arg[5] & 1 ? MAP_PRIVATE : MAP_SHARED;

	flags |= op->arg[5] & 2 ? MAP_POPULATE : 0;
	flags |= op->arg[5] & 4 ? MAP_NORESERVE : 0;
	flags |= noreplace ? MAP_FIXED_NOREPLACE : MAP_FIXED;
	at = mmap(at, op->arg[2] * page, prots[op->arg[4]], flags, FIRST_FD + op->arg[0],
		  (off_t)op->arg[3] * page);
	return at == MAP_FAILED ? -errno : 0;
}

/* Longer than before is "grown" more; to a place where there is nothing. */
static long move(const struct op *op, void *at)
{
	size_t bytes = op->arg[1] * page, grown = bytes + op->arg[3] * page;
	void *to = arena + op->arg[2] * page;

	munmap(to, grown);
	at = mremap(at, bytes, grown, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	return at == MAP_FAILED ? -errno : 0;
}

static long inject(const unsigned int *a)
{
	struct vmadev_rule rule;
	int fd = FIRST_FD + a[0];

	if (a[3] == RULE_CLEAR)
		return or_errno(vt_inject_clear(fd));
	rule = rules[a[3]];
	rule.offset = (__u64)a[1] * page;
	rule.length = (__u64)a[2] * page;
	return or_errno(a[4] ? vt_inject_more(fd, rule) : vt_inject(fd, rule));
}

static long memory_op(struct desk *desk)
{
	const struct op *op = &desk->op;
	const unsigned int *a = op->arg;
	unsigned int first = op->code == OP_MMAP ? a[1] : a[0];
	void *at = arena + first * page;
	size_t n = a[1] * page;

	switch (op->code) {
	case OP_MMAP:
		return map(op, at, desk->noreplace);
	case OP_MUNMAP:
		return or_errno(munmap(at, n));
	case OP_MPROTECT:
		return or_errno(mprotect(at, n, prots[a[2]]));
	case OP_MREMAP:
		return move(op, at);
	case OP_MADVISE:
		return or_errno(madvise(at, n, advices[a[2]]));
	case OP_MLOCK:
		return or_errno(a[2] ? mlock(at, n) : munlock(at, n));
	case OP_MSYNC:
		return or_errno(msync(at, n, syncs[a[2]]));
	case OP_LOAD:
		return guarded_copy(desk->pages, at, page);
	case OP_STORE:
		return guarded_set(at + a[1], a[3], a[2]);
	default:
		return -EPROTO;
	}
}

static long file_op(struct desk *desk)
{
	static const int whences[] = { SEEK_END, SEEK_DATA, SEEK_HOLE };
	static const int oflags[] = { O_RDWR, O_RDONLY, O_RDWR };
	const unsigned int *a = desk->op.arg;
	int fd = FIRST_FD + a[0];

	switch (desk->op.code) {
	case OP_OPEN:
		return install(a[0], vt_open(oflags[a[1]]));
	case OP_CREATE:
		return create(&desk->op);
	case OP_REOPEN:
		return install(a[0], vt_reopen(FIRST_FD + a[1], a[2], a[3]));
	case OP_BY_NAME:
		return by_name(a);
	case OP_CLOSE:
		return or_errno(close(fd));
	case OP_STRATEGY:
		return or_errno(vt_set_strategy(fd, a[1]));
	case OP_INFO:
		return or_errno(vt_info(fd, &desk->info));
	case OP_STATS:
		return or_errno(vt_stats(fd, a[1], &desk->stats));
	case OP_ZAP:
		return or_errno(vt_zap(fd, (__u64)a[1] * page, (__u64)a[2] * page));
	case OP_READ:
		return or_errno(pread(fd, desk->buf, a[2], a[1]));
	case OP_WRITE:
		return or_errno(pwrite(fd, desk->buf, a[2], a[1]));
	case OP_SPLICE_OUT:
		return splice_out(desk, fd, a[1], a[2]);
	case OP_SPLICE_IN:
		return splice_in(desk, fd, a[1], a[2]);
	case OP_SEEK:
		return or_errno(lseek(fd, a[2] ? a[1] : 0, whences[a[2]]));
	case OP_FSYNC:
		return or_errno(fsync(fd));
	case OP_TRUNCATE:
		return or_errno(ftruncate(fd, a[1]));
	case OP_FALLOCATE:
		return or_errno(fallocate(fd, allocations[a[1]], a[2], a[3]));
	case OP_SEAL:
		return or_errno(vt_add_seals(fd, a[1]));
	case OP_REVOKE:
		return or_errno(vt_revoke(fd, a[1], NULL));
	case OP_RESTORE:
		return or_errno(vt_restore(fd));
	case OP_UNSYNCED:
	case OP_CRASH:
	case OP_REVERT:
	case OP_WRITEBACK:
		return media_op(desk);
	case OP_INJECT:
		return inject(a);
	case OP_EXPORT:
		return export(desk, fd);
	case OP_DIRTY_GET:
	case OP_DIRTY_CLEAR:
		return dirty_op(desk);
	case OP_SNAPSHOT:
		return snapshot(a);
	case OP_COPY_IN:
		return or_errno(pwrite(fd, arena + a[2] * page, page, (off_t)a[1] * page));
	case OP_COPY_OUT:
		return or_errno(pread(fd, arena + a[2] * page, page, (off_t)a[1] * page));
	default:
		return memory_op(desk);
	}
}

static void audit(struct desk *desk)
{
	for (unsigned int i = 0; i < ARENA; i++) {
		long ret = guarded_copy(desk->pages + i * page, arena + i * page, page);

		desk->how[i] = !ret ? PAGE_READ : ret == -SIGBUS ? PAGE_SIGBUS : PAGE_SIGSEGV;
	}
}

void worker_do(struct desk *desk)
{
	const struct op *op = &desk->op;

	if (desk->audit) {
		audit(desk);
		return;
	}
	/* What is written: all the same byte, but for its place. */
	if (op->code == OP_WRITE || op->code == OP_SPLICE_IN)
		for (unsigned int i = 0; i < op->arg[2]; i++)
			desk->buf[i] = op->arg[3] + i / 512;
	cover_begin();
	desk->ret = op->code < OP_MOUNT ? file_op(desk) : mount_op(desk);
	cover_end();
}
