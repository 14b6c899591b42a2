// SPDX-License-Identifier: GPL-2.0
/*
 * The plan of a mapping, the two mmap hooks that apply it, and what the vm_ops
 * of all strategies have in common.
 */
#include <linux/highmem.h>
#include <linux/personality.h>
#include <linux/sched.h>

#include "trace.h"
#include "vma.h"

/**
 * vmadev_plan() - may this be mapped, and with which flags?
 * @request:  what is asked for
 * @vm_flags: gets the flags that the VMA shall have
 *
 * Pure: it looks at nothing else and changes nothing else.
 *
 * Return: 0; -EINVAL, not inside the region, or private and the strategy maps
 * frame numbers (a copy-on-write mapping of these would take the frame number
 * for its offset, and vmf_insert_pfn() would BUG()); -EPERM, executable.
 */
int vmadev_plan(const struct vmadev_request *request, vm_flags_t *vm_flags)
{
	const struct vmadev_strategy *strategy = request->strategy;
	vm_flags_t flags = request->vm_flags;

	if (!vmadev_region_has(request->region, request->pgoff, request->nr_pages))
		return -EINVAL;
	/* A shared mapping of a read-only descriptor has no VM_SHARED. */
	if (!(flags & VM_MAYSHARE) && !strategy->private)
		return -EINVAL;
	if ((flags & VM_EXEC) && !request->exec_implied)
		return -EPERM;

	flags &= ~(VM_EXEC | VM_MAYEXEC);
	*vm_flags = flags | strategy->vm_flags;
	return 0;
}

/*
 * Both hooks: ask for a plan, and fix the strategy that it was made for. One
 * that SET_STRATEGY changes meanwhile makes another plan.
 */
static int plan_mmap(struct vmadev_handle *handle, pgoff_t pgoff, unsigned long nr_pages,
		     vm_flags_t *vm_flags)
{
	struct vmadev_request request = {
		.region = handle->region,
		.pgoff = pgoff,
		.nr_pages = nr_pages,
		.vm_flags = *vm_flags,
		.exec_implied = current->personality & READ_IMPLIES_EXEC,
	};
	int err;

	do {
		request.strategy = READ_ONCE(handle->strategy);
		err = vmadev_plan(&request, vm_flags);
		if (err)
			return err;
	} while (!vmadev_handle_fix_strategy(handle, request.strategy));
	return 0;
}

static void mmap_end(const struct vmadev_handle *handle, pgoff_t pgoff, unsigned long nr_pages,
		     vm_flags_t vm_flags, int err)
{
	if (!err)
		vmadev_count(handle, VMADEV_COUNT_MMAPS, 1);
	trace_vmadev_mmap(handle->region->id, READ_ONCE(handle->strategy)->id, pgoff, nr_pages,
			  vm_flags & VM_MAYSHARE, err);
}

static void vma_set_up(const struct vmadev_handle *handle, unsigned long nr_pages)
{
	if (handle->strategy->eager)
		vmadev_count(handle, VMADEV_COUNT_PAGES, nr_pages);
}

static int mmap_apply(struct vmadev_handle *handle, struct vm_area_struct *vma,
		      vm_flags_t vm_flags)
{
	const struct vmadev_strategy *strategy = handle->strategy;
	int err;

	vm_flags_mod(vma, vm_flags, ~vm_flags);
	vma->vm_page_prot = vm_get_page_prot(vm_flags);
	vma->vm_ops = strategy->vm_ops;
	err = strategy->map ? strategy->map(vma, handle->region) : 0;
	if (err || !strategy->vm_ops)
		return err;
	vma->vm_private_data = handle;
	vma_set_up(handle, vma_pages(vma));
	return 0;
}

/**
 * vmadev_mmap() - &file_operations.mmap
 * @file: a handle's
 * @vma:  not in any tree yet; the caller holds mmap_lock for writing
 *
 * Return: 0, what vmadev_plan() returns, or -ENOMEM.
 */
int vmadev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vmadev_handle *handle = vmadev_handle_of(file);
	unsigned long nr_pages = vma_pages(vma);
	pgoff_t pgoff = vma->vm_pgoff;
	vm_flags_t vm_flags = vma->vm_flags;
	int err = plan_mmap(handle, pgoff, nr_pages, &vm_flags);

	if (!err)
		err = mmap_apply(handle, vma, vm_flags);
	mmap_end(handle, pgoff, nr_pages, vm_flags, err);
	return err;
}

