// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace: what each call did to the address space of a program, and why. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <libvmadev.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/maps.h"
#include "collect/target.h"
#include "look/look.h"
#include "record/record.h"
#include "show/show.h"
#include "who/stack.h"

#define EXIT_USAGE 2
#define MOST_PIDS 64

enum {
	OPTION_JSON = 256, OPTION_FORMAT, OPTION_COLOUR, OPTION_CHECK, OPTION_NO_QUERY, OPTION_BY,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "attach", required_argument, NULL, 'p' },
	{ "output", required_argument, NULL, 'o' },
	{ "summary", no_argument, NULL, 'c' },
	{ "stack", no_argument, NULL, 'k' },
	{ "filter", required_argument, NULL, 'e' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "record", required_argument, NULL, 'r' },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "colour", required_argument, NULL, OPTION_COLOUR },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "no-query", no_argument, NULL, OPTION_NO_QUERY },
	{ "by", required_argument, NULL, OPTION_BY },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: vmatrace [OPTION...] PROGRAM [ARGUMENT...]\n"
	"       vmatrace [OPTION...] -p PID | replay [OPTION...] FILE\n"
	"What each memory call of a program did to its VMAs, and why.\n"
	"  -p, --attach PID     follow a process that runs; Ctrl-C lets it go\n"
	"  -r, --record FILE    keep it for replay; print only what -o or -c asks for\n"
	"  -o, --output FILE    write there instead of standard error\n"
	"  -c, --summary        only count, and print a table at the end\n"
	"  -e, --filter WHICH   call=NAME,... size=BYTES address=START-END path=TEXT, or\n"
	"                       count: the number of VMAs changed; all -e have to hold\n"
	"  -k, --stack          who calls: the stack of each call that changes VMAs\n"
	"  -q, --quiet          the calls alone, not what they did\n"
	"      --format FORMAT  text, json, chrome, folded, ledger or summary (as -c)\n"
	"      --json           a JSON object a line: --format json\n"
	"      --colour WHEN    always, never or auto\n"
	"      --check          compare with /proc/PID/maps at each process's end\n"
	"      --by WHICH       follow by seccomp or ptrace, not by the best that works\n"
	"      --no-query       do not use PROCMAP_QUERY, as if the kernel had none\n"
	"  -h, --help           this;      --version\n";

struct order {
	struct show show;
	pid_t pids[MOST_PIDS + 1];
	size_t count;
	const char *output, *record, *file;
	const struct collector *by;
	struct recorder *recorder;
	struct recording recording;
	bool replays, stacks, filtered;
	int error;
};

static __attribute((__noreturn__, __format__(__printf__, 1, 2)))
void usage_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("vmatrace: ", stderr);
	vfprintf(stderr, format, list);
	fputs("; see 'vmatrace --help'\n", stderr);
	va_end(list);
	exit(EXIT_USAGE);
}

static void add_pid(struct order *order, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*end || end == text || pid <= 0 || pid > 1 << 22)
		usage_error("-p takes the number of a process, not '%s'", text);
	if (order->count == MOST_PIDS)
		usage_error("at most %d processes can be attached to", MOST_PIDS);
	order->pids[order->count++] = (pid_t)pid;
}

static void set_colour(struct order *order, const char *when)
{
	if (!strcmp(when, "always"))
		order->show.colour = true;
	else if (!strcmp(when, "auto"))
		order->show.colour = !order->output && isatty(fileno(order->show.out));
	else if (strcmp(when, "never"))
		usage_error("--colour: '%s' is none of always never auto", when);
}

/* One way to show it; which one is said once. */
static void set_format(struct order *order, const char *name)
{
	const struct format *format = format_find(name);

	if (!format)
		usage_error("--format: '%s' is none of %s", name, format_names());
	if (order->show.format && order->show.format != format)
		usage_error("%s and %s are two ways to show it", order->show.format->name, name);
	order->show.format = format;
}

