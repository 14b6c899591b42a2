/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMAUDIT_OPEN_H
#define VMAUDIT_OPEN_H

#include "../vmaudit.h"

/* node.c: @path for reading and writing, and another descriptor of it for reading. */
const char *open_node(struct subject *subject, const char *path, const char *origin);
/* Why there is no @path: errno, and that it comes with @origin. */
const char *no_node(const char *path, const char *origin);
/* The first path that a pattern of glob(7) finds; false: there is none. */
bool first_path(char *path, size_t room, const char *pattern);
/* The first line of a file, without its end. */
bool read_line(char *line, size_t room, const char *path);
/* What is only read is its own reader. */
void only_read(struct subject *subject, int fd);

/* pci.c: the folder in sysfs of the device that "id=VENDOR:DEVICE" names, in hex */
const char *pci_folder(char *path, size_t room, const char *id);

extern const struct opener opener_anon;
extern const struct opener opener_zero;
extern const struct opener opener_memfd;
extern const struct opener opener_secretmem;
extern const struct opener opener_file;
extern const struct opener opener_vmadev;
extern const struct opener opener_perf;
extern const struct opener opener_io_uring;
extern const struct opener opener_packet;
extern const struct opener opener_xdp;
extern const struct opener opener_bpf_array;
extern const struct opener opener_bpf_ringbuf;
extern const struct opener opener_bpf_arena;
extern const struct opener opener_trace_ring;
extern const struct opener opener_kvm_vcpu;
extern const struct opener opener_udmabuf;
extern const struct opener opener_dma_heap;
extern const struct opener opener_drm_dumb;
extern const struct opener opener_drm_prime;
extern const struct opener opener_fbdev;
extern const struct opener opener_alsa_pcm;
extern const struct opener opener_v4l2;
extern const struct opener opener_binder;
extern const struct opener opener_usbmon;
extern const struct opener opener_usbfs;
extern const struct opener opener_sg;
extern const struct opener opener_comedi;
extern const struct opener opener_devdax;
extern const struct opener opener_dev_mem;
extern const struct opener opener_hpet;
extern const struct opener opener_pci_resource;
extern const struct opener opener_proc_pci;
extern const struct opener opener_uio;
extern const struct opener opener_exec;

#endif
