// SPDX-License-Identifier: GPL-2.0-or-later
/* vmaudit: what is wrong with a mapping, and what it will stand. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libvmadev.h>

#include "vmaudit.h"

#define MOST_WORDS 128		/* of one repeated option */

static const char *only[MOST_WORDS], *skipped[MOST_WORDS];
static size_t only_count, skip_count;
static bool dangerous;

int output_failed = EXIT_USAGE;	/* selftests/lib/streams.c */

void die(const char *format, ...)
{
	va_list args;

	fputs("vmaudit: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

static void __printf(1, 2) __noreturn usage_error(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	die("%s; see 'vmaudit --help'", text);
}

static void help(void)
{
	puts("usage: vmaudit [OPTION...] /dev/NODE | KIND[:OPTION,...] | PID ADDRESS\n"
	     "What is wrong with a mapping, and what it will stand.\n\n"
	     "  -l, --list           list the kinds of mappings and the probes\n"
	     "      --fd N           audit what this descriptor maps\n"
	     "      --length BYTES   its size, of which all is mapped; K, M, G\n"
	     "      --offset BYTES   map from there\n"
	     "      --prot WORD      r, w, rw (as much as can be had)\n"
	     "      --flags WORD     shared, private (shared if that can be had)\n"
	     "      --memory         a device's memory may be written, and is put right again\n"
	     "      --only PROBE     only these; a glob; more than once\n"
	     "      --skip PROBE     but not these\n"
	     "      --dangerous      also what may harm the machine where a driver is wrong;\n"
	     "      --safe           not that (the default)\n"
	     "      --as UID         as this user\n"
	     "      --seconds N      that a probe may take (10)\n"
	     "      --baseline FILE  tell what differs from what --json said then\n"
	     "      --json, --tap    in place of a table\n"
	     "  -h, --help; --version\n\n"
	     "Exit status: 0 no defect, 1 defect or difference, 2 usage, or it cannot be\n"
	     "opened, 3 stuck, or the kernel's log complains. vmaudit(1) tells more.");
}

static void add_word(const char **words, size_t *count, const char *word)
{
	if (*count == MOST_WORDS)
		usage_error("an option more than %d times", MOST_WORDS);
	for (size_t i = 0; i < probe_count; i++) {
		if (!fnmatch(word, probes[i]->name, 0)) {
			words[(*count)++] = word;
			return;
		}
	}
	usage_error("no probe is named '%s'; --list tells which there are", word);
}

static bool is_among(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!fnmatch(words[i], name, 0))
			return true;
	return false;
}

static unsigned long long parse_number(const char *option, const char *text,
				       unsigned long long most)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned long long value;
	char *end;
	int shift = 0;

	errno = 0;
	value = strtoull(text, &end, 0);
	unit = *end ? strchr(units, toupper(*end)) : NULL;
	if (unit) {
		shift = 10 * (int)(unit - units + 1);
		end++;
	}
	if (!isdigit(*text) || errno || *end || value > most >> shift)
		usage_error("%s takes a number up to %llu, not '%s'", option, most, text);
	return value << shift;
}

static size_t parse_pages(const char *option, const char *text)
{
	unsigned long long value = parse_number(option, text, LLONG_MAX);

	if (value % page_size())
		usage_error("%s takes whole pages of %zu bytes, not '%s'", option, page_size(),
			    text);
	return value;
}

static int parse_word(const char *option, const char *text, const char *const *words,
		      const int *values)
{
	for (size_t i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return values[i];
	usage_error("%s: '%s' is none of its words", option, text);
}

static void become(const char *text)
{
	uid_t uid = (uid_t)parse_number("--as", text, UINT_MAX - 1);

	/* Who changes his user cannot look at himself in /proc any more, unless he says so. */
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
	    prctl(PR_SET_DUMPABLE, 1))
		die("--as %s: %s", text, strerror(errno));
}

