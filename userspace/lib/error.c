// SPDX-License-Identifier: LGPL-2.1-or-later
/* The last error of each thread, with the reason that its errno stands for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static __thread char message[320];

struct reason {
	const char *call;	/* NULL: any */
	int error;
	const char *text;
};

static const struct reason reasons[] = {
	{ "vmadev_open", ENOENT, "load the module (modprobe vmadev)" },
	{ "vmadev_open", ENXIO, "load the module (modprobe vmadev)" },
	{ "vmadev_open", EACCES, "run as root, or load the module with mode=0666" },
	{ "vmadev_open", ENOTTY, "this is no vmadev device" },
	{ "vmadev_create", EBADF, "the descriptor must be open for writing" },
	{ "vmadev_create", EINVAL,
	  "the size is whole pages, the name printable without space, / and \\, the node exists" },
	{ "vmadev_create", ENAMETOOLONG, "a name has at most 63 bytes" },
	{ "vmadev_create", ENOSPC, "all regions together would pass the module's max_bytes" },
	{ "vmadev_create", EDQUOT,
	  "your regions together would pass the module's max_user_bytes" },
	{ "vmadev_create", ENOMEM,
	  "no memory, or the limit of the memory cgroup or RLIMIT_MEMLOCK is reached" },
	{ "vmadev_create", EOPNOTSUPP,
	  "this backing, strategy, node and flags do not go together here" },
	{ "vmadev_open_handle", EACCES, "the descriptor itself has less access" },
	{ "vmadev_open_handle", EOPNOTSUPP, "this region or kernel cannot serve the strategy" },
	{ "vmadev_open_handle", EINVAL, "unknown access or strategy" },
	{ "vmadev_open_by_name", ENOENT, "no such BAR of a device that is bound to vmadev" },
	{ "vmadev_open_by_name", EPERM,
	  "it takes CAP_SYS_RAWIO, and the node's own descriptor; or the kernel is locked down" },
	{ "vmadev_open_by_name", EACCES, "the descriptor itself has less access" },
	{ "vmadev_open_by_name", EOPNOTSUPP, "this region or kernel cannot serve the strategy" },
	{ "vmadev_open_by_name", EINVAL, "unknown access or strategy, or a bad name" },
	{ "vmadev_open_by_name", ENAMETOOLONG, "a name has at most 63 bytes" },
	{ "vmadev_stats", EINVAL, "unknown scope" },
	{ "vmadev_set_strategy", EBUSY,
	  "the first mapping fixed it; take another handle with vmadev_open_handle" },
	{ "vmadev_set_strategy", EOPNOTSUPP, "this region or kernel cannot serve the strategy" },
	{ "vmadev_set_strategy", EINVAL, "unknown strategy" },
	{ "vmadev_map", EBUSY,
	  "the handle has mapped with another strategy; take another with vmadev_open_handle" },
	{ "vmadev_map", EOPNOTSUPP, "this region or kernel cannot serve the strategy" },
	{ "vmadev_map", EINVAL,
	  "the range is whole pages inside the region, and remap and pfn are never private" },
	{ "vmadev_map", EACCES, "a read-only handle gives no writable shared mapping" },
	{ "vmadev_map", EPERM, "PROT_EXEC is refused, and PROT_WRITE of what is sealed" },
	{ "vmadev_zap", EBADF, "the handle must be open for writing" },
	{ "vmadev_zap", EINVAL, "the range is whole pages inside the region" },
	{ "vmadev_zap", EOPNOTSUPP, "the backing none has nothing to zap" },
	{ "vmadev_resize", EPERM, "the default region is of a fixed size, or it is sealed" },
	{ "vmadev_resize", EINVAL,
	  "the size is whole pages, the handle open for writing, and not the device's node" },
	{ "vmadev_resize", EOPNOTSUPP, "a region of contig or bar is of a fixed size" },
	{ "vmadev_resize", ENOSPC, "all regions together would pass the module's max_bytes" },
	{ "vmadev_resize", EDQUOT,
	  "the regions of who made it would pass the module's max_user_bytes" },
	{ "vmadev_resize", EBUSY, "a dma-buf shares what would be cut off" },
	{ "vmadev_resize", ENOMEM,
	  "no memory, or the limit of the memory cgroup or RLIMIT_MEMLOCK is reached" },
	{ "vmadev_punch", EBADF, "the handle must be open for writing" },
	{ "vmadev_punch", EINVAL, "the length is 0" },
	{ "vmadev_punch", EPERM, "the region is sealed" },
	{ "vmadev_punch", ENODEV,
	  "the default region cannot be punched by its node, nor what is revoked" },
	{ "vmadev_punch", EOPNOTSUPP,
	  "the default region cannot be punched, nor a device's memory" },
	{ "vmadev_add_seals", EPERM,
	  "the handle must be open for writing, and the region one by vmadev_create_sealable" },
	{ "vmadev_add_seals", EBUSY,
	  "there is a mapping that can be written through, or a page is pinned" },
	{ "vmadev_add_seals", EINVAL, "unknown seal" },
	{ "vmadev_revoke", EBADF, "the handle must be open for writing" },
	{ "vmadev_revoke", EPERM, "the default region cannot be revoked, nor what is sealed" },
	{ "vmadev_revoke", ENODEV, "the region is revoked already" },
	{ "vmadev_revoke", EINVAL, "unknown way to revoke" },
	{ "vmadev_revoke", EOPNOTSUPP,
	  "mappings of none are memory of their own, and those of shmem show SIGBUS alone" },
	{ "vmadev_restore", EBADF, "the handle must be open for writing" },
	{ "vmadev_restore", EINVAL, "the region is not revoked" },
	{ "vmadev_restore", EPERM, "the default region is never revoked" },
	{ "vmadev_restore", ENOSPC, "all regions together would pass the module's max_bytes" },
	{ "vmadev_restore", EDQUOT,
	  "the regions of who made it would pass the module's max_user_bytes" },
	{ "vmadev_restore", ENOMEM,
	  "no memory, or the limit of the memory cgroup or RLIMIT_MEMLOCK is reached" },
	{ "vmadev_map", ENODEV, "the region is revoked" },
	{ "vmadev_resize", ENODEV, "the region is revoked" },
	{ "vmadev_add_seals", ENODEV, "the region is revoked" },
	{ "vmadev_unsynced", EINVAL, "the range is whole pages inside the region" },
	{ "vmadev_unsynced", EOPNOTSUPP, "only regions of media can crash" },
	{ "vmadev_writeback", EBADF, "the handle must be open for writing" },
	{ "vmadev_writeback", EOPNOTSUPP, "only regions of media can crash" },
	{ "vmadev_writeback", EINVAL, "an unknown mode, or a list where none belongs" },
	{ "vmadev_crash_fork", EBADF, "the handle must be open for reading and writing" },
	{ "vmadev_crash_fork", EOPNOTSUPP, "only regions of media can crash" },
	{ "vmadev_crash_fork", EINVAL,
	  "an unknown mode, flag or tear, a list where none belongs, or a bad name" },
	{ "vmadev_crash_fork", ENOSPC, "all regions together would pass the module's max_bytes" },
	{ "vmadev_crash_fork", EDQUOT,
	  "your regions together would pass the module's max_user_bytes" },
	{ "vmadev_crash_fork", ENOENT, "no name of this directory has such a file after a crash" },
	{ "vmadev_next_name", ENOTTY, "this is no directory on a mount of media" },
	{ "vmadev_crash_revert", EPERM, "the root directory of the mount is another user's" },
	{ "vmadev_crash_revert", EBADF, "the handle must be open for writing" },
	{ "vmadev_crash_revert", EOPNOTSUPP, "only regions of media can crash" },
	{ "vmadev_crash_revert", EINVAL,
	  "an unknown mode, flag or tear, a list where none belongs, or a name" },
	{ "vmadev_inject", EBADF, "the handle must be open for writing" },
	{ "vmadev_inject", EINVAL, "a range of faults is whole pages; see struct vmadev_rule" },
	{ "vmadev_inject", EPERM,
	  "mceerr, oom and rules of the default region take CAP_SYS_ADMIN" },
	{ "vmadev_inject", ESRCH, "there is no such process or thread" },
	{ "vmadev_inject", EOPNOTSUPP,
	  "only faults of pages and contig take rules, and not each machine has mceerr" },
	{ "vmadev_inject", ENOSPC, "a region has at most 64 rules" },
	{ "vmadev_punch", EBUSY, "a dma-buf shares memory of the range" },
	{ "vmadev_export", EBADF, "the handle must be open for writing" },
	{ "vmadev_export", EACCES, "the handle itself has less access" },
	{ "vmadev_export", EINVAL, "the range is whole pages inside the region" },
	{ "vmadev_export", ENODEV, "the region is revoked" },
	{ "vmadev_export", EPERM, "the region is sealed: nobody writes it" },
	{ "vmadev_export", EOPNOTSUPP,
	  "only pages and contig are exported, with a strategy that can be served here" },
	{ "vmadev_dirty_get", EBADF, "the handle must be open for writing" },
	{ "vmadev_dirty_get", EINVAL,
	  "the range is whole pages inside the region, from a unit on, which is a power of two" },
	{ "vmadev_dirty_get", EOPNOTSUPP, "only what VMADEV_CREATE_LOG_DIRTY made keeps a log" },
	{ "vmadev_dirty_clear", EBADF, "the handle must be open for writing" },
	{ "vmadev_dirty_clear", EINVAL,
	  "the range is whole pages inside the region, from a unit on, which is a power of two" },
	{ "vmadev_dirty_clear", EOPNOTSUPP, "only what VMADEV_CREATE_LOG_DIRTY made keeps a log" },
	{ "vmadev_snapshot", EBADF, "the handle must be open for reading and writing" },
	{ "vmadev_snapshot", ENODEV, "the region is revoked" },
	{ "vmadev_snapshot", EINVAL,
	  "an unknown flag or strategy, a name that none may have, or an empty region" },
	{ "vmadev_snapshot", EOPNOTSUPP, "only what VMADEV_CREATE_LOG_DIRTY made keeps a log" },
	{ "vmadev_snapshot", EIO, "a page of the region has gone bad" },
	{ "vmadev_snapshot", ENOSPC, "all regions together would pass the module's max_bytes" },
	{ "vmadev_snapshot", EDQUOT,
	  "your regions together would pass the module's max_user_bytes" },
	{ "vmadev_receive", ECONNRESET, "the peer closed the socket without sending a region" },
	{ "vmadev_receive", EPROTO, "what came is not one vmadev descriptor" },
	{ NULL, ENOTTY, "this descriptor is not of vmadev" },
	{ NULL, E2BIG, "the module is older than this program" },
};

static const char *reason_of(const char *call, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		const struct reason *r = &reasons[i];

		if (r->error == error && (!r->call || !strcmp(r->call, call)))
			return r->text;
	}
	return NULL;
}

int vmadev_fail(const char *call, const char *format, ...)
{
	int error = errno;
	const char *reason = reason_of(call, error);
	char argument[160] = "";
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(argument, sizeof(argument), format, args);
		va_end(args);
	}
	snprintf(message, sizeof(message), "%s: %s%s%s%s%s", call, argument,
		 format ? ": " : "", strerror(error), reason ? ": " : "",
		 reason ? reason : "");
	errno = error;
	return -1;
}

const char *vmadev_error(void)
{
	return message;
}
