// SPDX-License-Identifier: GPL-2.0-or-later
/* Have the kernel write down what a program does. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../must.h"
#include "rings.h"
#include "syscalls.h"
#include "target.h"

#define PAGES 512

/* Does exceptions:page_fault_user say what the access was? RISC-V has other numbers there. */
#ifdef __x86_64__
#define HAS_ERROR_CODE true
#else
#define HAS_ERROR_CODE false
#endif

/* What is listened to; tracepoints by name, others by a number of perf's own. */
static const struct source {
	const char *name;
	int software;
	bool is_call, needed, faults;
} sources[RINGS_SOURCES] = {
	[RINGS_ENTER] = { .name = "raw_syscalls/sys_enter", .is_call = true, .needed = true },
	[RINGS_EXIT] = { .name = "raw_syscalls/sys_exit", .is_call = true, .needed = true },
	[RINGS_STORE] = { .name = "maple_tree/ma_write" },
	[RINGS_FAULT] = { .name = "exceptions/page_fault_user" },
	[RINGS_KERNEL_FAULT] = { .name = "exceptions/page_fault_kernel" },
	[RINGS_DEVICE] = { .name = "vmadev/vmadev_fault", .faults = true },
	[RINGS_SERVED] = { .software = PERF_COUNT_SW_PAGE_FAULTS_MIN, .faults = true },
	[RINGS_MAJOR] = { .software = PERF_COUNT_SW_PAGE_FAULTS_MAJ, .faults = true },
};

static int read_id(const char *name)
{
	static const char *const folders[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128];
	int id = -1;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && id < 0; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/events/%s/id", folders[i], name);
		file = fopen(path, "re");
		if (file && fscanf(file, "%d", &id) != 1)
			id = -1;
		if (file)
			fclose(file);
	}
	return id;
}

/* Only the calls that matter. */
static char *call_filter(void)
{
	static char text[1024];
	size_t used = (size_t)snprintf(text, sizeof(text), "id==%d||id==%d", __NR_execve,
				       __NR_execveat);

	for (const struct syscall *one = NULL; (one = syscall_next(one)); )
		used += (size_t)snprintf(text + used, sizeof(text) - used, "||id==%d",
					 one->number);
	return text;
}

static int open_source(const struct rings *rings, size_t which, pid_t pid, int processor)
{
	struct perf_event_attr attr = {
		.type = sources[which].name ? PERF_TYPE_TRACEPOINT : PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = (__u64)rings->id[which],
		.sample_period = 1, .sample_id_all = 1, .inherit = 1,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_ADDR | PERF_SAMPLE_RAW,
		.use_clockid = 1, .clockid = CLOCK_MONOTONIC,
		.watermark = 1, .wakeup_watermark = PAGES * 4096 / 4,
		.read_format = PERF_FORMAT_LOST,
		.disabled = which == RINGS_STORE,
		.mmap = !which, .mmap2 = !which, .mmap_data = !which,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, processor, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static bool open_on(struct rings *rings, pid_t pid, int processor)
{
	size_t size = (size_t)(PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE);
	void *ring;

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		int fd = rings->id[i] < 0 ? -1 : open_source(rings, i, pid, processor);

		if (fd < 0 && sources[i].needed)
			return false;
		if (fd < 0)
			continue;
		rings->opened[processor][i] = fd;
		if (ioctl(fd, PERF_EVENT_IOC_ID, &rings->stream[processor][i]))
			return false;
		if (sources[i].is_call && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, call_filter()))
			return false;
		if (i && ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, rings->wakeup[processor].fd))
			return false;
		if (i)
			continue;
		ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (ring == MAP_FAILED)
			return false;
		rings->wakeup[processor] = (struct pollfd){ .fd = fd, .events = POLLIN };
		rings->ring[processor] = ring;
	}
	return true;
}

static const char *instead(bool faults)
{
	return faults ? "leave --faults out" : "use --by seccomp";
}

static void say_why(int error, bool faults, char *reason, size_t size)
{
	if (error == EACCES || error == EPERM)
		snprintf(reason, size, "cannot follow by perf: %s: kernel.perf_event_paranoid "
			 "is %d; run as root, or %s", strerror(error),
			 (int)target_number("/proc/sys/kernel/perf_event_paranoid", 2),
			 instead(faults));
	else
		snprintf(reason, size, "cannot follow by perf: %s; %s", strerror(error),
			 instead(faults));
}

/* Which of all these there are; false: @reason says what is missing. */
static bool find_sources(struct rings *rings, bool faults, char *reason, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct source *source = &sources[i];

		rings->id[i] = source->faults && !faults ? -1 :
			       source->name ? read_id(source->name) : source->software;
		if (rings->id[i] >= 0 || !source->needed)
			continue;
		snprintf(reason, size, "cannot follow by perf: no events of the kernel can be "
			 "read; as root, mount -t tracefs nodev /sys/kernel/tracing, or %s",
			 instead(faults));
		return false;
	}
	if (!faults || (HAS_ERROR_CODE && rings->id[RINGS_FAULT] >= 0))
		return true;
	snprintf(reason, size, "cannot follow by perf: this kernel does not tell of faults "
		 "(exceptions:page_fault_user), that of amd64 does; leave --faults out");
	return false;
}

bool rings_open(struct rings *rings, pid_t pid, bool faults, char *reason, size_t size)
{
	struct rlimit files;

	if (!find_sources(rings, faults, reason, size))
		return false;
	rings->processors = sysconf(_SC_NPROCESSORS_CONF);
	rings->ring = must(calloc((size_t)rings->processors, sizeof(*rings->ring)));
	rings->wakeup = must(calloc((size_t)rings->processors, sizeof(*rings->wakeup)));
	rings->opened = must(calloc((size_t)rings->processors, sizeof(*rings->opened)));
	rings->stream = must(calloc((size_t)rings->processors, sizeof(*rings->stream)));
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (int i = 0; i < rings->processors; i++) {
		rings->wakeup[i].fd = -1;
		/* ENODEV: that processor is off. */
		if (open_on(rings, pid, i) || errno == ENODEV)
			continue;
		say_why(errno, faults, reason, size);
		return false;
	}
	return true;
}

void rings_listen_to_stores(const struct rings *rings)
{
	for (long i = 0; i < rings->processors; i++)
		if (rings->opened[i][RINGS_STORE])
			ioctl(rings->opened[i][RINGS_STORE], PERF_EVENT_IOC_ENABLE, 0);
}

__u64 rings_lost(const struct rings *rings)
{
	__u64 lost = 0;

	for (long i = 0; i < rings->processors; i++)
		for (size_t which = 0; which < RINGS_SOURCES; which++) {
			int fd = rings->opened[i][which];
			struct { __u64 count, lost; } value;

			if (fd && read(fd, &value, sizeof(value)) == sizeof(value))
				lost += value.lost;
		}
	return lost;
}