/* Why a probe cannot be asked of this subject; NULL: it can. */
static const char *obstacle(const struct probe *probe, const struct subject *subject)
{
	unsigned int traits = subject->traits;
	int kind = subject->flags & MAP_TYPE;
	size_t pages = subject->length / page_size();
	const struct {
		unsigned int need;
		bool met;
		const char *text;
	} needs[] = {
		{ NEEDS_SHARED, kind != MAP_PRIVATE, "it is mapped private" },
		{ NEEDS_WRITE, subject->prot & PROT_WRITE, "it is mapped for reading" },
		{ NEEDS_READER, subject->reader >= 0, "no other descriptor that is only read" },
		{ NEEDS_FD, subject->fd >= 0, "it has no descriptor" },
		{ NEEDS_SIZED, traits & TRAIT_SIZED, "its size is not known" },
		{ NEEDS_MEMORY, !(traits & (TRAIT_REGISTERS | TRAIT_RING)),
		  "what is written there may have effects; --memory says that it has none" },
		{ NEEDS_TWICE, !(traits & (TRAIT_ONCE | TRAIT_OWN)),
		  "two mappings of it are not the same memory, or not allowed" },
		{ NEEDS_TWO, pages >= 2, "it has one page" },
		{ NEEDS_THREE, pages >= 3, "it has fewer than three pages" },
		{ NEEDS_PARTS, !(traits & TRAIT_EXACT), "it is mapped whole or not at all" },
		{ NEEDS_ROOT, !geteuid(), "root can ask" },
		{ NEEDS_HOOK, subject->hooks & 1u << probe->value,
		  "its opener says of nothing that it can do it" },
		{ NEEDS_ALONE, !(traits & TRAIT_OTHERS), "other objects are at other offsets" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if ((probe->needs & needs[i].need) && !needs[i].met)
			return needs[i].text;
	return NULL;
}

static bool wanted(const struct probe *probe)
{
	if (only_count && !is_among(probe->name, only, only_count))
		return false;
	return !is_among(probe->name, skipped, skip_count);
}

static void audit_one(const struct probe *probe, const struct subject *subject,
		      unsigned int seconds, enum format format)
{
	struct finding finding = { 0 };
	struct audit audit = { .subject = subject, .probe = probe, .finding = &finding };
	const char *why = obstacle(probe, subject);

	if (!why && probe->danger && !dangerous)
		why = "it may harm the machine; --dangerous asks it";
	if (why) {
		finding.verdict = NOT_ASKED;
		snprintf(finding.seen, sizeof(finding.seen), "%s", why);
	} else {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "%s\r", probe->name);
		ask(&audit, seconds);
	}
	report_probe(probe, &finding, format);
}

/* The options that say how it is mapped, and what: those ask the same again. */
static const char *command_for(char **argv, int argc)
{
	static const char *const choosing[] = {
		"--only", "--skip", "--baseline", "--json", "--tap",
	};
	static char text[1024];
	size_t used = 0;

	for (int i = 1; i < argc && used < sizeof(text); i++) {
		size_t j;

		for (j = 0; j < ARRAY_SIZE(choosing) && strcmp(argv[i], choosing[j]); j++)
			;
		if (j < ARRAY_SIZE(choosing))
			i += j < 3;
		else
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? " " : "", argv[i]);
	}
	return text;
}

static int audit_all(const struct subject *subject, unsigned int seconds, enum format format,
		     const char *command)
{
	size_t count = 0;

	for (size_t i = 0; i < probe_count; i++)
		count += wanted(probes[i]);
	/* What a probe forks comes to us when the probe ends: ask() waits for it. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	report_begin(subject, format, count);
	/* What may harm the machine comes last. */
	for (int danger = 0; danger < 2; danger++)
		for (size_t i = 0; i < probe_count; i++)
			if (probes[i]->danger == danger && wanted(probes[i]))
				audit_one(probes[i], subject, seconds, format);
	return report_end(command, format);
}

/* Of a node or a descriptor; the kinds that have names know better what they made. */
static void take_length(struct subject *subject, size_t length)
{
	if (!length)
		return;
	if (!(subject->traits & TRAIT_SIZED))
		subject->traits |= TRAIT_SIZED;
	else if (length > subject->length)
		usage_error("--length %zu: it has %zu bytes", length, subject->length);
	else if (length < subject->length)
		subject->traits &= ~TRAIT_SIZED;
	subject->length = length;
}