#ifdef VMADEV_HAVE_MMAP_PREPARE
/**
 * vmadev_mmap_prepare() - &file_operations.mmap_prepare
 * @desc: the VMA that will be; the caller holds mmap_lock for writing
 *
 * Return: 0 or what vmadev_plan() returns.
 */
int vmadev_mmap_prepare(struct vm_area_desc *desc)
{
	struct vmadev_handle *handle = vmadev_handle_of(desc->file);
	vm_flags_t vm_flags = vma_flags_to_legacy(desc->vma_flags);
	int err = plan_mmap(handle, desc->pgoff, vma_desc_pages(desc), &vm_flags);

	if (!err) {
		const struct vmadev_strategy *strategy = handle->strategy;

		desc->vma_flags = legacy_to_vma_flags(vm_flags);
		desc->page_prot = vm_get_page_prot(vm_flags);
		desc->vm_ops = strategy->vm_ops;
		err = strategy->prepare ? strategy->prepare(desc, handle->region) : 0;
	}
	mmap_end(handle, desc->pgoff, vma_desc_pages(desc), vm_flags, err);
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

	*private = handle;
	vma_set_up(handle, (end - start) >> PAGE_SHIFT);
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

/**
 * vmadev_vma_access() - &vm_operations_struct.access: ptrace and /proc/PID/mem
 *			 on memory that get_user_pages() does not serve
 * @vma:   the VMA
 * @addr:  in it
 * @buf:   the kernel's
 * @len:   bytes, at most up to the end of the VMA
 * @write: to the VMA
 *
 * The kernel asks for no permission first: a write is for VMAs that their own
 * process could write through, or a read-only descriptor would not be one.
 *
 * Return: bytes copied, -EFAULT if it may not be written or is past the end.
 */
int vmadev_vma_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write)
{
	const struct vmadev_region *region = vmadev_handle_of(vma->vm_file)->region;
	int done = 0;

	if (write && (vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	while (done < len) {
		pgoff_t pgoff = linear_page_index(vma, addr + done);
		size_t off = offset_in_page(addr + done);
		int n = min_t(size_t, len - done, PAGE_SIZE - off);

		if (!vmadev_region_has(region, pgoff, 1))
			break;
		if (write)
			memcpy_to_page(region->pages[pgoff], off, buf + done, n);
		else
			memcpy_from_page(buf + done, region->pages[pgoff], off, n);
		done += n;
	}
	return done ?: -EFAULT;
}

/**
 * vmadev_vma_map_pages() - &vm_operations_struct.map_pages that maps nothing
 * @vmf:   the fault
 * @start: first page
 * @end:   last page
 *
 * Since 6.6 a fault runs under the VMA's own lock, without mmap_lock, only if
 * the driver has one of these. It means: my ->fault needs no mmap_lock.
 */
vm_fault_t vmadev_vma_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/**
 * vmadev_fault_end() - count and trace a fault
 * @vmf:      the fault
 * @result:   how it ends
 * @nr_pages: entries made
 *
 * Return: @result.
 */
vm_fault_t vmadev_fault_end(struct vm_fault *vmf, vm_fault_t result, unsigned long nr_pages)
{
	const struct vmadev_handle *handle = vmadev_handle_of(vmf->vma->vm_file);
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	enum vmadev_counter kind;

	if (result & VM_FAULT_ERROR)
		kind = VMADEV_COUNT_FAULTS_FAILED;
	else if (!write)
		kind = VMADEV_COUNT_FAULTS_READ;
	else if (vmf->vma->vm_flags & VM_SHARED)
		kind = VMADEV_COUNT_FAULTS_WRITE;
	else
		kind = VMADEV_COUNT_FAULTS_COW;
	vmadev_count(handle, kind, 1);
	if (nr_pages)
		vmadev_count(handle, VMADEV_COUNT_PAGES, nr_pages);
	trace_vmadev_fault(handle->region->id, handle->strategy->id, vmf->pgoff, nr_pages, write,
			   vmf->flags & FAULT_FLAG_VMA_LOCK, result);
	return result;
}
