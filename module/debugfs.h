/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_DEBUGFS_H
#define VMADEV_DEBUGFS_H

void vmadev_debugfs_init(void);
void vmadev_debugfs_exit(void);

#endif /* VMADEV_DEBUGFS_H */