static void parse(struct order *order, int argc, char **argv)
{
	const char *colour = "auto";
	int letter;

	while ((letter = getopt_long(argc, argv, "+:p:r:o:cke:qh", options, NULL)) != -1) {
		switch (letter) {
		case 'p':
			add_pid(order, optarg);
			break;
		case 'o':
			order->output = optarg;
			break;
		case 'c':
			set_format(order, "summary");
			break;
		case 'e':
			if (!filter_add(&order->show.filter, optarg))
				usage_error("-e knows no '%s'", optarg);
			order->filtered = true;
			break;
		case 'k':
			order->stacks = true;
			break;
		case 'q':
			order->show.quiet = true;
			break;
		case 'r':
			order->record = optarg;
			break;
		case OPTION_FORMAT:
			set_format(order, optarg);
			break;
		case OPTION_JSON:
			set_format(order, "json");
			break;
		case OPTION_COLOUR:
			colour = optarg;
			break;
		case OPTION_CHECK:
			order->show.check = true;
			break;
		case OPTION_NO_QUERY:
			target_forbid_query();
			break;
		case OPTION_BY:
			order->by = collector_find(optarg);
			if (!order->by)
				usage_error("--by: '%s' is none of seccomp ptrace", optarg);
			break;
		case OPTION_VERSION:
			exit(puts("vmatrace " LIBVMADEV_VERSION) < 0);
		case 'h':
			fputs(help, stdout);
			look_help();
			exit(EXIT_SUCCESS);
		case ':':
			usage_error("%s needs an argument", argv[optind - 1]);
		default:
			usage_error("no option %s", argv[optind - 1]);
		}
	}
	set_colour(order, colour);
	if (!order->show.format && (!order->record || order->output))
		order->show.format = &format_text;
	/* What a stack is taken of has to stand still. */
	if (order->stacks && order->by != collector_find("ptrace")) {
		if (order->by)
			usage_error("--stack follows by ptrace, not by %s", order->by->name);
		order->by = collector_find("ptrace");
	}
	if (order->filtered && order->show.format && order->show.format->needs_all)
		usage_error("%s needs all calls, no -e", order->show.format->name);
	if (order->replays) {
		if (argc - optind != 1 || order->count || order->record || order->show.check ||
		    order->stacks)
			usage_error("replay takes a recorded file, no -p, -r, -k or --check");
		order->file = argv[optind];
		return;
	}
	if (!order->count && optind == argc)
		usage_error("name a program, or a process by -p");
	if (order->count && optind != argc)
		usage_error("either a program or -p, not both");
}

/* What cannot be written any more, and why, is told at the end. */
static bool kept(struct order *order, bool written)
{
	if (!written && !order->error)
		order->error = errno;
	return written;
}

static bool show_note(struct show *show, pid_t pid, const char *text)
{
	return !show->format || !show->format->note || show->format->note(show, pid, text);
}

static bool on_note(void *data, pid_t pid, const char *text)
{
	struct order *order = data;

	return kept(order, (!order->recorder || record_note(order->recorder, pid, text)) &&
			   show_note(&order->show, pid, text));
}

/* No call makes a stack grow: a fault below it does. */
static const char *growth(__u64 bytes)
{
	static char text[64];

	snprintf(text, sizeof(text), "stack grew by %llu KiB, by faults below it", bytes >> 10);
	return text;
}

static bool on_event(void *data, struct event *event)
{
	struct order *order = data;
	struct show *show = &order->show;

	show->unforeseen += !event->foreseen;
	if (order->stacks && event->facts.count)
		stack_take(event);
	if (order->recorder && !kept(order, record_event(order->recorder, event)))
		return false;
	if (event->grown && !kept(order, show_note(show, event->tid, growth(event->grown))))
		return false;
	if (!show->format || !filter_passes(&show->filter, event))
		return true;
	if (order->replays)
		show->program = order->recording.program;
	show->time = event->time;
	return kept(order, show->format->event(show, event));
}

