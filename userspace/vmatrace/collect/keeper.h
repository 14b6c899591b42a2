/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a filter hands over has to be answered for as long as the program lives. */
#ifndef VMATRACE_KEEPER_H
#define VMATRACE_KEEPER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct keeper - a process that answers when this one does not any more
 * @listener: of which it has a copy
 * @call:     where notifications are received: memory that both see, so that the one which
 *	      this process died of is answered as well
 * @size:     of what the kernel writes there, which it wants to be zero
 * @child:    the program, as a pidfd; -1: it was waited for
 * @wakes:    to receive ends with the last who has the filter, as of Linux 6.11
 * @hold:     it begins when the last copy of this is closed
 */
struct keeper {
	int listener, child;
	struct seccomp_notif *call;
	size_t size;
	int hold;
	bool wakes;
};

bool keeper_start(struct keeper *keeper, int listener, pid_t child, bool wakes);
/*
 * keeper_receive - the next notification; 1: there is one, 0: there will be none, -1: a
 * signal came, or the child has ended: before 6.11 it has its filter until it is waited for
 */
int keeper_receive(const struct keeper *keeper);
/* keeper_answer - the call is to be done */
void keeper_answer(const struct keeper *keeper);
/* keeper_release - leave the rest to it */
void keeper_release(struct keeper *keeper);

#endif
