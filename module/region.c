// SPDX-License-Identifier: GPL-2.0
/*
 * Regions: making and freeing them, and the list.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/string.h>

#include "compat.h"
#include "dirty.h"
#include "memtype.h"

DEFINE_MUTEX(vmadev_regions_lock);	/* see region.h */
LIST_HEAD(vmadev_regions);
struct percpu_rw_semaphore vmadev_region_lock;	/* see region.h */

static atomic64_t vmadev_last_id;

static const struct vmadev_backing *const backings[] = {
	&vmadev_backing_pages,
	&vmadev_backing_contig,
	&vmadev_backing_shmem,
	&vmadev_backing_none,
	&vmadev_backing_media,
};

/**
 * vmadev_regions_init() - make the lock of all regions
 *
 * Not DEFINE_PERCPU_RWSEM(), which nobody waits for: when a writer lets go of it, RCU is to
 * call back at a place in the lock itself, which would be gone with the module.
 *
 * Return: 0 or -ENOMEM.
 */
int vmadev_regions_init(void)
{
	return percpu_init_rwsem(&vmadev_region_lock);
}

/**
 * vmadev_regions_exit() - wait until nothing of the lock is under way
 */
void vmadev_regions_exit(void)
{
	percpu_free_rwsem(&vmadev_region_lock);
}

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
 * vmadev_region_name_ok() - may a region be called this?
 * @name: VMADEV_NAME_MAX bytes, or a shorter string
 *
 * Names show up in one-line-a-record files, hence nothing that these escape.
 */
bool vmadev_region_name_ok(const char *name)
{
	if (strnlen(name, VMADEV_NAME_MAX) == VMADEV_NAME_MAX)
		return false;
	for (; *name; name++)
		if (!isascii(*name) || !isgraph(*name) || *name == '/' || *name == '\\')
			return false;
	return true;
}

/**
 * vmadev_region_next_id() - a number that no other region, and no other inode, has
 */
u64 vmadev_region_next_id(void)
{
	return atomic64_inc_return(&vmadev_last_id);
}

/* Nobody has used it. */
static void region_drop(struct vmadev_region *region)
{
	put_cred(region->cred);
	free_percpu(region->counters);
	kfree(region);
}

static void region_free(struct vmadev_region *region)
{
	vmadev_region_give_room(region, vmadev_region_bytes(region));
	vmadev_eager_free(region);
	vmadev_revoked_free(region);
	vmadev_inject_free(region);
	kvfree(region->dirty);
	region_drop(region);
}

static void region_drop_memory(struct vmadev_region *region)
{
	vmadev_memtype_give_back(region);
	region->backing->free(region);
	region_free(region);
}

/**
 * vmadev_region_create() - make a region and put it on the list
 * @spec: what to create
 *
 * Context: may sleep.
 * Return: a region with one reference, or -EINVAL (the size is 0, not a
 * multiple of the page size, or more than a file can have), -ENOMEM, -EINTR (killed
 * meanwhile), or what vmadev_region_take_room() says.
 */
struct vmadev_region *vmadev_region_create(const struct vmadev_region_spec *spec)
{
	struct vmadev_region *region;
	gfp_t gfp = GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	int err;

	if (!PAGE_ALIGNED(spec->bytes) || spec->bytes > MAX_LFS_FILESIZE ||
	    (!spec->bytes && !spec->mounted))
		return ERR_PTR(-EINVAL);

	region = kzalloc_obj(*region, GFP_KERNEL_ACCOUNT);
	if (!region)
		return ERR_PTR(-ENOMEM);
	region->counters = vmadev_counters_create();
	if (!region->counters) {
		region_drop(region);
		return ERR_PTR(-ENOMEM);
	}
	region->id = vmadev_region_next_id();
	region->backing = spec->backing;
	region->fixed = spec->fixed;
	region->reopen = spec->reopen;
	region->mounted = spec->mounted;
	region->cache = spec->cache ?: VMADEV_CACHE_WB;
	region->cap = spec->cap;
	region->seals = spec->sealable ? 0 : VMADEV_SEAL_SEAL;
	region->nr_pages = spec->bytes >> PAGE_SHIFT;
	region->gfp = gfp | (spec->charged ? __GFP_ACCOUNT : 0);
	region->node = spec->node;
	if (spec->charged) {
		region->cred = get_current_cred();
		region->user = region->cred->user;
	}
	region->single = spec->logs;
	region->bar = spec->bar;
	region->wants = BIT(spec->backing->id) |
			(vmadev_memtype_differs(region) ? VMADEV_ANY_CACHE : 0);
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
		region_drop(region);
		return ERR_PTR(err);
	}
	err = spec->logs ? vmadev_log_create(region) : 0;
	if (!err)
		err = region->backing->alloc(region, region->gfp, region->node);
	if (err) {
		region_free(region);
		return ERR_PTR(err);
	}
	err = vmadev_memtype_set(region);
	if (err) {
		region_drop_memory(region);
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
 * vmadev_region_by_name() - find a region that is to be found
 * @name: its whole name
 *
 * Others are for those alone who are given a descriptor.
 *
 * Return: a region with a reference that is the caller's; NULL: there is none, or it is gone.
 */
struct vmadev_region *vmadev_region_by_name(const char *name)
{
	struct vmadev_region *region, *found = NULL;

	mutex_lock(&vmadev_regions_lock);
	list_for_each_entry(region, &vmadev_regions, link) {
		if (!region->backing->named || vmadev_region_revoked(region) ||
		    strcmp(region->name, name) || !refcount_inc_not_zero(&region->refs))
			continue;
		found = region;
		break;
	}
	mutex_unlock(&vmadev_regions_lock);
	return found;
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
	region_drop_memory(region);
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
