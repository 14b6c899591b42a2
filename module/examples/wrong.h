/* SPDX-License-Identifier: GPL-2.0 */
/* What the drivers that get mmap wrong share, and the sane parts that they keep. */
#ifndef EXAMPLE_WRONG_H
#define EXAMPLE_WRONG_H

#include <linux/fs.h>
#include <linux/mm.h>

#include "compat.h"

#define NR_PAGES	16UL
#define NR_BEHIND	16UL	/* are there, and are none of the user's business */
#define STALE		0xa5	/* what is in them */

/* wrong.c */
extern char *wrong_memory;
vm_fault_t sane_fault(struct vm_fault *vmf);
vm_fault_t frames_fault(struct vm_fault *vmf);
int sane_mmap(struct file *file, struct vm_area_struct *vma);
bool is_within(struct vm_area_struct *vma);
/* A mapping that is within, with these. */
int mmap_with(struct vm_area_struct *vma, const struct vm_operations_struct *ops);
void take_for_ever(void);

/* wrong_hooks.c: what other hooks than ->mmap and ->fault get wrong */
int access_mmap(struct file *file, struct vm_area_struct *vma);
int peek_mmap(struct file *file, struct vm_area_struct *vma);
extern const struct vm_operations_struct early_ops, forks_ops, whole_ops, policy_ops;
extern const struct file_operations flush_fops, ahead_fops, copy_fops;

#endif /* EXAMPLE_WRONG_H */
