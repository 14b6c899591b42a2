// SPDX-License-Identifier: GPL-2.0-or-later
/* vmabench: what each way of mapping costs, beside what one would map instead. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "vmabench.h"

#define MOST_WORDS  32		/* of one repeated option */
#define MOST_PASSES 1000

enum { TABLE, JSON, CSV };

static const char *filters[MOST_WORDS];
static struct pin pins[MOST_WORDS];
static size_t filter_count, pin_count;

static void complain(const char *format, va_list args)
{
	fputs("vmabench: ", stderr);
	vfprintf(stderr, format, args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static void __printf(1, 2) __noreturn usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputs("; see 'vmabench --help'\n", stderr);
	exit(EXIT_USAGE);
}

static void help(void)
{
	puts("usage: vmabench [OPTION...]\n"
	     "What each way of mapping costs: the strategies of " VMADEV_DEVICE ", and what one\n"
	     "would map instead.\n\n"
	     "  -l, --list                 list the cases, their units and peers\n"
	     "  -f, --filter GLOB          only these: CASE or CASE/PEER; more than once\n"
	     "  -j, --json                 print JSON\n"
	     "      --csv                  print CSV\n"
	     "      --clock WORD           instructions (in a guest that counts them), cycles,\n"
	     "                             nanoseconds, auto: cycles where there are any\n"
	     "      --passes N             of each case (3, and 21 where they differ)\n"
	     "      --pause                wait for a line before and after the last pass\n"
	     "      --pin NAME=VALUE       add to the versions in the JSON; more than once\n"
	     "  -h, --help                 this text\n"
	     "      --version\n\n"
	     "Memory is taken up to 1 GiB at a time. vmabench(1) tells more.");
}

static bool wanted(const struct bench_case *bench, const struct peer *peer)
{
	char name[128];

	if (!(bench->peers & peer->group))
		return false;
	snprintf(name, sizeof(name), "%s/%s", bench->name, peer->name);
	for (size_t i = 0; i < filter_count; i++)
		if (!fnmatch(filters[i], strchr(filters[i], '/') ? name : bench->name,
			     FNM_EXTMATCH))
			return true;
	return !filter_count;
}

/* Calls @visit for each case and peer that is wanted; returns how many. */
static size_t each_wanted(void (*visit)(const struct bench_case *bench, const struct peer *peer,
					size_t index, void *data), void *data)
{
	size_t count = 0;

	for (size_t i = 0; i < case_count; i++) {
		for (size_t j = 0; j < peer_count(); j++) {
			if (!wanted(&cases[i], peer_at(j)))
				continue;
			if (visit)
				visit(&cases[i], peer_at(j), count, data);
			count++;
		}
	}
	return count;
}

static void set_up(const struct bench_case *bench, const struct peer *peer, size_t index,
		   void *data)
{
	struct result *results = data;

	results[index] = (struct result){ .bench = bench, .peer = peer };
}

static void add_pin(const char *name, const char *value)
{
	if (pin_count == MOST_WORDS)
		usage_error("more than %d --pin", MOST_WORDS);
	pins[pin_count++] = (struct pin){ name, value };
}

static void add_pin_text(char *text)
{
	char *value = strchr(text, '=');

	if (!value || value == text)
		usage_error("--pin takes NAME=VALUE, not '%s'", text);
	*value = '\0';
	add_pin(text, value + 1);
}

static void add_filter(const char *glob)
{
	if (filter_count == MOST_WORDS)
		usage_error("more than %d --filter", MOST_WORDS);
	filters[filter_count++] = glob;
	if (!each_wanted(NULL, NULL))
		usage_error("no case is named '%s'; --list tells which there are", glob);
}

static enum clock_kind parse_clock(const char *word)
{
	static const char *const words[] = {
		[CLOCK_AUTO] = "auto",
		[CLOCK_INSTRUCTIONS] = "instructions",
		[CLOCK_CYCLES] = "cycles",
		[CLOCK_NANOSECONDS] = "nanoseconds",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], word))
			return (enum clock_kind)i;
	usage_error("--clock: '%s' is none of auto instructions cycles nanoseconds", word);
}

static unsigned int parse_passes(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit(*text) || errno || *end || !value || value > MOST_PASSES)
		usage_error("--passes takes a number from 1 to %d, not '%s'", MOST_PASSES, text);
	return (unsigned int)value;
}

static struct result *measure_wanted(size_t count, unsigned int passes)
{
	struct result *results = calloc(count, sizeof(*results));

	if (!results)
		die("no memory");
	each_wanted(set_up, results);
	if (!passes)
		passes = clock_repeats() ? 3 : 21;
	for (size_t i = 0; i < count; i++) {
		fprintf(stderr, "# %zu of %zu: %s/%s\n", i + 1, count, results[i].bench->name,
			results[i].peer->name);
		/* Or the console's interrupts come while it is measured. */
		tcdrain(STDERR_FILENO);
		results[i].passes = passes;
		measure(&results[i]);
	}
	clock_check();
	return results;
}

static void pin_system(void)
{
	static struct utsname system;

	uname(&system);
	add_pin("kernel", system.release);
	add_pin("build", system.version);
	add_pin("machine", system.machine);
	add_pin("compiler", __VERSION__);
}

static void print_results(const struct result *results, size_t count, int format)
{
	if (format == JSON)
		print_json(pins, pin_count, results, count);
	else if (format == CSV)
		print_csv(results, count);
	else
		print_table(results, count);
}

/* What a case opens must not become standard output, or the results go into it. */
static void stand_in_streams(void)
{
	bool deaf = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		exit(EXIT_FAILURE);
	close(fd);
	if (deaf)
		die("standard output is closed: there is nowhere to print");
}

static int finish(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("standard output: %s", strerror(errno));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "filter", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "csv", no_argument, NULL, 'C' },
		{ "clock", required_argument, NULL, 'c' },
		{ "passes", required_argument, NULL, 'p' },
		{ "pause", no_argument, NULL, 'w' },
		{ "pin", required_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	enum clock_kind kind = CLOCK_AUTO;
	unsigned int passes = 0;
	bool list = false, pause = false;
	int letter, format = TABLE;
	size_t count;

	stand_in_streams();
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":lf:jh", options, NULL)) != -1) {
		switch (letter) {
		case 'l':
			list = true;
			break;
		case 'f':
			add_filter(optarg);
			break;
		case 'j':
			format = JSON;
			break;
		case 'C':
			format = CSV;
			break;
		case 'c':
			kind = parse_clock(optarg);
			break;
		case 'p':
			passes = parse_passes(optarg);
			break;
		case 'w':
			pause = true;
			break;
		case 'P':
			add_pin_text(optarg);
			break;
		case 'h':
			help();
			return finish();
		case 'V':
			puts("vmabench " LIBVMADEV_VERSION);
			return finish();
		case ':':
			usage_error("%s needs an argument", argv[optind - 1]);
		default:
			usage_error("no option %s, or not this way", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usage_error("'%s' is one operand too many", argv[optind]);
	if (list) {
		print_list(wanted);
		return finish();
	}
	if (pause)
		pause_want();
	clock_choose(kind);
	pin_system();
	count = each_wanted(NULL, NULL);
	print_results(measure_wanted(count, passes), count, format);
	return finish();
}
