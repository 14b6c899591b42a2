// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "process.h"
#include "vmactl.h"

/* What a fault handler can return: the kernel's VM_FAULT_*, which no header for programs has. */
static const struct {
	unsigned int bit;
	const char *name;
} faults[] = {
	{ 0x0001, "OOM" }, { 0x0002, "SIGBUS" }, { 0x0004, "MAJOR" }, { 0x0010, "HWPOISON" },
	{ 0x0020, "HWPOISON_LARGE" }, { 0x0040, "SIGSEGV" }, { 0x0100, "NOPAGE" },
	{ 0x0200, "LOCKED" }, { 0x0400, "RETRY" }, { 0x0800, "FALLBACK" }, { 0x1000, "DONE_COW" },
	{ 0x2000, "NEEDDSYNC" }, { 0x4000, "COMPLETED" },
};

/* What a rule was on and came to, by enum vmadev_action. */
static const char *const accesses[] = {
	"read", "write", "kernel", "mmap", "msync", "read(2)", "write(2)",
};

static const char *const actions[] = {
	"", "sigbus", "mceerr", "delay", "retry", "oom", "errno", "short", "corrupt",
};

__printf(2, 3) static void add_words(struct event *event, const char *format, ...)
{
	size_t used = strlen(event->what);
	va_list args;

	va_start(args, format);
	vsnprintf(event->what + used, sizeof(event->what) - used, format, args);
	va_end(args);
}

/* 0, or the negative of an errno. */
static void add_result(struct event *event, int result)
{
	const char *name = result < 0 ? strerrorname_np(-result) : NULL;

	if (name)
		add_words(event, "%s", name);
	else if (result)
		add_words(event, "%d", result);
	else
		add_words(event, "ok");
}

static void add_fault(struct event *event, unsigned int result)
{
	const char *bar = "";

	if (!result)
		add_words(event, "PAGE");
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		if (!(result & faults[i].bit))
			continue;
		add_words(event, "%s%s", bar, faults[i].name);
		result &= ~faults[i].bit;
		bar = "|";
	}
	if (result)
		add_words(event, "%s0x%x", bar, result);
}

static void add_access(struct event *event, unsigned int access)
{
	size_t i = (size_t)__builtin_ffs((int)access) - 1;

	if (i < ARRAY_SIZE(accesses) && access == 1u << i)
		add_words(event, "%s", accesses[i]);
	else
		add_words(event, "access 0x%x", access);
}

static void add_action(struct event *event, unsigned int action)
{
	if (action && action < ARRAY_SIZE(actions))
		add_words(event, "%s", actions[action]);
	else
		add_words(event, "action %u", action);
}

static void add_strategy(struct event *event, __u32 strategy)
{
	const char *name = vmadev_strategy_name(strategy);

	if (name)
		snprintf(event->strategy, sizeof(event->strategy), "%s", name);
	else
		snprintf(event->strategy, sizeof(event->strategy), "%u", strategy);
}

static void add_field(struct event *event, const struct tep_format_field *field,
		      unsigned long long value)
{
	const char *const key = field->name;

	if (!strcmp(key, "strategy")) {
		add_strategy(event, (__u32)value);
		return;
	}
	if (!strcmp(key, "region")) {
		snprintf(event->region, sizeof(event->region), "%llu", value);
		return;
	}
	if (!strcmp(key, "pgoff")) {
		snprintf(event->pgoff, sizeof(event->pgoff), "%llu", value);
		return;
	}
	if (!strcmp(key, "nr_pages")) {
		snprintf(event->pages, sizeof(event->pages), "%llu", value);
		return;
	}
	if (!strcmp(key, "order") && !value)
		return;
	if (*event->what)
		add_words(event, ", ");
	if (!strcmp(key, "shared"))
		add_words(event, value ? "shared" : "private");
	else if (!strcmp(key, "write"))
		add_words(event, value ? "write" : "read");
	else if (!strcmp(key, "lock"))
		add_words(event, value == 2 ? "a lock" : value ? "vma lock" : "mmap lock");
	else if (!strcmp(key, "access"))
		add_access(event, (unsigned int)value);
	else if (!strcmp(key, "action"))
		add_action(event, (unsigned int)value);
	else if (!strcmp(key, "result") && field->flags & TEP_FIELD_IS_SIGNED)
		add_result(event, (int)value);
	else if (!strcmp(key, "result"))
		add_fault(event, (unsigned int)value);
	else
		add_words(event, "%s %lld", key, (long long)value);
}

void read_event(const struct tep_event *format, struct tep_record *record, struct event *event)
{
	memset(event, 0, sizeof(*event));
	event->time = record->ts;
	event->pid = tep_data_pid(format->tep, record);
	/* They are called vmadev_mmap and so on. */
	snprintf(event->name, sizeof(event->name), "%s", format->name + strlen("vmadev_"));
	process_name(event->pid, event->process, sizeof(event->process));
	for (struct tep_format_field *field = format->format.fields; field; field = field->next) {
		unsigned long long value;

		if (!tep_read_number_field(field, record->data, &value))
			add_field(event, field, value);
	}
}
