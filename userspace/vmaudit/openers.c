// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of mappings that have a name: a file each in open/, a row each here. */
#include "open/open.h"

const struct opener *const openers[] = {
	&opener_anon,
	&opener_zero,
	&opener_memfd,
	&opener_secretmem,
	&opener_file,
	&opener_vmadev,
	&opener_perf,
	&opener_io_uring,
	&opener_packet,
	&opener_xdp,
	&opener_bpf_array,
	&opener_bpf_ringbuf,
	&opener_bpf_arena,
	&opener_trace_ring,
	&opener_kvm_vcpu,
	&opener_udmabuf,
	&opener_dma_heap,
	&opener_drm_dumb,
	&opener_drm_prime,
	&opener_fbdev,
	&opener_alsa_pcm,
	&opener_v4l2,
	&opener_binder,
	&opener_usbmon,
	&opener_usbfs,
	&opener_sg,
	&opener_comedi,
	&opener_devdax,
	&opener_dev_mem,
	&opener_hpet,
	&opener_pci_resource,
	&opener_proc_pci,
	&opener_uio,
	&opener_exec,
};

const size_t opener_count = ARRAY_SIZE(openers);
