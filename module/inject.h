/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_INJECT_H
#define VMADEV_INJECT_H

#include <linux/jump_label_ratelimit.h>
#include <linux/mm.h>

#include "region.h"

/**
 * struct vmadev_verdict - what becomes of a fault; it fits a register
 * @result: 0: it is served. VM_FAULT_RETRY: vmadev_inject_wait() tells, after the
 *	    region's lock was let go. Else what the kernel is told.
 * @then:   with VM_FAULT_RETRY for vmadev_inject_wait(); with 0 not 0: call
 *	    vmadev_inject_mapped() when it is
 */
struct vmadev_verdict {
	vm_fault_t result;
	u32 then;
};

extern struct static_key_false_deferred vmadev_injecting_key;

/*
 * Has any region rules? Who maps something asks under vmadev_region_read_lock(): the
 * first rule comes under the other side of that lock, after this has become true.
 */
static __always_inline bool vmadev_injecting(void)
{
	return static_branch_unlikely(&vmadev_injecting_key.key);
}

/* inject.c; the first five are called under vmadev_region_read_lock() */
struct vmadev_verdict vmadev_inject_fault(const struct vmadev_region *region,
					  const struct vm_fault *vmf);
void vmadev_inject_mapped(const struct vmadev_region *region, pgoff_t pgoff);
bool vmadev_inject_covers(const struct vmadev_region *region, pgoff_t pgoff,
			  unsigned long nr_pages);
void vmadev_inject_narrow(const struct vmadev_region *region, pgoff_t pgoff, pgoff_t *first,
			  pgoff_t *end);
vm_fault_t vmadev_inject_wait(const struct vmadev_region *region, struct vm_fault *vmf, u32 wait);
int vmadev_inject_access(const struct vmadev_region *region, struct mm_struct *mm, pgoff_t pgoff);
s64 vmadev_inject_call(const struct vmadev_region *region, u32 access, u64 pos, u64 bytes);

/* rules.c: what VMADEV_IOC_INJECT and VMADEV_IOC_RULES do; the region's inode is locked */
int vmadev_inject_rules(struct vmadev_region *region, const struct vmadev_rule *rules,
			unsigned int nr, bool append);
unsigned int vmadev_rules_count(const struct vmadev_region *region);
void vmadev_rules_get(const struct vmadev_region *region, unsigned int i,
		      struct vmadev_rule *rule);
void vmadev_inject_exit(void);

#endif /* VMADEV_INJECT_H */
