// SPDX-License-Identifier: GPL-2.0-or-later
/* prctl and ioctl: those of their commands that are about VMAs. */
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../newer.h"
#include "syscalls.h"
#include "words.h"

static const struct word mm_parts[] = {
	{ 1, "PR_SET_MM_START_CODE" }, { 2, "PR_SET_MM_END_CODE" },
	{ 3, "PR_SET_MM_START_DATA" }, { 4, "PR_SET_MM_END_DATA" },
	{ 5, "PR_SET_MM_START_STACK" }, { 6, "PR_SET_MM_START_BRK" }, { 7, "PR_SET_MM_BRK" },
	{ 8, "PR_SET_MM_ARG_START" }, { 9, "PR_SET_MM_ARG_END" }, { 10, "PR_SET_MM_ENV_START" },
	{ 11, "PR_SET_MM_ENV_END" }, { 12, "PR_SET_MM_AUXV" }, { 13, "PR_SET_MM_EXE_FILE" },
	{ 14, "PR_SET_MM_MAP" }, { 15, "PR_SET_MM_MAP_SIZE" }, { 0, NULL },
};

static const struct word denials[] = {
	{ PR_MDWE_REFUSE_EXEC_GAIN, "PR_MDWE_REFUSE_EXEC_GAIN" },
	{ PR_MDWE_NO_INHERIT, "PR_MDWE_NO_INHERIT" }, { 0, NULL },
};

static bool enter_name(const __u64 args[6], struct event *event, struct text *text)
{
	char name[128];

	if (args[0] != PR_SET_VMA || args[1] != PR_SET_VMA_ANON_NAME)
		return false;
	event->call.args[0] = args[2];
	event->call.args[1] = args[3];
	put(text, "PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x%llx, %llu, ", args[2], args[3]);
	if (target_string(event->tid, args[4], name, sizeof(name))) {
		event->call.name = intern(name);
		put(text, "\"%s\"", name);
	} else {
		put(text, args[4] ? "0x%llx" : "NULL", args[4]);
	}
	return true;
}

static bool enter_set_mm(const __u64 args[6], struct event *event, struct text *text)
{
	struct prctl_mm_map map;
	__u64 *to = event->call.args;

	if (args[0] != PR_SET_MM)
		return false;
	event->call.kind = CALL_SET_MM;
	to[0] = args[1];
	to[1] = args[2];
	if (args[1] == PR_SET_MM_MAP && target_memory(event->tid, args[2], &map, sizeof(map))) {
		to[2] = map.start_brk;
		to[3] = map.brk;
		to[4] = map.start_stack;
		to[5] = map.end_data - map.start_data;
	}
	put_word(text, "PR_SET_MM, ");
	put_value(text, args[1], mm_parts);
	put(text, ", 0x%llx, 0x%llx, %llu", args[2], args[3], args[4]);
	return true;
}

/* Of what is asked once, and holds for all VMAs from then on. */
static bool enter_whole(const __u64 args[6], struct event *event, struct text *text)
{
	memcpy(event->call.args, args + 1, 4 * sizeof(*args));
	if (args[0] == PR_SET_MDWE) {
		event->call.kind = CALL_DENY;
		put_word(text, "PR_SET_MDWE, ");
		put_bits(text, args[1], denials, "0");
	} else if (args[0] == PR_SET_MEMORY_MERGE) {
		event->call.kind = CALL_MERGE_ALL;
		put(text, "PR_SET_MEMORY_MERGE, %llu", args[1]);
	} else {
		return false;
	}
	put(text, ", %llu, %llu, %llu", args[2], args[3], args[4]);
	return true;
}

bool enter_prctl(const __u64 args[6], struct event *event, struct text *text)
{
	return enter_name(args, event, text) || enter_set_mm(args, event, text) ||
	       enter_whole(args, event, text);
}

bool enter_uffd(const __u64 args[6], struct event *event, struct text *text)
{
	struct uffdio_register range;

	if ((__u32)args[1] != (__u32)UFFDIO_REGISTER && (__u32)args[1] != (__u32)UFFDIO_UNREGISTER)
		return false;
	if (!target_memory(event->tid, args[2], &range.range, sizeof(range.range)))
		return false;
	event->call.args[0] = range.range.start;
	event->call.args[1] = range.range.len;
	if ((__u32)args[1] == (__u32)UFFDIO_UNREGISTER) {
		event->call.kind = CALL_UFFD_UNREGISTER;
		put(text, "%d, UFFDIO_UNREGISTER, {0x%llx, %llu}", (int)args[0],
		    event->call.args[0], event->call.args[1]);
		return true;
	}
	if (!target_memory(event->tid, args[2], &range, sizeof(range)))
		return false;
	event->call.uffd = target_uffd(event->tid, (int)args[0]);
	event->call.args[2] = (range.mode & 1 ? VM_UFFD_MISSING : 0) |
			      (range.mode & 2 ? VM_UFFD_WP : 0) |
			      (range.mode & 4 ? VM_UFFD_MINOR : 0) |
			      (range.mode & 8 ? VM_UFFD_RWP : 0);
	put(text, "%d, UFFDIO_REGISTER, {0x%llx, %llu, mode %llu}", (int)args[0],
	    event->call.args[0], event->call.args[1], (__u64)range.mode);
	return true;
}
