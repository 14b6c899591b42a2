// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs of regions: buffers that drivers import. A buffer has a handle of its own,
 * which keeps the region, is what its mappings map, and says where these end; a
 * reference on each of its pages; and a hold, without which the region could have
 * other pages than the buffer some day.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "export.h"
#include "handle.h"
#include "trace.h"
#include "vma.h"

/* What MODULE_IMPORT_NS() comes to, which wants quotes since 6.13 and none before. */
MODULE_INFO(import_ns, "DMA_BUF");

/**
 * struct buffer - a dma-buf's own
 * @file:	 a handle; neither reads nor writes more than who has the dma-buf may
 * @hold:	 its pages in the region
 * @lock:	 guards what follows, and the direction of each importer
 * @importers:	 those that are attached
 * @pages:	 as many as @hold tells, with a reference each
 */
struct buffer {
	struct file *file;
	struct vmadev_hold hold;
	struct mutex lock;	/* see above */
	struct list_head importers;
	struct page *pages[];
};

/**
 * struct importer - a device that a buffer is attached to
 * @link:      in the buffer's list
 * @dev:       the device
 * @table:     the buffer, as it sees it
 * @direction: in which it is mapped; DMA_NONE, not now
 */
struct importer {
	struct list_head link;
	struct device *dev;
	struct sg_table table;
	enum dma_data_direction direction;
};

static struct vmadev_region *region_of(const struct buffer *buffer)
{
	return vmadev_handle_of(buffer->file)->region;
}

static bool is_read_only(const struct buffer *buffer)
{
	return !(buffer->file->f_mode & FMODE_WRITE);
}

static int buffer_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct buffer *buffer = dmabuf->priv;
	struct device *dev = attachment->dev;
	struct importer *importer;
	int err;

	importer = kzalloc_obj(*importer, GFP_KERNEL);
	if (!importer)
		return -ENOMEM;
	importer->dev = dev;
	importer->direction = DMA_NONE;
	err = sg_alloc_table_from_pages_segment(&importer->table, buffer->pages,
						buffer->hold.range.nr_pages, 0, dmabuf->size,
						min_t(size_t, dma_get_max_seg_size(dev),
						      dma_max_mapping_size(dev)), GFP_KERNEL);
	if (err) {
		kfree(importer);
		return err;
	}
	attachment->priv = importer;
	mutex_lock(&buffer->lock);
	list_add(&importer->link, &buffer->importers);
	mutex_unlock(&buffer->lock);
	return 0;
}

static void buffer_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct importer *importer = attachment->priv;
	struct buffer *buffer = dmabuf->priv;

	mutex_lock(&buffer->lock);
	list_del(&importer->link);
	mutex_unlock(&buffer->lock);
	sg_free_table(&importer->table);
	kfree(importer);
}

static struct sg_table *buffer_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction direction)
{
	struct importer *importer = attachment->priv;
	struct buffer *buffer = attachment->dmabuf->priv;
	int err;

	/* An importer does not ask what who gave it the descriptor may. */
	if (is_read_only(buffer) && direction != DMA_TO_DEVICE)
		return ERR_PTR(-EACCES);
	mutex_lock(&buffer->lock);
	err = dma_map_sgtable(importer->dev, &importer->table, direction, 0);
	if (!err)
		importer->direction = direction;
	mutex_unlock(&buffer->lock);
	return err ? ERR_PTR(err) : &importer->table;
}

static void buffer_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			 enum dma_data_direction direction)
{
	struct importer *importer = attachment->priv;
	struct buffer *buffer = attachment->dmabuf->priv;

	mutex_lock(&buffer->lock);
	importer->direction = DMA_NONE;
	dma_unmap_sgtable(importer->dev, table, direction, 0);
	mutex_unlock(&buffer->lock);
}

/* Before the CPU is to access it, and after: where a device is mapped both ways, as asked. */
static int sync(struct dma_buf *dmabuf, enum dma_data_direction asked,
		void (*how)(struct device *dev, struct sg_table *table,
			    enum dma_data_direction direction))
{
	struct buffer *buffer = dmabuf->priv;
	struct importer *importer;

	mutex_lock(&buffer->lock);
	list_for_each_entry(importer, &buffer->importers, link) {
		enum dma_data_direction direction = importer->direction;

		if (direction != DMA_NONE)
			how(importer->dev, &importer->table,
			    direction == DMA_BIDIRECTIONAL ? asked : direction);
	}
	mutex_unlock(&buffer->lock);
	return 0;
}

static int buffer_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	return sync(dmabuf, direction, dma_sync_sgtable_for_cpu);
}

static int buffer_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	return sync(dmabuf, direction, dma_sync_sgtable_for_device);
}

/*
 * From here on it is a mapping of the region. An importer comes with a VMA of its own
 * file, which said nothing of what the buffer may.
 */
