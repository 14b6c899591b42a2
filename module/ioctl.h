/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_IOCTL_H
#define VMADEV_IOCTL_H

struct file;

long vmadev_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* VMADEV_IOCTL_H */
