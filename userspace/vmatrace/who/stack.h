/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who calls: the stack of a thread that is stopped, by libdw, with names. */
#ifndef VMATRACE_STACK_H
#define VMATRACE_STACK_H

#include "../collect/space.h"

/* stack_take - into the event, whose thread this program has stopped by ptrace */
void stack_take(struct event *event);

#endif
