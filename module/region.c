// SPDX-License-Identifier: GPL-2.0
/*
 * Regions: making and freeing them, the cap on all together, and the list.
 */
#include <linux/atomic.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/string.h>

#include "compat.h"
#include "region.h"

DEFINE_MUTEX(vmadev_regions_lock);	/* see region.h */
LIST_HEAD(vmadev_regions);
DEFINE_PERCPU_RWSEM(vmadev_region_lock);	/* see region.h */

/* The cap, in bytes; constant after load. */
u64 vmadev_max_bytes;

static atomic64_t vmadev_bytes;		/* taken of vmadev_max_bytes */
static atomic64_t vmadev_last_id;

static const struct vmadev_backing *const backings[] = {
	&vmadev_backing_pages,
	&vmadev_backing_contig,
	&vmadev_backing_shmem,
	&vmadev_backing_none,
	&vmadev_backing_media,
};

/**
 * vmadev_backing_by_id() - a backing's row
 * @id: enum vmadev_backing_id, or 0 for the default
 *
 * Return: NULL if there is none.
 */
const struct vmadev_backing *vmadev_backing_by_id(u32 id)
{
	size_t i;

	if (!id)
		return &vmadev_backing_pages;
	for (i = 0; i < ARRAY_SIZE(backings); i++)
		if (backings[i]->id == id)
			return backings[i];
	return NULL;
}

/**
 * vmadev_backing_by_name() - a backing's row
 * @name: as users write it
 *
 * Return: NULL if there is none.
 */
const struct vmadev_backing *vmadev_backing_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(backings); i++)
		if (!strcmp(backings[i]->name, name))
			return backings[i];
	return NULL;
}

/**
 * vmadev_region_fits() - could there be such a region, were there no other?
 * @backing: its backing
 * @bytes:   its size
 */
bool vmadev_region_fits(const struct vmadev_backing *backing, u64 bytes)
{
	return !backing->copies || bytes <= div_u64(vmadev_max_bytes, backing->copies);
}

/**
 * vmadev_region_take_room() - of what all regions together may have
 * @region: for which
 * @bytes:  how much
 *
 * Return: 0 or -ENOSPC.
 */
int vmadev_region_take_room(struct vmadev_region *region, u64 bytes)
{
	s64 taken = atomic64_read(&vmadev_bytes);
	u64 all = bytes * region->backing->copies;

	if (!vmadev_region_fits(region->backing, bytes))
		return -ENOSPC;
	if (!all)
		return 0;
	/* Never shown higher than it is: another call's share may still fit. */
	do {
		if (all > vmadev_max_bytes - taken)
			return -ENOSPC;
	} while (!atomic64_try_cmpxchg(&vmadev_bytes, &taken, taken + all));
	return 0;
}

/**
 * vmadev_region_give_room() - the reverse
 * @region: for which
 * @bytes:  how much
 */
void vmadev_region_give_room(struct vmadev_region *region, u64 bytes)
{
	atomic64_sub(bytes * region->backing->copies, &vmadev_bytes);
}

/**
 * vmadev_region_name_ok() - may a region be called this?
 * @name: a string
 *
 * Names show up in one-line-a-record files, hence nothing that these escape.
 */
bool vmadev_region_name_ok(const char *name)
{
	for (; *name; name++)
		if (!isascii(*name) || !isgraph(*name) || *name == '/' || *name == '\\')
			return false;
	return true;
}

static void region_free(struct vmadev_region *region)
{
	vmadev_region_give_room(region, vmadev_region_bytes(region));
	vmadev_eager_free(region);
	vmadev_revoked_free(region);
	vmadev_inject_free(region);
	free_percpu(region->counters);
	kfree(region);
}

/**
 * vmadev_region_create() - make a region and put it on the list
 * @spec: what to create
 *
 * Context: may sleep.
 * Return: a region with one reference, or -EINVAL (the size is 0, not a
 * multiple of the page size, or more than a file can have), -ENOSPC (the cap),
 * -ENOMEM, -EINTR (killed meanwhile).
 */
struct vmadev_region *vmadev_region_create(const struct vmadev_region_spec *spec)
{
	struct vmadev_region *region;
	gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	int err;

	if (!spec->bytes || !PAGE_ALIGNED(spec->bytes) || spec->bytes > MAX_LFS_FILESIZE)
		return ERR_PTR(-EINVAL);

	region = kzalloc_obj(*region, GFP_KERNEL_ACCOUNT);
	if (!region)
		return ERR_PTR(-ENOMEM);
	region->counters = vmadev_counters_create();
	if (!region->counters) {
		kfree(region);
		return ERR_PTR(-ENOMEM);
	}
	region->id = atomic64_inc_return(&vmadev_last_id);
	region->backing = spec->backing;
	region->fixed = spec->fixed;
	region->seals = spec->sealable ? 0 : VMADEV_SEAL_SEAL;
	region->nr_pages = spec->bytes >> PAGE_SHIFT;
	region->gfp = gfp | (spec->charged ? __GFP_ACCOUNT : 0);
	region->node = spec->node;
	mutex_init(&region->eager_lock);
	INIT_LIST_HEAD(&region->eager);
	mutex_init(&region->dummies_lock);
	INIT_LIST_HEAD(&region->dummies);
	INIT_LIST_HEAD(&region->holds);
	refcount_set(&region->refs, 1);
	if (spec->name && *spec->name)
		strscpy(region->name, spec->name, sizeof(region->name));
	else
		snprintf(region->name, sizeof(region->name), "region-%llu", region->id);

	err = vmadev_region_take_room(region, spec->bytes);
	if (err) {
		free_percpu(region->counters);
		kfree(region);
		return ERR_PTR(err);
	}
	err = region->backing->alloc(region, region->gfp, region->node);
	if (err) {
		region_free(region);
		return ERR_PTR(err);
	}
	mutex_lock(&vmadev_regions_lock);
	list_add_tail(&region->link, &vmadev_regions);
	mutex_unlock(&vmadev_regions_lock);
	return region;
}

/**
 * vmadev_region_get() - take a reference
 * @region: that the caller holds one on already
 */
void vmadev_region_get(struct vmadev_region *region)
{
	refcount_inc(&region->refs);
}

/**
 * vmadev_region_put() - drop a reference; the last one frees the region
 * @region: the region
 *
 * Context: may sleep.
 */
void vmadev_region_put(struct vmadev_region *region)
{
	if (!refcount_dec_and_test(&region->refs))
		return;
	mutex_lock(&vmadev_regions_lock);
	list_del(&region->link);
	mutex_unlock(&vmadev_regions_lock);
	region->backing->free(region);
	region_free(region);
}

/**
 * vmadev_region_vmas() - how many VMAs map a region now?
 * @region: the caller has a handle of it, or holds vmadev_regions_lock
 * @file:   count only those mapped through it; NULL: all
 *
 * Walks the kernel's own tree of them instead of counting in vm_ops->open and
 * ->close: there is nothing that a split, a fork or a merge could get wrong,
 * and a VMA whose vm_ops have a ->close would never merge.
 *
 * Context: sleeps for the i_mmap lock.
 */
unsigned long vmadev_region_vmas(const struct vmadev_region *region, const struct file *file)
{
	struct address_space *mapping = vmadev_region_mapping(region);
	struct rb_node *node;
	unsigned long n = 0;

	if (!mapping)
		return 0;
	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node; node = rb_next(node))
		if (!file || rb_entry(node, struct vm_area_struct, shared.rb)->vm_file == file)
			n++;
	i_mmap_unlock_read(mapping);
	return n;
}
