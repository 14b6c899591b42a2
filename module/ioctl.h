/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_IOCTL_H
#define VMADEV_IOCTL_H

struct file;
struct vmadev_inject;
struct vmadev_rules;

/* ioctl_inject.c */
long vmadev_ioctl_inject(struct file *file, const struct vmadev_inject *inject);
long vmadev_ioctl_rules(struct file *file, struct vmadev_rules *arg);

long vmadev_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* VMADEV_IOCTL_H */