static int buffer_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct buffer *buffer = dmabuf->priv;

	if (is_read_only(buffer) && vma->vm_flags & VM_MAYSHARE) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vmadev_vma_change_flags(vma, EMPTY_VMA_FLAGS, mk_vma_flags(VMA_MAYWRITE_BIT));
	}
	vma_set_file(vma, buffer->file);
	vma->vm_pgoff += buffer->hold.range.pgoff;
	return vfs_mmap(buffer->file, vma);
}

static int buffer_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct buffer *buffer = dmabuf->priv;
	void *address = vmap(buffer->pages, buffer->hold.range.nr_pages, VM_MAP, PAGE_KERNEL);

	if (!address)
		return -ENOMEM;
	iosys_map_set_vaddr(map, address);
	return 0;
}

static void buffer_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	vunmap(map->vaddr);
}

static void put_pages_of(struct buffer *buffer, unsigned long nr)
{
	while (nr--) {
		put_page(buffer->pages[nr]);
		cond_resched();
	}
}

static void buffer_free(struct buffer *buffer)
{
	struct vmadev_region *region = region_of(buffer);

	inode_lock(region->inode);
	list_del(&buffer->hold.link);
	inode_unlock(region->inode);
	put_pages_of(buffer, buffer->hold.range.nr_pages);
	fput(buffer->file);
	kvfree(buffer);
}

static void buffer_release(struct dma_buf *dmabuf)
{
	buffer_free(dmabuf->priv);
}

#define BUFFER_OPS						\
	.attach			= buffer_attach,		\
	.detach			= buffer_detach,		\
	.map_dma_buf		= buffer_map,			\
	.unmap_dma_buf		= buffer_unmap,			\
	.begin_cpu_access	= buffer_begin_cpu_access,	\
	.end_cpu_access		= buffer_end_cpu_access,	\
	.mmap			= buffer_mmap,			\
	.release		= buffer_release

static const struct dma_buf_ops buffer_ops = {
	BUFFER_OPS,
	.vmap			= buffer_vmap,
	.vunmap			= buffer_vunmap,
};

/* An address in the kernel would be one to write to. The kernel warns where ->vmap refuses. */
static const struct dma_buf_ops reader_ops = {
	BUFFER_OPS,
};

static int get_pages_for(struct buffer *buffer, struct vmadev_region *region)
{
	const struct vmadev_range *range = &buffer->hold.range;
	unsigned long i;
	int err = 0;

	for (i = 0; i < range->nr_pages && !err; i++) {
		struct page *page;

		vmadev_region_read_lock();
		page = region->backing->get_page(region, range->pgoff + i);
		vmadev_region_read_unlock();
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		buffer->pages[i] = page;
		cond_resched();
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	if (err)
		put_pages_of(buffer, i);
	return err;
}

/* From when its size and seals are looked at, what is in the range stays there. */
static int hold_pages(struct buffer *buffer)
{
	struct vmadev_region *region = region_of(buffer);
	const struct vmadev_range *range = &buffer->hold.range;
	int err = -EINVAL;

	inode_lock(region->inode);
	if (!is_read_only(buffer) && vmadev_region_sealed(region, VMADEV_SEALS_WRITE))
		err = -EPERM;
	else if (vmadev_region_has(region, range->pgoff, range->nr_pages))
		err = get_pages_for(buffer, region);
	if (!err)
		list_add(&buffer->hold.link, &region->holds);
	inode_unlock(region->inode);
	return err;
}

static struct buffer *buffer_create(struct vmadev_region *region, const struct vmadev_range *range,
				    const struct vmadev_strategy *strategy, int oflags)
{
	struct buffer *buffer;
	int err;

	buffer = kvmalloc(struct_size(buffer, pages, range->nr_pages),
			  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->hold.range = *range;
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
	struct buffer *buffer = buffer_create(region, range, strategy, oflags);
	struct dma_buf *dmabuf;
	int fd;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	info.ops = oflags == O_RDWR ? &buffer_ops : &reader_ops;
	info.size = (size_t)range->nr_pages << PAGE_SHIFT;
	info.flags = oflags;
	info.priv = buffer;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		buffer_free(buffer);
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
 * Return: a descriptor; -EINVAL, not inside the region; -EPERM, sealed; -EIO, poison;
 * -EINTR, killed; -ENOMEM, -EMFILE, -ENFILE.
 */
long vmadev_export(struct vmadev_region *region, const struct vmadev_range *range,
		   const struct vmadev_strategy *strategy, int oflags)
{
	long fd = export(region, range, strategy, oflags);

	trace_vmadev_export(region->id, strategy->id, range->pgoff, range->nr_pages,
			    oflags == O_RDWR, fd < 0 ? fd : 0);
	return fd;
}
