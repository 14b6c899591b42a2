// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs of regions: buffers that drivers import. A buffer has a handle of its own,
 * which keeps the region, is what its mappings map, and says where these end; a
 * reference on each of its pages; and a hold, without which the region could have
 * other pages than the buffer some day.
 */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "buffer.h"
#include "dirty.h"
#include "export.h"
#include "trace.h"
#include "vma.h"

/* What MODULE_IMPORT_NS() comes to, which wants quotes since 6.13 and none before. */
MODULE_INFO(import_ns, "DMA_BUF");

static int get_pages_for(struct vmadev_buffer *buffer, struct vmadev_region *region)
{
	const struct vmadev_range *range = &buffer->hold.range;
	int err = 0;

	while (buffer->nr_pages < range->nr_pages && !err) {
		struct page *page;

		vmadev_region_read_lock();
		page = region->backing->get_page(region, range->pgoff + buffer->nr_pages);
		vmadev_region_read_unlock();
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		buffer->pages[buffer->nr_pages++] = page;
		cond_resched();
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	if (err)
		vmadev_buffer_put_pages(buffer);
	return err;
}

/* From when its size and seals are looked at, what is in the range stays there. */
static int hold_pages(struct vmadev_buffer *buffer)
{
	struct vmadev_region *region = vmadev_buffer_region(buffer);
	const struct vmadev_range *range = &buffer->hold.range;
	bool writes = !vmadev_buffer_is_reader(buffer);
	int err = -EINVAL;

	inode_lock(region->inode);
	if (vmadev_buffer_is_over(buffer) || vmadev_region_revoked(region))
		err = -ENODEV;
	else if (writes && vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		err = -EPERM;
	else if (vmadev_region_has(region, range->pgoff, range->nr_pages))
		err = get_pages_for(buffer, region);
	if (!err)
		list_add(&buffer->hold.link, &region->holds);
	/* From now on it may be written to by a device, and as it is pinned it stays dirty. */
	if (!err && writes)
		vmadev_log_range(region, range->pgoff, range->nr_pages);
	inode_unlock(region->inode);
	return err;
}

static struct vmadev_buffer *
buffer_create(struct vmadev_region *region, const struct vmadev_range *range,
	      const struct vmadev_strategy *strategy, int oflags)
{
	struct vmadev_buffer *buffer;
	int err;

	buffer = kvmalloc(struct_size(buffer, pages, range->nr_pages),
			  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->hold.range = *range;
	buffer->hold.gone = vmadev_buffer_gone;
	buffer->vmapped = false;
	buffer->dummy = NULL;
	buffer->nr_pages = 0;
	mutex_init(&buffer->lock);
	INIT_LIST_HEAD(&buffer->importers);
	buffer->file = vmadev_handle_file(region, strategy, oflags);
	if (IS_ERR(buffer->file)) {
		err = PTR_ERR(buffer->file);
		goto free;
	}
	vmadev_handle_of(buffer->file)->window = *range;
	err = hold_pages(buffer);
	if (!err)
		return buffer;
	fput(buffer->file);
free:
	kvfree(buffer);
	return ERR_PTR(err);
}

static long export(struct vmadev_region *region, const struct vmadev_range *range,
		   const struct vmadev_strategy *strategy, int oflags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct vmadev_buffer *buffer = buffer_create(region, range, strategy, oflags);
	struct dma_buf *dmabuf;
	int fd;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	info.ops = oflags == O_RDWR ? &vmadev_buffer_ops : &vmadev_reader_ops;
	info.size = (size_t)range->nr_pages << PAGE_SHIFT;
	info.flags = oflags;
	info.priv = buffer;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		vmadev_buffer_free(buffer);
		return PTR_ERR(dmabuf);
	}
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}

/**
 * vmadev_export() - make a dma-buf of some of a region
 * @region:   whose backing has ->get_page, and that the caller holds a reference on
 * @range:    of it, not empty
 * @strategy: of the buffer's mappings, that the region can serve
 * @oflags:   O_RDONLY or O_RDWR
 *
 * Return: a descriptor; -ENODEV, it is revoked; -EINVAL, not inside the region; -EPERM,
 * sealed; -EIO, poison; -EINTR, killed; -ENOMEM, -EMFILE, -ENFILE.
 */
long vmadev_export(struct vmadev_region *region, const struct vmadev_range *range,
		   const struct vmadev_strategy *strategy, int oflags)
{
	long fd = export(region, range, strategy, oflags);

	trace_vmadev_export(region->id, strategy->id, range->pgoff, range->nr_pages,
			    oflags == O_RDWR, min(fd, 0L));
	return fd;
}
