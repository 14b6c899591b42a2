// SPDX-License-Identifier: GPL-2.0
/*
 * What drivers and programs do with a dma-buf of a region.
 *
 * With REVOKE it is over, and stays so when the region is restored, since what drivers have
 * of it are pages that the region never sees again. They keep these as long as they use them.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "buffer.h"
#include "compat.h"
#include "vma.h"

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

static bool is_used(const struct vmadev_buffer *buffer)
{
	const struct importer *importer;

	list_for_each_entry(importer, &buffer->importers, link)
		if (importer->direction != DMA_NONE)
			return true;
	return buffer->vmapped;
}

/**
 * vmadev_buffer_put_pages() - let go of the pages
 * @buffer: that nobody uses, or can begin to
 */
void vmadev_buffer_put_pages(struct vmadev_buffer *buffer)
{
	while (buffer->nr_pages) {
		put_page(buffer->pages[--buffer->nr_pages]);
		cond_resched();
	}
}

static void put_if_over(struct vmadev_buffer *buffer)
{
	lockdep_assert_held(&buffer->lock);
	if (vmadev_buffer_is_over(buffer) && !is_used(buffer))
		vmadev_buffer_put_pages(buffer);
}

/**
 * vmadev_buffer_gone() - see &struct vmadev_hold
 * @hold: a buffer's
 */
void vmadev_buffer_gone(struct vmadev_hold *hold)
{
	struct vmadev_buffer *buffer = container_of(hold, struct vmadev_buffer, hold);

	mutex_lock(&buffer->lock);
	put_if_over(buffer);
	mutex_unlock(&buffer->lock);
}

/*
 * What is over is attached too, without its pages, which are refused when they are asked for:
 * up to 7.3 video drivers lose a reference on a buffer that does not attach.
 */
static int attach(struct vmadev_buffer *buffer, struct importer *importer)
{
	size_t most = min_t(size_t, dma_get_max_seg_size(importer->dev),
			    dma_max_mapping_size(importer->dev));
	int err = 0;

	if (!vmadev_buffer_is_over(buffer))
		err = sg_alloc_table_from_pages_segment(&importer->table, buffer->pages,
							buffer->nr_pages, 0,
							buffer->nr_pages << PAGE_SHIFT, most,
							GFP_KERNEL);
	if (!err)
		list_add(&importer->link, &buffer->importers);
	return err;
}

static int buffer_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct vmadev_buffer *buffer = dmabuf->priv;
	struct importer *importer;
	int err;

	importer = kzalloc_obj(*importer, GFP_KERNEL);
	if (!importer)
		return -ENOMEM;
	importer->dev = attachment->dev;
	importer->direction = DMA_NONE;
	mutex_lock(&buffer->lock);
	err = attach(buffer, importer);
	mutex_unlock(&buffer->lock);
	if (err) {
		kfree(importer);
		return err;
	}
	attachment->priv = importer;
	return 0;
}

static void buffer_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct importer *importer = attachment->priv;
	struct vmadev_buffer *buffer = dmabuf->priv;

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
	struct vmadev_buffer *buffer = attachment->dmabuf->priv;
	int err;

	/* An importer does not ask what who gave it the descriptor may. */
	if (vmadev_buffer_is_reader(buffer) && direction != DMA_TO_DEVICE)
		return ERR_PTR(-EACCES);
	mutex_lock(&buffer->lock);
	err = vmadev_buffer_is_over(buffer) ? -ENODEV : 0;
	if (!err)
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
	struct vmadev_buffer *buffer = attachment->dmabuf->priv;

	mutex_lock(&buffer->lock);
	importer->direction = DMA_NONE;
	dma_unmap_sgtable(importer->dev, table, direction, 0);
	put_if_over(buffer);
	mutex_unlock(&buffer->lock);
}

/* Before the CPU is to access it, and after: where a device is mapped both ways, as asked. */
static int sync(struct dma_buf *dmabuf, enum dma_data_direction asked,
		void (*how)(struct device *dev, struct sg_table *table,
			    enum dma_data_direction direction))
{
	struct vmadev_buffer *buffer = dmabuf->priv;
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
	struct vmadev_buffer *buffer = dmabuf->priv;

	if (vmadev_buffer_is_reader(buffer) && vma->vm_flags & VM_MAYSHARE) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vmadev_vma_change_flags(vma, EMPTY_VMA_FLAGS, mk_vma_flags(VMA_MAYWRITE_BIT));
	}
	vma_set_file(vma, buffer->file);
	vma->vm_pgoff += buffer->hold.range.pgoff;
	return vfs_mmap(buffer->file, vma);
}

static void drop_dummy(struct vmadev_buffer *buffer)
{
	if (buffer->dummy)
		__free_page(buffer->dummy);
	buffer->dummy = NULL;
}

/* One page, in all places. */
static void *vmap_dummy(struct vmadev_buffer *buffer)
{
	unsigned long i, n = buffer->hold.range.nr_pages;
	struct page **pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	void *address = NULL;

	buffer->dummy = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (pages && buffer->dummy) {
		for (i = 0; i < n; i++)
			pages[i] = buffer->dummy;
		address = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	}
	if (!address)
		drop_dummy(buffer);
	kvfree(pages);
	return address;
}

/*
 * An address of what is over is one of nobody's memory. To refuse it is no choice: the kernel
 * warns of that, and vivid for one writes to what it did not get.
 */
static int buffer_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct vmadev_buffer *buffer = dmabuf->priv;
	void *address;

	mutex_lock(&buffer->lock);
	if (vmadev_buffer_is_over(buffer)) {
		address = vmap_dummy(buffer);
	} else {
		address = vmap(buffer->pages, buffer->nr_pages, VM_MAP, PAGE_KERNEL);
		buffer->vmapped = address;
	}
	mutex_unlock(&buffer->lock);
	if (!address)
		return -ENOMEM;
	iosys_map_set_vaddr(map, address);
	return 0;
}

static void buffer_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct vmadev_buffer *buffer = dmabuf->priv;

	vunmap(map->vaddr);
	mutex_lock(&buffer->lock);
	drop_dummy(buffer);
	buffer->vmapped = false;
	put_if_over(buffer);
	mutex_unlock(&buffer->lock);
}

/**
 * vmadev_buffer_free() - free a buffer
 * @buffer: that no driver and no descriptor has; mappings may go on
 */
void vmadev_buffer_free(struct vmadev_buffer *buffer)
{
	struct vmadev_region *region = vmadev_buffer_region(buffer);

	inode_lock(region->inode);
	list_del(&buffer->hold.link);
	inode_unlock(region->inode);
	vmadev_buffer_put_pages(buffer);
	fput(buffer->file);
	kvfree(buffer);
}

static void buffer_release(struct dma_buf *dmabuf)
{
	vmadev_buffer_free(dmabuf->priv);
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

const struct dma_buf_ops vmadev_buffer_ops = {
	BUFFER_OPS,
	.vmap			= buffer_vmap,
	.vunmap			= buffer_vunmap,
};

/* An address in the kernel would be one to write to. The kernel warns where ->vmap refuses. */
const struct dma_buf_ops vmadev_reader_ops = {
	BUFFER_OPS,
};
