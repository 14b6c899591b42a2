// SPDX-License-Identifier: GPL-2.0
/*
 * The plan of a mapping, the two mmap hooks that apply it, and the life of a VMA.
 */
#include <linux/personality.h>
#include <linux/sched.h>

#include "bar.h"
#include "dirty.h"
#include "inject.h"
#include "memtype.h"
#include "trace.h"
#include "vma.h"

/* @windowed: not to grow, since a fault looks only whether it is inside the region */
static vma_flags_t flags_of(enum vmadev_maps maps, bool windowed)
{
	switch (maps) {
	case VMADEV_MAPS_PFNS:
		return mk_vma_flags(VMA_PFNMAP_BIT, VMA_IO_BIT, VMA_DONTEXPAND_BIT,
				    VMA_DONTDUMP_BIT);
	case VMADEV_MAPS_HUGE_PFNS:
		return mk_vma_flags(VMA_PFNMAP_BIT, VMA_IO_BIT, VMA_DONTEXPAND_BIT,
				    VMA_DONTDUMP_BIT, VMA_HUGEPAGE_BIT);
	case VMADEV_MAPS_MIXED:
		return mk_vma_flags(VMA_MIXEDMAP_BIT, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
	default:
		return windowed ? mk_vma_flags(VMA_DONTEXPAND_BIT) : EMPTY_VMA_FLAGS;
	}
}

static bool is_inside(const struct vmadev_range *window, pgoff_t pgoff, unsigned long nr)
{
	return pgoff >= window->pgoff && pgoff - window->pgoff <= window->nr_pages &&
	       nr <= window->nr_pages - (pgoff - window->pgoff);
}

/**
 * vmadev_plan() - may this be mapped, and with which flags?
 * @request: what is asked for
 * @plan:    gets what is to be done to the flags; left alone on error
 *
 * Pure: it looks at nothing else and changes nothing else.
 *
 * Return: 0; -ENODEV, it is revoked; -EINVAL, not inside the region or the window, or private
 * and the strategy maps PFNs (a copy-on-write mapping of these would take the PFN for its
 * offset, and vmf_insert_pfn() would BUG()); -EPERM, executable, or writable and shared and
 * sealed.
 */
int vmadev_plan(const struct vmadev_request *request, struct vmadev_plan *plan)
{
	const struct vmadev_strategy *strategy = request->strategy;
	bool sealed = vmadev_region_sealed(request->region, VMADEV_SEALS_WRITE) &&
		      vma_flags_test(&request->flags, VMA_SHARED_BIT);
	bool windowed = request->window && request->window->nr_pages;

	if (vmadev_region_revoked(request->region))
		return -ENODEV;
	if (!vmadev_region_has(request->region, request->pgoff, request->nr_pages) &&
	    (strategy->eager || !request->region->mounted))
		return -EINVAL;
	if (windowed && !is_inside(request->window, request->pgoff, request->nr_pages))
		return -EINVAL;
	/* A shared mapping of a read-only descriptor has no VM_SHARED. */
	if (!vma_flags_test(&request->flags, VMA_MAYSHARE_BIT) && !strategy->private)
		return -EINVAL;
	if (vma_flags_test(&request->flags, VMA_EXEC_BIT) && !request->exec_implied)
		return -EPERM;
	if (sealed && vma_flags_test(&request->flags, VMA_WRITE_BIT))
		return -EPERM;

	/* What the kernel took (VM_MAYWRITE of a read-only descriptor) is not given back. */
	plan->clear = mk_vma_flags(VMA_EXEC_BIT, VMA_MAYEXEC_BIT);
	if (sealed)
		plan->clear = mk_vma_flags(VMA_EXEC_BIT, VMA_MAYEXEC_BIT, VMA_MAYWRITE_BIT);
	plan->set = flags_of(strategy->maps, windowed);
	return 0;
}

/*
 * Both hooks: ask for a plan, and fix the strategy that it was made for. That is
 * all that a hook changes; it is the same however often it is done, so it does not
 * matter if no VMA comes of it.
 */
static int plan_mmap(struct vmadev_handle *handle, struct vmadev_request *request,
		     struct vmadev_plan *plan)
{
	int err;

	request->window = &handle->window;
	request->exec_implied = current->personality & READ_IMPLIES_EXEC;
	spin_lock(&handle->lock);
	request->strategy = handle->strategy;
	err = vmadev_handle_is_over(handle) ? -ENODEV : vmadev_plan(request, plan);
	if (!err)
		handle->fixed = true;
	spin_unlock(&handle->lock);
	return err;
}

/* Before anything else: a rule may let the call wait. */
static int ask_rules(const struct vmadev_request *request)
{
	s64 bytes = (u64)request->nr_pages << PAGE_SHIFT;

	if (vmadev_injecting())
		bytes = vmadev_inject_call(request->region, VMADEV_ON_MMAP,
					   (u64)request->pgoff << PAGE_SHIFT, bytes);
	return min_t(s64, bytes, 0);
}

static void mmap_end(const struct vmadev_handle *handle, const struct vmadev_request *request,
		     int err)
{
	if (!err)
		vmadev_count(handle, VMADEV_COUNT_MMAPS, 1);
	trace_vmadev_mmap(request->region->id, request->strategy->id, request->pgoff,
			  request->nr_pages, vma_flags_test(&request->flags, VMA_MAYSHARE_BIT),
			  err);
}

/* What rules on faults are at is left to faults, so that they see it. */
static bool is_left(const struct vmadev_handle *handle, pgoff_t pgoff, unsigned long nr_pages)
{
	return vmadev_injecting() && handle->strategy->eager &&
	       vmadev_inject_covers(handle->region, pgoff, nr_pages);
}

static void vma_set_up(const struct vmadev_handle *handle, pgoff_t pgoff, unsigned long nr_pages)
{
	if (handle->strategy->eager && !is_left(handle, pgoff, nr_pages))
		vmadev_count(handle, VMADEV_COUNT_PAGES, nr_pages);
}

static const struct vm_operations_struct *ops_of(const struct vmadev_handle *handle)
{
	if (handle->region->bar)
		return handle->strategy->bar_ops;
	return vmadev_logs(handle->region) ? handle->strategy->log_ops : handle->strategy->vm_ops;
}

/*
 * As the kernel has it when all is set up: entries that are made before are none to be
 * written through, where the first store is to be seen.
 */
static pgprot_t prot_of(const struct vmadev_handle *handle, vma_flags_t flags)
{
	if (vmadev_logs(handle->region))
		vma_flags_clear(&flags, VMA_SHARED_BIT);
	return vmadev_region_prot(handle->region, vma_flags_to_page_prot(flags));
}

static int mmap_apply(struct vmadev_handle *handle, struct vm_area_struct *vma,
		      const struct vmadev_plan *plan)
{
	const struct vmadev_strategy *strategy = handle->strategy;
	int err = 0;

	vmadev_vma_change_flags(vma, plan->set, plan->clear);
	vma->vm_page_prot = prot_of(handle, vmadev_vma_flags(vma));
	vma->vm_ops = ops_of(handle);
	if (strategy->map && !is_left(handle, vma->vm_pgoff, vma_pages(vma)))
		err = strategy->map(vma, handle->region);
	if (err || !strategy->vm_ops)
		return err;
	vma->vm_private_data = handle;
	vma_set_up(handle, vma->vm_pgoff, vma_pages(vma));
	return 0;
}

/**
 * vmadev_mmap() - &file_operations.mmap
 * @file: a handle's
 * @vma:  not in any tree yet; the caller holds mmap_lock for writing
 *
 * Return: 0, what vmadev_plan() returns, or what the strategy or a rule does.
 */
int vmadev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vmadev_handle *handle = vmadev_handle_of(file);
	struct vmadev_request request = {
		.strategy = READ_ONCE(handle->strategy),
		.region = handle->region,
		.pgoff = vma->vm_pgoff,
		.nr_pages = vma_pages(vma),
		.flags = vmadev_vma_flags(vma),
	};
	struct vmadev_plan plan;
	int err;

	err = ask_rules(&request);
	if (!err) {
		vmadev_region_read_lock();
		err = plan_mmap(handle, &request, &plan);
		if (!err)
			err = mmap_apply(handle, vma, &plan);
		vmadev_region_read_unlock();
	}
	mmap_end(handle, &request, err);
	return err;
}

