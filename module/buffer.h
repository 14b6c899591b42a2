/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_BUFFER_H
#define VMADEV_BUFFER_H

#include <linux/dma-buf.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "handle.h"

/**
 * struct vmadev_buffer - a dma-buf's own
 * @file:	 a handle; neither reads nor writes more than who has the dma-buf may
 * @hold:	 its pages in the region
 * @lock:	 guards what follows, and the direction of each importer
 * @importers:	 those that are attached
 * @vmapped:	 a driver has an address of them
 * @dummy:	 ... of this page instead, since it was over by then
 * @nr_pages:	 as many as @hold tells; 0 once it is over and nobody uses it
 * @pages:	 with a reference each
 */
struct vmadev_buffer {
	struct file *file;
	struct vmadev_hold hold;
	struct mutex lock;	/* see above */
	struct list_head importers;
	bool vmapped;
	struct page *dummy;
	unsigned long nr_pages;
	struct page *pages[];
};

/* To be read alone it is without an address in the kernel, where all may write. */
extern const struct dma_buf_ops vmadev_buffer_ops;
extern const struct dma_buf_ops vmadev_reader_ops;

void vmadev_buffer_gone(struct vmadev_hold *hold);
void vmadev_buffer_put_pages(struct vmadev_buffer *buffer);
void vmadev_buffer_free(struct vmadev_buffer *buffer);

static inline struct vmadev_region *vmadev_buffer_region(const struct vmadev_buffer *buffer)
{
	return vmadev_handle_of(buffer->file)->region;
}

static inline bool vmadev_buffer_is_reader(const struct vmadev_buffer *buffer)
{
	return !(buffer->file->f_mode & FMODE_WRITE);
}

/* The region was revoked; it stays so. */
static inline bool vmadev_buffer_is_over(const struct vmadev_buffer *buffer)
{
	return vmadev_handle_is_over(vmadev_handle_of(buffer->file));
}

#endif /* VMADEV_BUFFER_H */