/* @length: of --length, or 0 */
static void open_subject(struct subject *subject, size_t length, int fd, char **operands,
			 int count)
{
	const struct opener *opener;

	if (count > 1 || (fd >= 0 && count))
		usage_error("'%s' is one operand too many", operands[count - 1]);
	if (fd < 0 && !count)
		usage_error("a node, a kind of mapping or --fd is missing");
	if (fd >= 0) {
		snprintf(subject->name, sizeof(subject->name), "--fd %d", fd);
		subject_of_fd(subject, fd);
		take_length(subject, length);
		return;
	}
	snprintf(subject->name, sizeof(subject->name), "%s", operands[0]);
	opener = opener_named(operands[0], strcspn(operands[0], ":"));
	if (opener) {
		subject_of_kind(subject, opener,
				operands[0] + strlen(opener->name) + !!strchr(operands[0], ':'));
		return;
	}
	subject_of_node(subject, operands[0]);
	take_length(subject, length);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "fd", required_argument, NULL, 'F' },
		{ "length", required_argument, NULL, 'L' },
		{ "offset", required_argument, NULL, 'O' },
		{ "prot", required_argument, NULL, 'p' },
		{ "flags", required_argument, NULL, 'f' },
		{ "memory", no_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' },
		{ "skip", required_argument, NULL, 's' },
		{ "dangerous", no_argument, NULL, 'd' },
		{ "safe", no_argument, NULL, 'S' },
		{ "as", required_argument, NULL, 'a' },
		{ "seconds", required_argument, NULL, 't' },
		{ "baseline", required_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "tap", no_argument, NULL, 'T' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	static const char *const prot_words[] = { "r", "w", "rw", NULL };
	static const int prots[] = { PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE };
	static const char *const flag_words[] = { "shared", "private", NULL };
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE };
	struct subject subject = { .fd = -1, .reader = -1 };
	unsigned int seconds = 10;
	enum format format = TABLE;
	bool memory = false;
	size_t length = 0;
	const char *command = command_for(argv, argc);
	int letter, fd = -1;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":lh", options, NULL)) != -1) {
		switch (letter) {
		case 'l':
			print_list();
			return EXIT_CLEAN;
		case 'F':
			fd = (int)parse_number("--fd", optarg, INT_MAX);
			break;
		case 'L':
			length = parse_pages("--length", optarg);
			if (!length)
				usage_error("--length takes a page at least");
			break;
		case 'O':
			subject.offset = (off_t)parse_pages("--offset", optarg);
			break;
		case 'p':
			subject.prot = parse_word("--prot", optarg, prot_words, prots);
			break;
		case 'f':
			subject.flags = parse_word("--flags", optarg, flag_words, flags);
			break;
		case 'm':
			memory = true;
			break;
		case 'o':
			add_word(only, &only_count, optarg);
			break;
		case 's':
			add_word(skipped, &skip_count, optarg);
			break;
		case 'd':
			dangerous = true;
			break;
		case 'S':
			dangerous = false;
			break;
		case 'a':
			become(optarg);
			break;
		case 't':
			seconds = (unsigned int)parse_number("--seconds", optarg, 3600);
			if (!seconds)
				usage_error("--seconds takes a second at least");
			break;
		case 'b':
			baseline_read(optarg);
			break;
		case 'j':
			format = JSON;
			break;
		case 'T':
			format = TAP;
			break;
		case 'h':
			help();
			return EXIT_CLEAN;
		case 'V':
			puts("vmaudit " LIBVMADEV_VERSION);
			return EXIT_CLEAN;
		case ':':
			usage_error("%s needs an argument", argv[optind - 1]);
		default:
			usage_error("no option %s, or not this way", argv[optind - 1]);
		}
	}
	if (fd < 0 && argc - optind == 2 && isdigit(*argv[optind]))
		return audit_process(argv[optind], argv[optind + 1], format, command);
	subject.length = length ? length : 16 * page_size();
	watch_opening(argc > optind ? argv[optind] : "--fd", seconds);
	open_subject(&subject, length, fd, argv + optind, argc - optind);
	opening_is_over();
	if (memory)
		subject.traits &= ~TRAIT_REGISTERS;
	survey(&subject, !length && !(subject.traits & TRAIT_SIZED), seconds);
	return audit_all(&subject, seconds, format, command);
}
