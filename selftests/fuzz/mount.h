/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mount, its names and what is told of them: for who does the operations and for the model. */
#ifndef MOUNT_H
#define MOUNT_H

#include <stdbool.h>

#define NAMES		5	/* in a directory: a, b, c, x, y */
#define WAYS		4	/* to a directory: none, x, y, x/y */
#define PATHS		(WAYS * NAMES)
#define MOST_NAMES	(64 * NAMES)	/* of all directories that a sequence can make */

/* Of "how" of open_at, beside those of by_name. */
enum { TO_CREATE = 4, TO_BE_FIRST = 8, TO_APPEND = 16 };
/* Of "flags" of rename. */
enum { NO_FLAG, NOREPLACE, EXCHANGE, WHITEOUT, BOTH };
/* Of "flags" of mount. */
enum { DIRSYNC = 1 };

enum told_kind { TOLD_NONE, TOLD_FILE, TOLD_FOLDER };

/*
 * What stat and VMADEV_IOC_NAMES tell of a name, which may be of nothing. @is_changed: what
 * is below counts, else there is none.
 */
struct told_name {
	enum told_kind kind;
	unsigned int links;
	unsigned long long inode, bytes;
	bool is_changed;
	unsigned long long durable, live, durable_bytes, change;
};

/* All names of a mount, a directory's before those of the directories in it. */
struct told {
	unsigned int names;
	struct told_name name[MOST_NAMES];
};

#endif /* MOUNT_H */
