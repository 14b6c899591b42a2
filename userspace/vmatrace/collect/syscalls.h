/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that matter to VMAs, and how they are written. */
#ifndef VMATRACE_SYSCALLS_H
#define VMATRACE_SYSCALLS_H

#include "space.h"

/**
 * struct syscall - one of them
 * @args:    a letter an argument: p address, s size, P prot, F flags of mmap, f descriptor,
 *	     o offset, M flags of mremap, a advice, l flags of mlockall, S of shmat,
 *	     e personality, x hexadecimal, d number
 * @address: its result is one
 */
struct syscall {
	int number;
	const char *name;
	enum call_kind kind;
	const char *args;
	bool address;
};

/* syscall_find - NULL: it changes no VMA */
const struct syscall *syscall_find(long number);
const struct syscall *syscall_by_name(const char *name);
/* syscall_next - all of them, one after the other; NULL first */
const struct syscall *syscall_next(const struct syscall *last);

/*
 * syscall_enter - what is about to be called, with what only memory tells; false: such
 * calls of it change no VMA
 */
bool syscall_enter(const struct syscall *syscall, const __u64 args[6], struct event *event);

#endif