#ifdef VMADEV_HAVE_MMAP_PREPARE
static int prepare_apply(struct vmadev_handle *handle, struct vm_area_desc *desc,
			 const struct vmadev_plan *plan)
{
	const struct vmadev_strategy *strategy = handle->strategy;

	vma_desc_clear_flags_mask(desc, plan->clear);
	vma_desc_set_flags_mask(desc, plan->set);
	desc->page_prot = prot_of(handle, desc->vma_flags);
	desc->vm_ops = ops_of(handle);
	if (!strategy->prepare || is_left(handle, desc->pgoff, vma_desc_pages(desc)))
		return 0;
	return strategy->prepare(desc, handle->region);
}

/**
 * vmadev_mmap_prepare() - &file_operations.mmap_prepare
 * @desc: the VMA that will be; the caller holds mmap_lock for writing
 *
 * Return: 0, what vmadev_plan() returns, or what the strategy or a rule does.
 */
int vmadev_mmap_prepare(struct vm_area_desc *desc)
{
	struct vmadev_handle *handle = vmadev_handle_of(desc->file);
	struct vmadev_request request = {
		.strategy = READ_ONCE(handle->strategy),
		.region = handle->region,
		.pgoff = desc->pgoff,
		.nr_pages = vma_desc_pages(desc),
		.flags = desc->vma_flags,
	};
	struct vmadev_plan plan;
	int err;

	err = ask_rules(&request);
	if (!err) {
		vmadev_region_read_lock();
		err = plan_mmap(handle, &request, &plan);
		if (!err)
			err = prepare_apply(handle, desc, &plan);
		vmadev_region_read_unlock();
	}
	mmap_end(handle, &request, err);
	return err;
}

