// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <libvmadev.h>

#include "open.h"

static __u32 id_of(const char *word, const char *(*name)(__u32 id))
{
	for (__u32 id = 1; name(id); id++)
		if (!strcmp(name(id), word))
			return id;
	return 0;
}

/* Of anon each mapping is memory of its own. */
static unsigned int own_of(int fd)
{
	struct vmadev_info info;

	return !vmadev_info(fd, &info, sizeof(info)) && info.strategy == VMADEV_STRATEGY_ANON ?
	       TRAIT_OWN : 0;
}

/* The dma-buf of all of it, instead of the region's own descriptor. */
static const char *export_region(struct subject *subject, __u32 strategy)
{
	int region = subject->fd;

	subject->fd = vmadev_export(region, VMADEV_ACCESS_READ_WRITE, strategy, 0,
				    subject->length);
	if (subject->fd < 0)
		return vmadev_error();
	subject->reader = vmadev_export(region, VMADEV_ACCESS_READ, strategy, 0, subject->length);
	subject->traits |= TRAIT_SIZED;
	close(region);
	return NULL;
}

static const char *open_vmadev(struct subject *subject, char *const *options)
{
	const char *strategy = option_value(options, "strategy");
	const char *backing = option_value(options, "backing");
	__u32 strategy_id = strategy ? id_of(strategy, vmadev_strategy_name) : 0;
	__u32 backing_id = backing ? id_of(backing, vmadev_backing_name) : 0;
	int device;

	if (strategy && !strategy_id)
		return "no strategy has that name; vmactl info lists them";
	if (backing && !backing_id)
		return "no backing has that name; vmactl create --help lists them";
	device = vmadev_open(NULL, O_RDWR);
	if (device < 0)
		return vmadev_error();
	subject->fd = vmadev_create(device, "vmaudit", subject->length, backing_id, strategy_id);
	close(device);
	if (subject->fd < 0)
		return vmadev_error();
	if (option_value(options, "export"))
		return export_region(subject, strategy_id);
	subject->reader = vmadev_open_handle(subject->fd, VMADEV_ACCESS_READ, strategy_id);
	subject->traits |= TRAIT_SIZED | own_of(subject->fd);
	return NULL;
}

const struct opener opener_vmadev = {
	.name = "vmadev",
	.about = "a region of " VMADEV_DEVICE,
	.options = "strategy=WORD,backing=WORD,export",
	.open = open_vmadev,
};
