// SPDX-License-Identifier: GPL-2.0
// What module/compat.h calls one thing on all kernels, as 7.3 calls it. wrappers.awk makes the
// rules of what is but another name there. What then is left of that file stops "make upstream".

@@
expression vma, set, clear;
@@
- vmadev_vma_change_flags(vma, set, clear);
+ vma_clear_flags_mask(vma, clear);
+ vma_set_flags_mask(vma, set);
+ vma->vm_page_prot = vma_flags_to_page_prot(vma->flags);

@@
expression vmf, pfn, write;
@@
- vmadev_insert_pfn_pmd(vmf, pfn, write)
+ vmf_insert_pfn_pmd(vmf, pfn, write)

@@
expression vmf;
@@
- vmadev_release_fault_lock(vmf)
+ release_fault_lock(vmf)

@@
expression file;
@@
- vmadev_path_of(file)->dentry
+ file->__f_path.dentry

@@
expression dir;
@@
- vmadev_dir_changed(dir);
+ inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));

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
