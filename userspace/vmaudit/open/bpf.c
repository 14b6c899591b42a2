// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open.h"

/* Of <linux/bpf.h> of 6.9 */
#define MAP_TYPE_ARENA 33

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

static int create_arena(const struct subject *subject)
{
	union bpf_attr attr = {
		.map_type = MAP_TYPE_ARENA,
		.max_entries = (__u32)(subject->length / page_size()),
		.map_flags = BPF_F_MMAPABLE,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

/* Its first mapping says for ever where it is, and how long it is: each probe makes one. */
static const char *open_arena(struct subject *subject, char *const *options)
{
	(void)options;
	subject->fd = create_arena(subject);
	if (subject->fd < 0)
		return errno == EINVAL ? "its kernel is older than 6.9" :
		       failed("BPF_MAP_CREATE, which wants CAP_BPF, and a JIT that can do it");
	subject->another = create_arena;
	subject->traits |= TRAIT_EXACT | TRAIT_ONCE;
	return NULL;
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

const struct opener opener_bpf_arena = {
	.name = "bpf-arena",
	.about = "memory that a program of bpf(2) and processes share",
	.open = open_arena,
};
