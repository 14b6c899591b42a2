// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "rule_words.h"

const struct vmadev_word vmadev_access_words[] = {
	{ "read", VMADEV_ON_READ }, { "write", VMADEV_ON_WRITE }, { "kernel", VMADEV_ON_KERNEL },
	{ "mmap", VMADEV_ON_MMAP }, { "msync", VMADEV_ON_SYNC }, { "read(2)", VMADEV_ON_READ_CALL },
	{ "write(2)", VMADEV_ON_WRITE_CALL }, { "access", VMADEV_ON_FAULTS }, { NULL, 0 },
};

const struct vmadev_word vmadev_action_words[] = {
	{ "sigbus", VMADEV_ACTION_SIGBUS }, { "mceerr", VMADEV_ACTION_MCEERR },
	{ "delay", VMADEV_ACTION_DELAY }, { "retry", VMADEV_ACTION_RETRY },
	{ "oom", VMADEV_ACTION_OOM }, { "errno", VMADEV_ACTION_ERRNO },
	{ "short", VMADEV_ACTION_SHORT }, { "corrupt", VMADEV_ACTION_CORRUPT }, { NULL, 0 },
};

const struct vmadev_word vmadev_whose_words[] = {
	{ "pid", VMADEV_WHOSE_PID }, { "tid", VMADEV_WHOSE_TID }, { "uid", VMADEV_WHOSE_UID },
	{ NULL, 0 },
};

const struct vmadev_word vmadev_errno_words[] = {
	{ "EIO", EIO }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EINTR", EINTR }, { NULL, 0 },
};

const char *vmadev_word_of(const struct vmadev_word *words, __u32 value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return NULL;
}
