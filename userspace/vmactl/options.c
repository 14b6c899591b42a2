// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of a subcommand: read, described, and refused in one line. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmactl.h"

#define MOST_OPTIONS 24
#define SCREEN 80	/* columns of --help */
#define INDENT 28	/* of what stands beside an option */

static const char *running = "";
static const char *output = "standard output";

static void complain(const char *format, va_list args)
{
	fprintf(stderr, "vmactl %s: ", running);
	vfprintf(stderr, format, args);
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputc('\n', stderr);
}

void usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, "; see 'vmactl %s --help'\n", running);
	exit(EXIT_USAGE);
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

void print_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || dup3(fd, STDOUT_FILENO, O_CLOEXEC) < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	output = path;
}

void flush_output(void)
{
	int error;

	if (!fflush(stdout))
		return;
	error = errno;
	/* It is told here, and not at the exit again. */
	if (!freopen("/dev/null", "we", stdout))
		_exit(EXIT_FAILURE);
	die("%s: %s", output, strerror(error));
}

void die_vmadev(void)
{
	die("%s", vmadev_error());
}

static void print_choice(const struct choice *choice)
{
	const char *argument = choice->argument;
	bool optional = argument && *argument == '[';
	char left[40];
	int column;

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", isalpha(choice->letter) ? '-' : ' ',
		 isalpha(choice->letter) ? choice->letter : ' ',
		 isalpha(choice->letter) ? "," : " ", choice->name,
		 argument && !optional ? " " : "", argument ? argument : "");
	column = printf("  %-26s %s%s", left, choice->help, choice->word ? ":" : "");
	for (__u32 i = 1; choice->word && choice->word(i); i++) {
		if (column + 1 + strlen(choice->word(i)) >= SCREEN)
			column = printf("\n%*s", INDENT, "") - 1;
		column += printf(" %s", choice->word(i));
	}
	putchar('\n');
}

void command_help(const struct command *self)
{
	printf("usage: vmactl %s [OPTION...]%s%s\n%c%s.\n", self->name,
	       *self->operands ? " " : "", self->operands, toupper(*self->summary),
	       self->summary + 1);
	if (self->about)
		printf("%s\n", self->about);
	putchar('\n');
	for (const struct choice *choice = self->choices; choice->letter; choice++)
		print_choice(choice);
	puts("  -h, --help                 this text");
}

int next_option(const struct command *self, int argc, char **argv)
{
	struct option options[MOST_OPTIONS] = { { "help", no_argument, NULL, 'h' } };
	char letters[2 * MOST_OPTIONS + 4] = "";
	char *letter = stpcpy(letters, self->leading ? "+:h" : ":h");
	const struct choice *choice = self->choices;
	int found;

	running = self->name;
	for (size_t i = 1; choice->letter; i++, choice++) {
		options[i].name = choice->name;
		options[i].val = choice->letter;
		if (choice->argument)
			options[i].has_arg = *choice->argument == '[' ? optional_argument
								      : required_argument;
		if (isalpha(choice->letter))
			letter += sprintf(letter, "%c%s", choice->letter,
					  options[i].has_arg == required_argument ? ":" : "");
	}
	opterr = 0;
	found = getopt_long(argc, argv, letters, options, NULL);
	if (found == 'h') {
		command_help(self);
		exit(EXIT_SUCCESS);
	}
	if (found == ':')
		usage_error("%s needs an argument", argv[optind - 1]);
	if (found == '?' && optopt && isalpha(optopt) && argv[optind - 1][1] != '-')
		usage_error("no option -%c", optopt);
	if (found == '?')
		usage_error("no option %s, or not this way", argv[optind - 1]);
	return found;
}

char **operands(int argc, char **argv, int least, int most)
{
	int count = argc - optind;

	if (count < least)
		usage_error("an operand is missing");
	if (count > most)
		usage_error("'%s' is one operand too many", argv[optind + most]);
	return argv + optind;
}

__u32 parse_word(const char *what, const char *text, const char *(*word)(__u32 index))
{
	char list[512] = "";
	size_t used = 0;

	for (__u32 i = 1; word(i); i++) {
		if (!strcmp(word(i), text))
			return i;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, " %s",
						 word(i));
	}
	usage_error("%s: '%s' is none of%s", what, text, list);
}

__u64 parse_bytes(const char *option, const char *text)
{
	static const char suffixes[] = "KMGT";
	char *end;
	unsigned long long value;
	const char *suffix;
	int shift;

	errno = 0;
	value = strtoull(text, &end, 0);
	suffix = *end ? strchr(suffixes, toupper(*end)) : NULL;
	shift = suffix ? 10 * (int)(suffix - suffixes + 1) : 0;
	if (!isdigit(*text) || errno || end[*end && suffix ? 1 : 0] ||
	    value > UINT64_MAX >> shift)
		usage_error("--%s takes bytes, as 4096, 0x1000, 64K or 2M, not '%s'", option,
			    text);
	return (__u64)value << shift;
}

unsigned long parse_number(const char *what, const char *text, int base, unsigned long most)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, base);
	if (isdigit(*text) && !errno && !*end && value <= most)
		return value;
	if (base == 8)
		usage_error("%s takes an octal number up to %lo, not '%s'", what, most, text);
	usage_error("%s takes a number up to %lu, not '%s'", what, most, text);
}
