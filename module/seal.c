// SPDX-License-Identifier: GPL-2.0
/*
 * Seals: those of a memfd, with its rules and errnos, for regions of any backing.
 *
 * What each forbids is looked at where it is done: the plan of an mmap, write, and
 * resize.c. Here is how one becomes sure that nobody writes any more.
 */
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "region.h"
#include "trace.h"

#define ALL_SEALS	(VMADEV_SEAL_SEAL | VMADEV_SEAL_SHRINK | VMADEV_SEAL_GROW |	\
			 VMADEV_SEAL_WRITE | VMADEV_SEAL_FUTURE_WRITE)

#define LAST_SCAN	4	/* as memfd: some 150 ms */

/*
 * Each CPU keeps references on pages that it will put on a list of the kernel's, or off it
 * (mlock), soon. lru_add_drain_all() is not for modules; to release a batch of pages does
 * the same for the CPU that it is done on.
 */
static long drain(void *unused)
{
	struct folio *zero = page_folio(ZERO_PAGE(0));
	struct folio_batch batch;

	folio_batch_init(&batch);
	folio_get(zero);
	folio_batch_add(&batch, zero);
	folio_batch_release(&batch);
	return 0;
}

/**
 * vmadev_drain_all() - nobody keeps a page who has no need of it
 */
void vmadev_drain_all(void)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, drain, NULL);
	cpus_read_unlock();
}

/**
 * vmadev_folio_pinned() - does anybody have it beside its owner and mappings?
 * @folio: that cannot go
 * @own:   references of its owner, and the caller's
 *
 * Others come and go meanwhile: yes may be wrong. A no is right if nobody can get one anew.
 */
bool vmadev_folio_pinned(struct folio *folio, int own)
{
	int mapped = vmadev_folio_mapcount(folio);

	return folio_ref_count(folio) != own + mapped || vmadev_folio_mapcount(folio) != mapped;
}

/*
 * No copy of a write holds a page, nor may one begin, while the seal is set: who has a page
 * by then is a writer, or somebody who reads, as whom memfd too takes everybody.
 */
static bool set_unless_pinned(struct vmadev_region *region, u32 seals, bool stop)
{
	bool pinned;

	vmadev_region_write_lock();
	pinned = stop && region->backing->pinned && region->backing->pinned(region);
	if (!pinned) {
		WRITE_ONCE(region->seals, region->seals | seals);
		if (region->shm)
			SHMEM_I(file_inode(region->shm))->seals |= seals;
	}
	vmadev_region_write_unlock();
	return !pinned;
}

static int set_seals(struct vmadev_region *region, u32 seals, bool stop)
{
	int scan = 0;

	while (!set_unless_pinned(region, seals, stop)) {
		if (scan == LAST_SCAN)
			return -EBUSY;
		if (!scan)
			vmadev_drain_all();
		else if (schedule_timeout_killable((HZ << scan) / 200))
			return -EBUSY;
		scan++;
	}
	return 0;
}

/*
 * Each mmap that is under way, writable and shared, counts for the region's own mapping
 * until it is counted where it is found, so these two are looked at in this order. The
 * region's is open again afterwards, since the plan knows then; the tmpfs file stays
 * closed, as a sealed memfd does: the kernel maps it without asking (remap_file_pages).
 */
static int stop_writers(struct vmadev_region *region)
{
	struct address_space *mapping = region->inode->i_mapping;
	int err = mapping_deny_writable(mapping);

	if (err || !region->shm)
		return err;
	err = mapping_deny_writable(region->shm->f_mapping);
	if (err)
		mapping_allow_writable(mapping);
	return err;
}

static int add(struct vmadev_region *region, u32 seals)
{
	struct inode *shm = region->shm ? file_inode(region->shm) : NULL;
	bool stop = seals & ~region->seals & VMADEV_SEAL_WRITE;
	int err;

	if (vmadev_region_revoked(region))
		return -ENODEV;
	if (region->seals & VMADEV_SEAL_SEAL)
		return -EPERM;
	err = stop ? stop_writers(region) : 0;
	if (err)
		return err;
	if (shm)
		inode_lock(shm);
	err = set_seals(region, seals, stop);
	if (shm)
		inode_unlock(shm);
	if (!stop)
		return err;
	if (err && shm)
		mapping_allow_writable(region->shm->f_mapping);
	mapping_allow_writable(region->inode->i_mapping);
	return err;
}

/**
 * vmadev_region_seal() - add seals
 * @region: its inode is locked
 * @seals:  VMADEV_SEAL_*
 *
 * Return: 0; -ENODEV, it is revoked; -EINVAL, an unknown one; -EPERM, it is sealed against
 * more; -EBUSY, somebody can write.
 */
int vmadev_region_seal(struct vmadev_region *region, u32 seals)
{
	int err = seals & ~ALL_SEALS ? -EINVAL : add(region, seals);

	trace_vmadev_seal(region->id, seals, err);
	return err;
}
