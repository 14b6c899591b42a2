// SPDX-License-Identifier: GPL-2.0
// What module/compat.h calls one thing on all kernels, as 7.3 calls it. What is left of that
// file for a 7.3 and has no rule here stops "make upstream".

@@
expression vma;
@@
- vmadev_vma_flags(vma)
+ vma->flags

@@
expression vma, set, clear;
@@
- vmadev_vma_change_flags(vma, set, clear);
+ vma_clear_flags_mask(vma, clear);
+ vma_set_flags_mask(vma, set);
+ vma->vm_page_prot = vma_flags_to_page_prot(vma->flags);

@@
@@
- vmadev_forget_pat(...);

@@
expression nr, gfp, node;
@@
- vmadev_alloc_contig_pages(nr, gfp, node)
+ alloc_contig_pages(nr, gfp, node, NULL)

@@
expression vmf, pfn, write;
@@
- vmadev_insert_pfn_pmd(vmf, pfn, write)
+ vmf_insert_pfn_pmd(vmf, pfn, write)

@@
expression result, vmf, pfn, write;
@@
- result = vmadev_insert_pfn_pud(vmf, pfn, write);
+ result = VM_FAULT_FALLBACK;
+ if (IS_ENABLED(CONFIG_ARCH_SUPPORTS_PUD_PFNMAP))
+	result = vmf_insert_pfn_pud(vmf, pfn, write);

// It is the shmem backing's alone, which asks for a size in bytes or for none.
@@
expression name, bytes;
@@
- vmadev_shmem_file(NULL, name, bytes, false)
+ shmem_file_setup(name, bytes, mk_vma_flags(VMA_NORESERVE_BIT))

@@
expression shm, mnt, name, bytes, reserve;
@@
- shm = vmadev_shmem_file(mnt, name, bytes, reserve);
+ if (reserve)
+	shm = shmem_file_setup_with_mnt(mnt, name, bytes, EMPTY_VMA_FLAGS);
+ else
+	shm = shmem_file_setup_with_mnt(mnt, name, bytes, mk_vma_flags(VMA_NORESERVE_BIT));