/**
 * vmadev_vma_mapped() - &vm_operations_struct.mapped: the action succeeded
 * @start:   address
 * @end:     address
 * @pgoff:   first page
 * @file:    a handle's
 * @private: vm_private_data
 */
int vmadev_vma_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
		      const struct file *file, void **private)
{
	struct vmadev_handle *handle = vmadev_handle_of(file);

	if (handle->strategy->eager)
		vmadev_eager_end(handle->region, current->mm);
	*private = handle;
	vmadev_region_read_lock();
	vma_set_up(handle, pgoff, (end - start) >> PAGE_SHIFT);
	vmadev_region_read_unlock();
	return 0;
}
#endif

/**
 * vmadev_vma_open() - &vm_operations_struct.open: split, moved or forked
 * @vma: the new one
 */
void vmadev_vma_open(struct vm_area_struct *vma)
{
	struct vmadev_handle *handle = vma->vm_private_data;

	trace_vmadev_open(handle->region->id, handle->strategy->id, vma->vm_pgoff, vma_pages(vma));
	vmadev_revoked_forget(handle->region, vma->vm_pgoff, vma_pages(vma));
}

/**
 * vmadev_vma_close() - &vm_operations_struct.close
 * @vma: about to go. Its vm_private_data is NULL if setting it up failed, in
 *	 which case there was nothing to close.
 */
void vmadev_vma_close(struct vm_area_struct *vma)
{
	struct vmadev_handle *handle = vma->vm_private_data;

	if (handle)
		trace_vmadev_close(handle->region->id, handle->strategy->id, vma->vm_pgoff,
				   vma_pages(vma));
}
