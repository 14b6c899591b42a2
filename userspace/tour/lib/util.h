/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that a tour program makes and that do not fail, or end it with a reason. */
#ifndef TOUR_UTIL_H
#define TOUR_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)

/* The linker's names for the first byte after text, data and bss. */
extern char etext, edata, end;

void *map_or_die(void *address, size_t length, int prot, int flags, int fd, off_t offset);
/*
 * An address range of @length bytes that nothing is mapped in, between two
 * pages that no mapping merges with.
 */
char *free_range(size_t length);
/* A new mapping in such a range. */
void *map_alone(size_t length, int prot, int flags, int fd, off_t offset);
/* A new file of @size zero bytes in a directory of our own, removed at the exit. */
int temp_file(const char *name, off_t size);
const char *temp_path(const char *name);
/* Is this file on a disk? In a tmpfs or ramfs nothing is ever written out. */
bool on_disk(int fd);
/* The path of a program in the folder of this one. */
const char *beside(const char *name);
/* Write one byte of every page; the same in local variables. */
void touch_pages(char *start, size_t length, char value);
void touch_stack(size_t length);
/* How many pages of a range are in memory, as mincore tells. */
size_t pages_resident(void *start, size_t length);
/* "EINVAL" and the like, for what the tour provokes. */
const char *errno_text(int error);
unsigned long long now_ns(void);

#endif
