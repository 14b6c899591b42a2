// SPDX-License-Identifier: GPL-2.0-or-later
/* What layout looks at: a process with one of each, that tells where they are. */
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/look.h"
#include "lib/peer.h"

#define SIZE 0x100000

static char data[SIZE / 4] = "data";
static char bss[SIZE / 2];

static unsigned long long map(int prot)
{
	return (uintptr_t)mmap(NULL, SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	char stack;
	unsigned long long places[PLACES] = {
		[TEXT] = (uintptr_t)main,
		[DATA] = (uintptr_t)data,
		[BSS] = (uintptr_t)(bss + SIZE / 4),
		[HEAP] = (uintptr_t)sbrk(SIZE / 2),
		[FIRST] = map(PROT_READ | PROT_WRITE),
		[LIBC] = (uintptr_t)getauxval,
		[STACK] = (uintptr_t)&stack,
		[VDSO] = getauxval(AT_SYSINFO_EHDR),
	};

	/* Read-only, or the two would become one. */
	places[SECOND] = map(PROT_READ);
	if (write(PEER_FD, places, sizeof(places)) != sizeof(places))
		return 1;
	/* Until the other end is closed. */
	return read(PEER_FD, places, sizeof(places)) != 0;
}
