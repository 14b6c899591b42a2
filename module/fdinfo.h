/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMADEV_FDINFO_H
#define VMADEV_FDINFO_H

struct file;
struct seq_file;

void vmadev_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* VMADEV_FDINFO_H */
