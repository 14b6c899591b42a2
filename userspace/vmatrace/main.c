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
#include "show/show.h"

#define EXIT_USAGE 2
#define MOST_PIDS 64

enum {
	OPTION_JSON = 256, OPTION_COLOUR, OPTION_CHECK, OPTION_NO_QUERY, OPTION_BY, OPTION_VERSION,
};

static const struct option options[] = {
	{ "attach", required_argument, NULL, 'p' },
	{ "output", required_argument, NULL, 'o' },
	{ "summary", no_argument, NULL, 'c' },
	{ "filter", required_argument, NULL, 'e' },
	{ "quiet", no_argument, NULL, 'q' },
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
	"       vmatrace [OPTION...] -p PID\n"
	"What each memory call of a program did to its VMAs, and why.\n"
	"  -p, --attach PID     follow a process that runs; Ctrl-C lets it go\n"
	"  -o, --output FILE    write there instead of standard error\n"
	"  -c, --summary        only count, and print a table at the end\n"
	"  -e, --filter WHICH   only some of the calls; all -e have to hold:\n"
	"                       call=NAME,... size=BYTES address=START-END path=TEXT\n"
	"                       count (the number of VMAs changed)\n"
	"  -q, --quiet          the calls alone, not what they did\n"
	"      --json           a JSON object a line\n"
	"      --colour WHEN    always, never or auto\n"
	"      --check          compare with /proc/PID/maps at each process's end\n"
	"      --by WHICH       follow by perf, seccomp or ptrace, not by the best\n"
	"      --no-query       do not use PROCMAP_QUERY, as if the kernel had none\n"
	"  -h, --help           this;      --version\n";

struct order {
	struct show show;
	pid_t pids[MOST_PIDS + 1];
	size_t count;
	const char *output;
	const struct collector *by;
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
		order->show.colour = !order->output && isatty(STDERR_FILENO);
	else if (strcmp(when, "never"))
		usage_error("--colour: '%s' is none of always never auto", when);
}

static void parse(struct order *order, int argc, char **argv)
{
	const char *colour = "auto";
	int letter;

	while ((letter = getopt_long(argc, argv, "+:p:o:ce:qh", options, NULL)) != -1) {
		switch (letter) {
		case 'p':
			add_pid(order, optarg);
			break;
		case 'o':
			order->output = optarg;
			break;
		case 'c':
			order->show.summary = true;
			break;
		case 'e':
			if (!filter_add(&order->show.filter, optarg))
				usage_error("-e knows no '%s'", optarg);
			break;
		case 'q':
			order->show.quiet = true;
			break;
		case OPTION_JSON:
			order->show.json = true;
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
				usage_error("--by: '%s' is none of perf seccomp ptrace", optarg);
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
	if (order->show.json && order->show.summary)
		usage_error("--json and --summary are two ways to show it");
	if (!order->count && optind == argc)
		usage_error("name a program, or a process by -p");
	if (order->count && optind != argc)
		usage_error("either a program or -p, not both");
}

static bool on_note(void *data, pid_t pid, const char *text)
{
	struct show *show = data;

	if (show->summary || (show->quiet && !show->json))
		return true;
	return show->json ? show_json_note(show, pid, text) : show_text_note(show, pid, text);
}

/* No call makes a stack grow: a fault below it does. */
static bool note_growth(struct show *show, pid_t pid, __u64 bytes)
{
	char text[64];

	if (!bytes)
		return true;
	snprintf(text, sizeof(text), "stack grew by %llu KiB, by faults below it", bytes >> 10);
	return on_note(show, pid, text);
}

static bool on_event(void *data, struct event *event)
{
	struct show *show = data;

	if (!note_growth(show, event->tid, event->grown))
		return false;
	if (!filter_passes(&show->filter, event))
		return true;
	if (show->summary) {
		summary_add(event);
		return true;
	}
	return show->json ? show_json(show, event) : show_text(show, event);
}

/* The stack alone may have grown since the last call. */
static bool on_ending(void *data, pid_t pid, struct space *space)
{
	struct show *show = data;
	char text[96];
	bool same;

	if (!note_growth(show, pid, space_absorb(space)))
		return false;
	if (!show->check)
		return true;
	same = space_check(space);
	show->differences += !same;
	snprintf(text, sizeof(text), "exit: %zu VMAs, %zu at most, %sas /proc/PID/maps shows them",
		 space->mm.count, space->most, same ? "" : "not ");
	return on_note(show, pid, text);
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

static int report(const struct order *order, const struct collection *collection,
		  const char *program)
{
	int error = program ? program_failed(&collection->program) : 0;

	if (error) {
		fprintf(stderr, "vmatrace: %s: %s\n", program, strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	if (order->show.summary && !collection->broken)
		summary_print(order->show.out, collection->unforeseen);
	if (collection->stopped) {
		fprintf(stderr, "vmatrace: %s: not followed any more, the program goes on\n",
			strsignal(collection->stopped));
		return collection->stopped == SIGINT && !program ? 0 : 128 + collection->stopped;
	}
	if (collection->broken || ferror(order->show.out)) {
		fprintf(stderr, "vmatrace: %s: %s; nothing is followed any more, "
			"the program goes on\n",
			order->output ? order->output : "standard error",
			strerror(collection->broken ? collection->error : errno));
		return 1;
	}
	if (collection->lost)
		fprintf(stderr, "vmatrace: %lu events were lost: the machine is too busy for "
			"--by perf; --by seccomp loses none\n", collection->lost);
	if (order->show.differences) {
		fprintf(stderr, "vmatrace: %lu processes did not end as the model has them\n",
			order->show.differences);
		return 1;
	}
	return program ? end_as(collection->status) : 0;
}

int main(int argc, char **argv)
{
	struct order order = { .show = { .out = stderr } };
	struct sink sink = { on_event, on_note, on_ending, &order.show };
	struct collection collection = { .sink = &sink };
	struct rules rules;

	if (argc > 1 && look_find(argv[1]))
		return look_run(look_find(argv[1]), argc - 1, argv + 1);
	parse(&order, argc, argv);
	if (order.output) {
		order.show.out = fopen(order.output, "we");
		if (!order.show.out)
			err(1, "%s", order.output);
	}
	setvbuf(order.show.out, NULL, _IOFBF, 1 << 16);
	rules_probe(&rules);
	collection.rules = &rules;
	collection.attach = order.pids;
	if (!order.count)
		collection.argv = argv + optind;
	if (!collect(&collection, order.by))
		return 1;
	return report(&order, &collection, order.count ? NULL : argv[optind]);
}
