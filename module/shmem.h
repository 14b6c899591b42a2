/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_SHMEM_H
#define VMADEV_SHMEM_H

/* backing_shmem.c: the mount that its tmpfs files are on */
int vmadev_shmem_init(void);
void vmadev_shmem_exit(void);

#endif /* VMADEV_SHMEM_H */
