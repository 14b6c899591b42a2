// SPDX-License-Identifier: GPL-2.0-or-later
/* /dev/vmadev and its ioctls */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vt.h"

int vt_open(int oflags)
{
	return open("/dev/vmadev", oflags | O_CLOEXEC);
}

int vt_create_raw(int fd, struct vmadev_create *c)
{
	c->size = sizeof(*c);
	return ioctl(fd, VMADEV_IOC_CREATE, c);
}

int vt_create(__u32 backing, __u32 strategy, size_t bytes, const char *name)
{
	return vt_create_flags(backing, strategy, bytes, name, 0);
}

int vt_create_flags(__u32 backing, __u32 strategy, size_t bytes, const char *name, __u32 flags)
{
	struct vmadev_create c = {
		.flags = flags,
		.bytes = bytes,
		.backing = backing,
		.strategy = strategy,
	};
	int fd, dev, err;

	if (name)
		strncpy(c.name, name, sizeof(c.name) - 1);
	dev = vt_open(O_RDWR);
	if (dev < 0)
		return -1;
	fd = vt_create_raw(dev, &c);
	err = errno;
	close(dev);
	errno = err;
	return fd;
}

int vt_reopen(int fd, __u32 access, __u32 strategy)
{
	struct vmadev_open o = {
		.size = sizeof(o),
		.access = access,
		.strategy = strategy,
	};

	return ioctl(fd, VMADEV_IOC_OPEN, &o);
}

int vt_open_by_name(int fd, const char *name, __u32 access, __u32 strategy)
{
	struct vmadev_open_by_name o = {
		.size = sizeof(o),
		.access = access,
		.strategy = strategy,
	};

	strncpy(o.name, name, sizeof(o.name) - 1);
	return ioctl(fd, VMADEV_IOC_OPEN_BY_NAME, &o);
}

int vt_info(int fd, struct vmadev_info *i)
{
	memset(i, 0, sizeof(*i));
	i->size = sizeof(*i);
	return ioctl(fd, VMADEV_IOC_INFO, i);
}

int vt_stats(int fd, __u32 scope, struct vmadev_stats *s)
{
	memset(s, 0, sizeof(*s));
	s->size = sizeof(*s);
	s->scope = scope;
	return ioctl(fd, VMADEV_IOC_STATS, s);
}

int vt_set_strategy(int fd, __u32 strategy)
{
	struct vmadev_set_strategy s = {
		.size = sizeof(s),
		.strategy = strategy,
	};

	return ioctl(fd, VMADEV_IOC_SET_STRATEGY, &s);
}

int vt_zap(int fd, __u64 off, __u64 len)
{
	struct vmadev_zap z = {
		.size = sizeof(z),
		.offset = off,
		.length = len,
	};

	return ioctl(fd, VMADEV_IOC_ZAP, &z);
}

int vt_add_seals(int fd, __u32 seals)
{
	struct vmadev_seals s = { .size = sizeof(s), .seals = seals };

	return ioctl(fd, VMADEV_IOC_ADD_SEALS, &s);
}

int vt_get_seals(int fd)
{
	struct vmadev_seals s = { .size = sizeof(s) };

	return ioctl(fd, VMADEV_IOC_GET_SEALS, &s) ? -1 : (int)s.seals;
}

int vt_revoke(int fd, __u32 how, __u64 *pinned)
{
	struct vmadev_revoke r = { .size = sizeof(r), .how = how };

	if (ioctl(fd, VMADEV_IOC_REVOKE, &r))
		return -1;
	if (pinned)
		*pinned = r.pinned;
	return 0;
}

int vt_restore(int fd)
{
	struct vmadev_restore r = { .size = sizeof(r) };

	return ioctl(fd, VMADEV_IOC_RESTORE, &r);
}

static int inject(int fd, __u32 flags, struct vmadev_rule *rule)
{
	struct vmadev_inject i = {
		.size = sizeof(i),
		.flags = flags,
		.rules = (uintptr_t)rule,
		.nr = rule ? 1 : 0,
		.rule_size = rule ? sizeof(*rule) : 0,
	};

	return ioctl(fd, VMADEV_IOC_INJECT, &i);
}

int vt_inject(int fd, struct vmadev_rule rule)
{
	return inject(fd, 0, &rule);
}

int vt_inject_more(int fd, struct vmadev_rule rule)
{
	return inject(fd, VMADEV_INJECT_APPEND, &rule);
}

int vt_inject_clear(int fd)
{
	return inject(fd, VMADEV_INJECT_CLEAR, NULL);
}

int vt_rule(int fd, unsigned int i, struct vmadev_rule *rule)
{
	struct vmadev_rule rules[VMADEV_RULES_MAX];
	struct vmadev_rules r = {
		.size = sizeof(r),
		.rules = (uintptr_t)rules,
		.nr = VMADEV_RULES_MAX,
		.rule_size = sizeof(rules[0]),
	};

	if (ioctl(fd, VMADEV_IOC_RULES, &r))
		return -1;
	if (i >= r.nr) {
		errno = ENOENT;
		return -1;
	}
	*rule = rules[i];
	return 0;
}

bool vt_has_export(void)
{
	int fd = vt_create(VMADEV_BACKING_PAGES, 0, vt_page(), NULL);
	struct vmadev_info i = { 0 };

	vt_info(fd, &i);
	close(fd);
	return i.abilities & VMADEV_CAN_EXPORT;
}

int vt_export(int fd, __u32 access, __u32 strategy, __u64 off, __u64 len)
{
	struct vmadev_export e = {
		.size = sizeof(e),
		.access = access,
		.strategy = strategy,
		.offset = off,
		.length = len,
	};

	return ioctl(fd, VMADEV_IOC_EXPORT, &e);
}

int vt_serves(int fd, __u32 strategy, bool private)
{
	struct vmadev_info i;

	if (vt_info(fd, &i))
		return -1;
	return !!((private ? i.strategies_private : i.strategies_shared) &
		  VMADEV_STRATEGY_BIT(strategy));
}

static long dirty(int fd, unsigned long request, struct vmadev_dirty d)
{
	d.size = sizeof(d);
	return ioctl(fd, request, &d) ? -1 : (long)d.dirty;
}

long vt_dirty_get(int fd, __u32 flags, __u64 off, __u64 len, __u64 unit, __u64 *words)
{
	return dirty(fd, VMADEV_IOC_DIRTY_GET, (struct vmadev_dirty) {
		.flags = flags,
		.offset = off,
		.length = len,
		.bitmap = (unsigned long)words,
		.unit = unit,
	});
}

long vt_dirty_clear(int fd, __u64 off, __u64 len, __u64 unit, const __u64 *words)
{
	return dirty(fd, VMADEV_IOC_DIRTY_CLEAR, (struct vmadev_dirty) {
		.offset = off,
		.length = len,
		.bitmap = (unsigned long)words,
		.unit = unit,
	});
}

int vt_snapshot(int fd, struct vmadev_snapshot *snapshot)
{
	snapshot->size = sizeof(*snapshot);
	return ioctl(fd, VMADEV_IOC_SNAPSHOT, snapshot);
}
