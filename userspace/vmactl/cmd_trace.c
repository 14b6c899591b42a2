// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl trace: the module's tracepoints, as they are hit. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "process.h"
#include "tracefs.h"
#include "vmactl.h"

#define ROUND 50	/* milliseconds from one look at the ring buffer to the next */

enum { SECONDS = 256 };

static const char *event_word(__u32 index)
{
	static const char *const words[] = { "mmap", "open", "close", "fault", "zap", "resize",
					     "fallocate", "seal", "revoke", "restore", "fsync",
					     "dirty", "durable", "crash", "inject", "export",
					     "harvest", "snapshot", "lost" };

	return index <= ARRAY_SIZE(words) ? words[index - 1] : NULL;
}

static const struct choice choices[] = {
	{ 'e', "event", "NAME", "only this one", event_word },
	{ SECONDS, "seconds", "N", "end after N seconds", NULL },
	{ 'o', "output", "FILE", "write there, apart from what COMMAND prints", NULL },
	CHOICE_REGION, CHOICE_JSON, { 0 }
};

enum { TIME, PROCESS, PID, EVENT, REGION, STRATEGY, PGOFF, PAGES, WHAT };

static const struct column columns[] = {
	[TIME]	   = { "TIME", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[PROCESS]  = { "PROCESS", SCOLS_JSON_STRING, 0 },
	[PID]	   = { "PID", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[EVENT]	   = { "EVENT", SCOLS_JSON_STRING, 0 },
	[REGION]   = { "REGION", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[STRATEGY] = { "STRATEGY", SCOLS_JSON_STRING, 0 },
	[PGOFF]	   = { "PGOFF", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[PAGES]	   = { "PAGES", SCOLS_JSON_NUMBER, SCOLS_FL_RIGHT },
	[WHAT]	   = { "WHAT", SCOLS_JSON_STRING, 0 },
};

/**
 * struct output - where events go
 * @table:  for JSON, printed at the end; NULL: lines, printed at once
 * @start:  time of the first event, the zero of the TIME column
 * @events: read, not yet printed
 * @count:  how many
 * @room:   for how many there is memory
 * @lost:   how many have been told to be lost
 */
struct output {
	struct libscols_table *table;
	unsigned long long start;
	struct event *events;
	size_t count, room;
	unsigned long long lost;
};

static void print_event(struct output *output, const struct event *event)
{
	char process[4 * sizeof(event->process)];
	struct libscols_line *line;
	double seconds;

	if (!output->start)
		output->start = event->time;
	seconds = (double)(event->time - output->start) / 1e9;
	process_escape(event->process, output->table, process, sizeof(process));
	if (!output->table) {
		printf("%10.6f %-15s %7d %-6s %6s %-8s %6s %6s %s\n", seconds, process,
		       event->pid, event->name, event->region, event->strategy, event->pgoff,
		       event->pages, event->what);
		return;
	}
	line = table_line(output->table);
	table_cell(line, TIME, "%.6f", seconds);
	table_cell(line, PROCESS, "%s", process);
	table_cell(line, PID, "%d", event->pid);
	table_cell(line, EVENT, "%s", event->name);
	table_cell(line, REGION, "%s", event->region);
	table_cell(line, STRATEGY, "%s", event->strategy);
	table_cell(line, PGOFF, "%s", event->pgoff);
	table_cell(line, PAGES, "%s", event->pages);
	table_cell(line, WHAT, "%s", event->what);
}

static int take_event(struct tep_event *format, struct tep_record *record, int cpu, void *data)
{
	struct output *output = data;

	(void)cpu;
	if (output->count == output->room) {
		output->room = 2 * output->room + 64;
		output->events = reallocarray(output->events, output->room,
					      sizeof(*output->events));
		if (!output->events)
			die("no memory for %zu events", output->room);
	}
	read_event(format, record, &output->events[output->count++]);
	return 0;
}

static int by_time(const void *one, const void *other)
{
	const unsigned long long a = ((const struct event *)one)->time;
	const unsigned long long b = ((const struct event *)other)->time;

	return (a > b) - (a < b);
}

/* Prints in order what was hit before @until, in nanoseconds. */
static void print_events(struct output *output, unsigned long long until)
{
	size_t printed = 0;

	qsort(output->events, output->count, sizeof(*output->events), by_time);
	while (printed < output->count && output->events[printed].time < until)
		print_event(output, &output->events[printed++]);
	output->count -= printed;
	memmove(output->events, output->events + printed, output->count * sizeof(*output->events));
	flush_output();
}

static void read_events(struct output *output)
{
	unsigned long long lost;

	process_names_age();
	trace_read(take_event, output);
	lost = trace_lost();
	if (lost > output->lost)
		warn("%llu events are lost: they came faster than they could be read",
		     lost - output->lost);
	output->lost = lost;
}

/* Returns a child that waits for a byte in *@go before it runs @argv. */
static int start_command(char **argv, int *go)
{
	int pipes[2], pid;
	sigset_t none;
	char byte;

	if (pipe(pipes))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	*go = pipes[1];
	if (pid) {
		close(pipes[0]);
		return pid;
	}
	close(pipes[1]);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(pipes[0], &byte, 1) != 1)
		_exit(127);
	execvp(*argv, argv);
	warn("%s: %s", *argv, strerror(errno));
	_exit(127);
}

/* Prints until a signal, @deadline, or the end of @child; returns its status. */
static int follow(int stop, int child, long long deadline, struct output *output)
{
	siginfo_t ended = { .si_pid = 0 };
	long long before = 0, begin;
	bool stopped = false;
	int status = 0;

	while (!ended.si_pid && !stopped && now() < deadline) {
		stopped = stop_within(stop, ROUND);
		if (child)
			waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT);
		begin = now();
		/* Before the child is reaped: /proc still knows its name. */
		read_events(output);
		/* One CPU is read before another, so only what is a round old is complete. */
		print_events(output, (unsigned long long)before * 1000000);
		before = begin;
	}
	print_events(output, ULLONG_MAX);
	if (ended.si_pid)
		waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void filter_region(const struct target *target)
{
	struct vmadev_info info;

	if (!target->region)
		return;
	if (vmadev_info(target_open(target, 0), &info, sizeof(info)))
		die_vmadev();
	trace_filter("region == %llu", (unsigned long long)info.region);
}

static int trace(const struct command *self, int argc, char **argv)
{
	int letter, stop, status, child = 0, go = -1;
	struct target target = { 0 };
	struct output output = { 0 };
	long long deadline = LLONG_MAX;
	const char *event = NULL, *path = NULL;
	bool json = false;
	char **command;

	while ((letter = next_option(self, argc, argv)) != -1) {
		if (letter == 'e')
			event = event_word(parse_word("--event", optarg, event_word));
		else if (letter == SECONDS)
			deadline = now() + 1000 * (long long)parse_number("--seconds", optarg, 10,
									  INT_MAX);
		else if (letter == 'o')
			path = optarg;
		else if (letter == 'j')
			json = true;
		else
			target_option(&target, letter);
	}
	command = operands(argc, argv, 0, INT_MAX);
	trace_make_instance();
	filter_region(&target);
	stop = stop_fd();
	if (*command) {
		child = start_command(command, &go);
		trace_follow(child);
	}
	if (path)
		print_to(path);
	trace_enable(event);
	if (json)
		output.table = table_new("events", columns, ARRAY_SIZE(columns), true);
	else
		printf("%10s %-15s %7s %-6s %6s %-8s %6s %6s %s\n", "TIME", "PROCESS", "PID",
		       "EVENT", "REGION", "STRATEGY", "PGOFF", "PAGES", "WHAT");
	flush_output();
	if (child && write(go, "", 1) != 1)
		die("%s could not be started: %s", *command, strerror(errno));
	status = follow(stop, child, deadline, &output);
	if (json)
		table_print(output.table);
	return status;
}

const struct command command_trace = {
	.name = "trace",
	.operands = "[COMMAND [ARGUMENT...]]",
	.summary = "print the module's tracepoints as they are hit, readable",
	.about = "Of every process until Ctrl-C, or of COMMAND and its children until it ends;\n"
		 "then the exit status is that of COMMAND. Needs root and tracefs.",
	.choices = choices,
	.leading = true,
	.run = trace,
};
