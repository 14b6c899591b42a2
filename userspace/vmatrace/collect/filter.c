// SPDX-License-Identifier: GPL-2.0-or-later
/* Only what may change VMAs is worth a stop: the kernel looks for us. */
#include <endian.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "../newer.h"
#include "filter.h"
#include "syscalls.h"
#include "thread.h"

#define MOST 128

/* The argument of clone that has its flags. */
#ifdef __x86_64__
#define CLONE_FLAGS 0
#elif defined(__s390x__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Address spaces are copied, replaced, put away. */
static const __u32 lives[] = {
	__NR_execve, __NR_execveat, __NR_exit, __NR_exit_group, __NR_clone3,
#ifdef __NR_fork
	__NR_fork,
#endif
};

static const __u32 prctls[] = { PR_SET_VMA, PR_SET_MM, PR_SET_MDWE, PR_SET_MEMORY_MERGE };
static const __u32 ioctls[] = { (__u32)UFFDIO_REGISTER, (__u32)UFFDIO_UNREGISTER };

static struct sock_filter code[MOST];
static unsigned short length;

static void add(__u16 what, __u32 value, __u8 if_so, __u8 if_not)
{
	code[length++] = (struct sock_filter)BPF_JUMP(what, value, if_so, if_not);
}

static void load(size_t offset)
{
	add(BPF_LD | BPF_W | BPF_ABS, (__u32)offset, 0, 0);
}

/* The lower half of an argument. */
static void load_argument(unsigned int which)
{
	size_t offset = offsetof(struct seccomp_data, args) + which * sizeof(__u64);

	/* On big-endian machines it is the second one. */
	load(htobe32(1) == 1 ? offset + sizeof(__u32) : offset);
}

static void equals(__u32 value, __u8 if_so, __u8 if_not)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, value, if_so, if_not);
}

static void answer(__u32 action)
{
	add(BPF_RET | BPF_K, action, 0, 0);
}

/* A call that matters where an argument is one of these. */
static void add_with(__u32 number, unsigned int which, const __u32 *values, __u8 count,
		     __u32 action)
{
	equals(number, 0, (__u8)(count + 3));
	load_argument(which);
	for (__u8 left = count; left > 0; left--)
		equals(*values++, left, 0);
	answer(SECCOMP_RET_ALLOW);
	answer(action);
}

static void add_unless(__u32 number, unsigned int which, __u32 bit, __u32 action)
{
	equals(number, 0, 4);
	load_argument(which);
	add(BPF_JMP | BPF_JSET | BPF_K, bit, 0, 1);
	answer(SECCOMP_RET_ALLOW);
	answer(action);
}

static void add_call(__u32 number, __u32 action)
{
	equals(number, 0, 1);
	answer(action);
}

const struct sock_fprog *calls_filter(__u32 action)
{
	static struct sock_fprog program = { .filter = code };

	length = 0;
	load(offsetof(struct seccomp_data, arch));
	equals(thread_native_arch(), 1, 0);
	answer(SECCOMP_RET_ALLOW);
	load(offsetof(struct seccomp_data, nr));
	for (const struct syscall *one = NULL; (one = syscall_next(one)); ) {
		__u32 number = (__u32)one->number;

		if (one->kind == CALL_NAME)
			add_with(number, 0, prctls, ARRAY_SIZE(prctls), action);
		else if (one->kind == CALL_UFFD_REGISTER)
			add_with(number, 1, ioctls, ARRAY_SIZE(ioctls), action);
		else
			add_call(number, action);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++)
		add_call(lives[i], action);
	/* Those of clone3 are in memory. */
	add_unless(__NR_clone, CLONE_FLAGS, CLONE_VM, action);
	answer(SECCOMP_RET_ALLOW);
	program.len = length;
	return &program;
}
