// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open.h"

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* A descriptor that is only read there is, but it cannot be mapped: VM_SHARED is asked for. */
static const char *open_map(struct subject *subject, union bpf_attr *attr)
{
	subject->fd = bpf(BPF_MAP_CREATE, attr);
	if (subject->fd < 0)
		return failed("BPF_MAP_CREATE, which wants CAP_BPF");
	subject->traits |= TRAIT_SIZED;
	return NULL;
}

static const char *open_array(struct subject *subject, char *const *options)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = sizeof(__u64),
		.max_entries = (__u32)(subject->length / sizeof(__u64)),
		.map_flags = BPF_F_MMAPABLE,
	};

	(void)options;
	return open_map(subject, &attr);
}

/*
 * A page that the consumer writes, one that the producer does, and the data, twice in a
 * row: the last three are mapped, which are only read. No program produces any.
 */
static const char *open_ringbuf(struct subject *subject, char *const *options)
{
	size_t data = page_size();
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_RINGBUF };

	(void)options;
	while (page_size() + 2 * 2 * data <= subject->length)
		data *= 2;
	attr.max_entries = (__u32)data;
	subject->offset = (off_t)page_size();
	subject->length = page_size() + 2 * data;
	subject->traits |= TRAIT_OTHERS;
	return open_map(subject, &attr);
}

const struct opener opener_bpf_array = {
	.name = "bpf-array",
	.about = "an array of bpf(2) that can be mapped",
	.open = open_array,
};

const struct opener opener_bpf_ringbuf = {
	.name = "bpf-ringbuf",
	.about = "what the consumer of a ring of bpf(2) reads",
	.open = open_ringbuf,
};
