// SPDX-License-Identifier: GPL-2.0-or-later
/* vmatrace: what each call did to the address space of a program, and why. */
#include <err.h>
#include <getopt.h>
#include <libvmadev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/target.h"
#include "look/look.h"
#include "order.h"

#define EXIT_USAGE 2

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
	{ "faults", no_argument, NULL, 'F' },
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
	"usage: vmatrace [OPTION...] PROGRAM [ARGUMENT...] | -p PID | replay FILE\n"
	"What each memory call of a program did to its VMAs, and why.\n"
	"  -p, --attach PID     follow a process that runs; Ctrl-C lets it go\n"
	"  -r, --record FILE    keep it for replay; print only what -o or -c asks for\n"
	"  -o, --output FILE    write there instead of standard error\n"
	"  -c, --summary        only count, and print a table at the end\n"
	"  -e, --filter WHICH   call=NAME,... size=BYTES address=START-END path=TEXT, or\n"
	"                       count: the number of VMAs changed; all -e have to hold\n"
	"  -k, --stack          who calls: the stack of each call that changes VMAs\n"
	"  -F, --faults         page faults too, and why there were any (by perf)\n"
	"  -q, --quiet          the calls alone, not what they did\n"
	"      --format FORMAT  text, json, chrome, folded, ledger or summary (as -c)\n"
	"      --json           a JSON object a line: --format json\n"
	"      --colour WHEN    always, never or auto\n"
	"      --check          compare with /proc/PID/maps at each process's end\n"
	"      --by WHICH       follow by perf, seccomp, ptrace or ptrace-once\n"
	"      --no-query       do not use PROCMAP_QUERY, as if the kernel had none\n"
	"  -h, --help           this;      --version\n";

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

/* One option asks for what only one collector can. */
static void follow_by(struct order *order, const char *option, const char *name)
{
	if (order->by && order->by != collector_find(name))
		usage_error("%s follows by %s, not by %s", option, name, order->by->name);
	order->by = collector_find(name);
}

static void parse(struct order *order, int argc, char **argv)
{
	const char *colour = "auto";
	int letter;

	while ((letter = getopt_long(argc, argv, "+:p:r:o:ckFe:qh", options, NULL)) != -1) {
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
		case 'F':
			order->faults = true;
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
				usage_error("--by: '%s' is none of perf seccomp ptrace "
					    "ptrace-once", optarg);
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
	if (order->stacks)
		follow_by(order, "--stack", "ptrace");
	if (order->faults)
		follow_by(order, "--faults", "perf");
	if (order->filtered && order->show.format && order->show.format->needs_all)
		usage_error("%s needs all calls, no -e", order->show.format->name);
	if (order->replays) {
		if (argc - optind != 1 || order->count || order->record || order->show.check ||
		    order->stacks || order->faults)
			usage_error("replay takes a recorded file, no -p, -r, -k, -F or --check");
		order->file = argv[optind];
		return;
	}
	if (!order->count && optind == argc)
		usage_error("name a program, or a process by -p");
	if (order->count && optind != argc)
		usage_error("either a program or -p, not both");
	if (!order->count)
		order->argv = argv + optind;
}

int main(int argc, char **argv)
{
	struct order order = { .show = { .out = stderr } };
	int status;

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
	status = order_carry_out(&order);
	collector_leave(status);
	return status;
}