/* The stack alone may have grown since the last call. */
static bool on_ending(void *data, pid_t pid, struct space *space)
{
	struct order *order = data;
	__u64 grown = order->replays ? 0 : space_absorb(space);
	char text[96];
	bool same;

	if (grown && !on_note(order, pid, growth(grown)))
		return false;
	if (order->recorder && !kept(order, record_ending(order->recorder, pid, space)))
		return false;
	if (!order->show.check)
		return true;
	same = space_check(space);
	order->show.differences += !same;
	snprintf(text, sizeof(text), "exit: %zu VMAs, %zu at most, %sas /proc/PID/maps shows them",
		 space->mm.count, space->most, same ? "" : "not ");
	return on_note(order, pid, text);
}

/* End as the program did. */
static int end_as(int status)
{
	struct rlimit none = { 0, 0 };

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

/* Write what comes last. */
static void finish(struct order *order, struct collection *collection)
{
	const struct format *format = order->show.format;

	if (!collection->broken && format && format->end && !kept(order, format->end(&order->show)))
		collection->broken = true;
	if (order->recorder && !kept(order, record_close(order->recorder, collection)))
		collection->broken = true;
}

static const char *destination(const struct order *order)
{
	if (order->recorder && (!order->show.format || !ferror(order->show.out)))
		return order->record;
	return order->output ? order->output : "standard error";
}

static int report(const struct order *order, const struct collection *collection,
		  const char *program)
{
	int error = program ? program_failed(&collection->program) : 0;

	if (error) {
		fprintf(stderr, "vmatrace: %s: %s\n", program, strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	if (collection->broken && (order->output || !order->replays)) {
		fprintf(stderr, "vmatrace: %s: %s%s\n", destination(order), strerror(order->error),
			order->replays ? "" :
			"; nothing is followed any more, the program goes on");
		return 1;
	}
	if (order->replays)
		return collection->broken;
	if (collection->stopped) {
		fprintf(stderr, "vmatrace: %s: not followed any more, the program goes on\n",
			strsignal(collection->stopped));
		return collection->stopped == SIGINT && !program ? 0 : 128 + collection->stopped;
	}
	if (order->show.differences) {
		fprintf(stderr, "vmatrace: %lu processes did not end as the model has them\n",
			order->show.differences);
		return 1;
	}
	return program ? end_as(collection->status) : 0;
}

static int replay(struct order *order, struct collection *collection)
{
	bool whole = record_replay(order->file, collection, &order->recording);
	int status;

	finish(order, collection);
	record_free(&order->recording);
	status = report(order, collection, NULL);
	return whole ? status : 1;
}

static int follow(struct order *order, struct collection *collection, char **argv)
{
	struct rules rules;

	rules_probe(&rules);
	collection->rules = &rules;
	collection->attach = order->pids;
	collection->argv = argv;
	order->show.program = argv ? argv[0] : NULL;
	if (order->record) {
		order->recorder = record_create(order->record, argv, &rules);
		if (!order->recorder)
			err(1, "%s", order->record);
	}
	if (!collect(collection, order->by))
		return 1;
	finish(order, collection);
	return report(order, collection, argv ? argv[0] : NULL);
}

int main(int argc, char **argv)
{
	struct order order = { .show = { .out = stderr } };
	struct sink sink = { on_event, on_note, on_ending, &order };
	struct collection collection = { .sink = &sink };

	if (argc > 1 && look_find(argv[1]))
		return look_run(look_find(argv[1]), argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "replay")) {
		order.replays = true;
		order.show.out = stdout;
		argv++;
		argc--;
	}
	parse(&order, argc, argv);
	if (order.output) {
		order.show.out = fopen(order.output, "we");
		if (!order.show.out)
			err(1, "%s", order.output);
	}
	setvbuf(order.show.out, NULL, _IOFBF, 1 << 16);
	if (order.replays)
		return replay(&order, &collection);
	return follow(&order, &collection, order.count ? NULL : argv + optind);
}
