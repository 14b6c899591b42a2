/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which library, or allocator of it, is behind a call. */
#ifndef VMATRACE_OWNER_H
#define VMATRACE_OWNER_H

/*
 * owner_of - "libc.so.6 malloc for libssl.so.3": the library that makes the system call,
 * by which of its functions, and the one that called that; "" without a stack. Interned.
 */
const char *owner_of(const char *const *frame);

/* owner_path - of lines "call", "function (library)" ...: "function < function < ..." */
const char *owner_path(const char *lines);

#endif
