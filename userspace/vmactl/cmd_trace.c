// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl trace: the module's tracepoints, as they are hit. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "tracefs.h"
#include "vmactl.h"

enum { SECONDS = 256 };

static const char *event_word(__u32 index)
{
	static const char *const words[] = { "mmap", "open", "close", "fault", "zap", "fsync" };

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
 * @table: for JSON, printed at the end; NULL: lines, printed at once
 * @start: time of the first event, the zero of the TIME column
 * @line:  the part of a line that has come so far
 */
struct output {
	struct libscols_table *table;
	double start;
	char line[1024];
	size_t used;
};

static void print_event(struct output *output, const struct event *event)
{
	double seconds;
	struct libscols_line *line;

	if (!output->start)
		output->start = event->seconds;
	seconds = event->seconds - output->start;
	if (!output->table) {
		printf("%10.6f %-15s %7d %-6s %6s %-8s %6s %6s %s\n", seconds, event->process,
		       event->pid, event->name, event->region, event->strategy, event->pgoff,
		       event->pages, event->what);
		return;
	}
	line = table_line(output->table);
	table_cell(line, TIME, "%.6f", seconds);
	table_cell(line, PROCESS, "%s", event->process);
	table_cell(line, PID, "%d", event->pid);
	table_cell(line, EVENT, "%s", event->name);
	table_cell(line, REGION, "%s", event->region);
	table_cell(line, STRATEGY, "%s", event->strategy);
	table_cell(line, PGOFF, "%s", event->pgoff);
	table_cell(line, PAGES, "%s", event->pages);
	table_cell(line, WHAT, "%s", event->what);
}

static void take_line(struct output *output)
{
	struct event event;

	output->line[output->used] = '\0';
	if (strstr(output->line, "LOST"))
		fprintf(stderr, "vmactl trace: %s\n", output->line);
	else if (parse_event(output->line, &event))
		print_event(output, &event);
	output->used = 0;
}

static void drain(int fd, struct output *output)
{
	char chunk[4096];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			if (chunk[i] == '\n')
				take_line(output);
			else if (output->used < sizeof(output->line) - 1)
				output->line[output->used++] = chunk[i];
		}
	}
	fflush(stdout);
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
	fprintf(stderr, "vmactl trace: %s: %s\n", *argv, strerror(errno));
	_exit(127);
}

/* Prints until a signal, @deadline, or the end of @child; returns its status. */
static int follow(int fd, int stop, int child, long long deadline, struct output *output)
{
	struct pollfd waits[] = {
		{ .fd = stop, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	siginfo_t ended = { .si_pid = 0 };
	int status = 0;

	while (!ended.si_pid && !waits[0].revents && now() < deadline) {
		poll(waits, ARRAY_SIZE(waits), 50);
		if (child)
			waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT);
		/* Before the child is reaped: /proc still knows its name. */
		drain(fd, output);
	}
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
	int letter, fd, stop, status, child = 0, go = -1;
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
	if (path && !freopen(path, "we", stdout))
		die("%s: %s", path, strerror(errno));
	trace_enable(event);
	fd = trace_pipe();
	if (json)
		output.table = table_new("events", columns, ARRAY_SIZE(columns), true);
	else
		printf("%10s %-15s %7s %-6s %6s %-8s %6s %6s %s\n", "TIME", "PROCESS", "PID",
		       "EVENT", "REGION", "STRATEGY", "PGOFF", "PAGES", "WHAT");
	fflush(stdout);
	if (child && write(go, "", 1) != 1)
		die("%s could not be started: %s", *command, strerror(errno));
	status = follow(fd, stop, child, deadline, &output);
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
