/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users without privileges, whom the node's mode lets in */
#ifndef USER_H
#define USER_H

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { ALICE = 1000, BOB };

#define NODE_IS_CLOSED "users may not open /dev/vmadev: load it with mode=0666"

static inline int become_user(int user)
{
	if (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user))
		return -1;
	/* Or /proc/self would still belong to root. */
	return prctl(PR_SET_DUMPABLE, 1);
}

#endif /* USER_H */
