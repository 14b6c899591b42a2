// SPDX-License-Identifier: GPL-2.0-or-later
/* A vmadev that is mounted for a test, at a place of its own. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mounted.h"

static int mount_here(struct mounted *m, unsigned long flags, const char *options)
{
	if (mount("none", m->dir, "vmadev", flags, options))
		return -1;
	m->at = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m->at < 0 ? -1 : 0;
}

const char *mounted_begin(struct mounted *m, const char *options)
{
	strcpy(m->dir, "/tmp/mounted-XXXXXX");
	if (!mkdtemp(m->dir))
		return "no directory to mount at";
	if (ledger_take(&m->before))
		return "the ledger is too small";
	return mount_here(m, 0, options) ? "mount" : NULL;
}

int mounted_anew(struct mounted *m, unsigned long flags, const char *options)
{
	close(m->at);
	return umount(m->dir) ? -1 : mount_here(m, flags, options);
}

const char *mounted_end(struct mounted *m)
{
	const char *differs;

	close(m->at);
	if (umount(m->dir))
		return "it cannot be unmounted";
	differs = ledger_take(&m->after) ? "the ledger is too small" :
					   ledger_differs(&m->before, &m->after);
	rmdir(m->dir);
	return differs;
}
