// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "open.h"

static const char path[] = "/dev/binder";

static int open_binder_node(const struct subject *subject)
{
	(void)subject;
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/*
 * Who opened it maps it, once, and only reads it. Pages come with what others send, and
 * nobody does: each access is SIGBUS.
 */
static const char *open_binder(struct subject *subject, char *const *options)
{
	(void)options;
	only_read(subject, open_binder_node(subject));
	if (subject->fd < 0)
		return no_node(path, "binder_linux");
	subject->another = open_binder_node;
	subject->traits |= TRAIT_ONCE | TRAIT_OWN | TRAIT_RING;
	return NULL;
}

const struct opener opener_binder = {
	.name = "binder",
	.about = "where a process gets what others send it, /dev/binder",
	.open = open_binder,
};
