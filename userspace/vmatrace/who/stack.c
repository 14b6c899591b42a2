// SPDX-License-Identifier: GPL-2.0-or-later
#include <elfutils/libdwfl.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "jit.h"
#include "stack.h"

/* So many processes are kept open; more than that rarely take turns. */
#define MOST_OPEN 8

/* libdw looks through all symbols of a library for each address. */
#define REMEMBERED 8192

/**
 * struct opened - what libdw knows of a process
 * @space: number of its address space: another one after exec
 * @code:  a sum over its executable VMAs: another one when libraries come or go
 * @known: frames that were named already, each where its address puts it
 */
static struct opened {
	Dwfl *dwfl;
	pid_t pid;
	unsigned long space;
	__u64 code;
	struct {
		Dwarf_Addr address;
		const char *text;
	} known[REMEMBERED];
} opened[MOST_OPEN];

/* Only what is here: what is missing is not fetched from elsewhere. */
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = dwfl_build_id_find_debuginfo,
};

static __u64 code_sum(const struct mm *mm)
{
	__u64 sum = 0;

	for (size_t i = 0; i < mm->count; i++)
		if (mm->vma[i]->flags & VM_EXEC && mm->vma[i]->file)
			sum = sum * 31 + mm->vma[i]->start + mm->vma[i]->end + mm->vma[i]->inode;
	return sum;
}

static void forget(struct opened *one)
{
	if (one->dwfl)
		dwfl_end(one->dwfl);
	memset(one, 0, sizeof(*one));
}

static bool report(struct opened *one, const struct event *event)
{
	one->code = code_sum(&event->space->mm);
	memset(one->known, 0, sizeof(one->known));
	dwfl_report_begin(one->dwfl);
	return !dwfl_linux_proc_report(one->dwfl, event->pid) &&
	       !dwfl_report_end(one->dwfl, NULL, NULL);
}

static struct opened *open_process(const struct event *event)
{
	static size_t next;
	struct opened *one = opened;

	while (one < opened + MOST_OPEN && (one->pid != event->pid || !one->dwfl))
		one++;
	if (one < opened + MOST_OPEN && one->space == event->space->number &&
	    (one->code == code_sum(&event->space->mm) || report(one, event)))
		return one;
	if (one == opened + MOST_OPEN)
		one = &opened[next++ % MOST_OPEN];
	forget(one);
	one->dwfl = dwfl_begin(&callbacks);
	one->pid = event->pid;
	one->space = event->space->number;
	if (one->dwfl && report(one, event) && !dwfl_linux_proc_attach(one->dwfl, one->pid, true))
		return one;
	forget(one);
	return NULL;
}

struct walk {
	struct event *event;
	struct opened *opened;
	size_t depth;
};

static const char *base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* "function (library)"; "+0x123 (library)" where that tells no names. */
static const char *frame_text(const struct walk *walk, Dwarf_Addr address, Dwarf_Addr within)
{
	Dwfl_Module *module = dwfl_addrmodule(walk->opened->dwfl, within);
	const char *file = NULL, *name;
	Dwarf_Addr low = 0;
	char text[768];

	if (!module) {
		name = jit_name(walk->event->pid, within);
		if (name)
			snprintf(text, sizeof(text), "%s (JIT)", name);
		else
			snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
		return intern(text);
	}
	file = base(dwfl_module_info(module, NULL, &low, NULL, NULL, NULL, NULL, NULL));
	name = dwfl_module_addrname(module, within);
	if (name)
		snprintf(text, sizeof(text), "%.512s (%.200s)", name, file);
	else
		snprintf(text, sizeof(text), "+0x%llx (%.200s)",
			 (unsigned long long)(address - low), file);
	return intern(text);
}

/* What a JIT compiler puts at an address it may replace. */
static const char *known_text(const struct walk *walk, Dwarf_Addr address, Dwarf_Addr within)
{
	size_t place = within % REMEMBERED;
	const char *text = walk->opened->known[place].text;

	if (text && walk->opened->known[place].address == within)
		return text;
	text = frame_text(walk, address, within);
	if (dwfl_addrmodule(walk->opened->dwfl, within)) {
		walk->opened->known[place].address = within;
		walk->opened->known[place].text = text;
	}
	return text;
}

static int add_frame(Dwfl_Frame *frame, void *data)
{
	struct walk *walk = data;
	Dwarf_Addr address, within;
	bool exact;

	if (walk->depth == MOST_FRAMES || !dwfl_frame_pc(frame, &address, &exact))
		return DWARF_CB_ABORT;
	within = address;
	/* A return address may be the first one of another function. */
	if (!exact)
		within--;
	walk->event->frame[walk->depth++] = known_text(walk, address, within);
	return DWARF_CB_OK;
}

void stack_take(struct event *event)
{
	struct walk walk = { .event = event, .opened = open_process(event) };

	if (walk.opened)
		dwfl_getthread_frames(walk.opened->dwfl, event->tid, add_frame, &walk);
	event->frame[walk.depth] = NULL;
}
