/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made the VMAs that are there. */
#ifndef VMATRACE_ACCOUNT_H
#define VMATRACE_ACCOUNT_H

#include "../collect/space.h"
#include "../show/growth.h"

/**
 * struct site - where calls come from
 * @key:   its call and stack; @owner: who is behind it
 * @calls: that made VMAs; @vmas, @bytes: what is left of these
 */
struct site {
	char *key;
	const char *call, *owner;
	unsigned long calls;
	size_t vmas;
	__u64 bytes;
};

/**
 * struct held - a VMA
 * @site:   who made it one; after a split, who split it
 * @origin: who mapped the memory that it begins with
 */
struct held {
	__u64 start, end;
	struct site *site, *origin;
};

/**
 * struct account - of one address space
 * @held:  a VMA each, sorted, with who made it
 * @before: what was there when it began
 */
struct account {
	unsigned long number;
	pid_t pid;
	struct growth growth;
	__u64 limit;
	struct held *held;
	size_t count, room;
	void *sites;
	struct site before;
	struct account *next;
};

struct accounts {
	struct account *first;
};

/* accounts_event - note what a call did; returns the account of its address space */
struct account *accounts_event(struct accounts *accounts, const struct event *event);
/* account_find - the VMA at an address; NULL: there is none */
const struct held *account_find(const struct account *account, __u64 address);
/*
 * held_text - "mapped by mmap, libc.so.6 malloc for leak: malloc < main", and who has split it
 * since
 */
const char *held_text(const struct held *held, char *room, size_t size);
void accounts_free(struct accounts *accounts);

#endif
