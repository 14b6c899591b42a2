// SPDX-License-Identifier: GPL-2.0-or-later
/* The guide: knows the programs and their order, runs them, and counts. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tour.h"
#include "lib/util.h"

#define EXIT_USAGE 2
#define EXIT_SKIP 4

static const struct {
	const char *chapter, *name;
} programs[] = {
	{ "Where things are", "layout" },
	{ NULL, "heap" },
	{ NULL, "malloc" },
	{ NULL, "stack" },
	{ "What a mapping is of", "file" },
	{ NULL, "shared" },
	{ NULL, "private" },
	{ NULL, "anonymous" },
	{ "The life of a mapping", "lifecycle" },
	{ NULL, "lock" },
	{ NULL, "msync" },
	{ NULL, "crash" },
	{ "Many mappings", "split-merge" },
	{ NULL, "fixed" },
	{ NULL, "offsets" },
	{ NULL, "search" },
	{ NULL, "rmap" },
	{ NULL, "huge" },
	{ "When it goes wrong", "fault" },
	{ NULL, "revoke" },
	{ "What it is good for", "copy" },
	{ NULL, "ipc" },
	{ NULL, "dirty" },
};

static bool chosen[ARRAY_SIZE(programs)], plain, tap, markdown, trace;
static int ran, failed;

static void print_help(void)
{
	puts("tour: a guided tour of memory mapping\n\n"
	     "Usage: tour [OPTION...] [PROGRAM...]\n\n"
	     "  -a, --all        all programs (as without any name)\n"
	     "  -l, --list       name them\n"
	     "  -t, --test NAME  as PROGRAM\n"
	     "  -p, --plain      no colours, also on a terminal\n"
	     "      --trace      each program under vmatrace: its calls, and why VMAs change\n"
	     "      --tap        the verdicts as TAP, what the programs say as comments\n"
	     "      --markdown   as a page of Markdown\n"
	     "  -h, --help       this text\n\n"
	     "Exit status: 0 all held, 1 something did not, 2 wrong usage.");
}

/* Start a program; its output goes to ours, or, for TAP, to *@output. */
static pid_t launch(const char *name, const char *option, FILE **output)
{
	char *path = strdup(beside(name));
	int ends[2];
	pid_t pid;

	fflush(stdout);
	if (!path || (output && pipe(ends)))
		return -1;
	pid = fork();
	if (!pid) {
		if (output)
			dup2(ends[1], STDOUT_FILENO);
		/* By ptrace: then each call is told before the program goes on. */
		if (trace)
			execl(beside("../bin/vmatrace"), "vmatrace", "--by", "ptrace", path, option,
			      NULL);
		else
			execl(path, name, option, NULL);
		printf("cannot start %s: %s\n", trace ? "vmatrace" : path, strerror(errno));
		exit(1);
	}
	free(path);
	if (!output)
		return pid;
	close(ends[1]);
	*output = fdopen(ends[0], "r");
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_as_comments(const char *name)
{
	char *line = NULL;
	size_t room = 0;
	FILE *output = NULL;
	pid_t pid = launch(name, "--plain", &output);

	while (output && getline(&line, &room, output) > 0)
		printf("# %s", line);
	if (output)
		fclose(output);
	free(line);
	return finish(pid);
}

static void visit(const char *name)
{
	int status;

	ran++;
	if (markdown)
		printf("\n### %s\n\n```text\n", name);
	status = tap ? run_as_comments(name) : finish(launch(name, plain ? "--plain" : NULL, NULL));
	failed += status && status != EXIT_SKIP;
	if (tap)
		printf("%s %d %s%s\n", status && status != EXIT_SKIP ? "not ok" : "ok", ran, name,
		       status == EXIT_SKIP ? " # SKIP nothing of it can run here" : "");
	else
		puts(markdown ? "```" : "");
	if (status > 128)
		printf("%s%s was killed by signal %d\n", tap ? "# " : "", name, status - 128);
}

static void print_chapter(const char *chapter)
{
	static int number;

	number++;
	if (markdown)
		printf("\n## %d. %s\n", number, chapter);
	else if (!tap)
		printf("---- Chapter %d: %s %.*s\n\n", number, chapter, (int)(62 - strlen(chapter)),
		       "--------------------------------------------------------------");
}

/* The first line of a program's --help is its name and what it shows. */
static void list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		FILE *output = NULL;
		pid_t pid = launch(programs[i].name, "--help", &output);
		char line[128] = "", *title;

		if (output && fgets(line, sizeof(line), output))
			line[strcspn(line, "\n")] = '\0';
		if (output)
			fclose(output);
		finish(pid);
		title = strstr(line, ": ");
		if (programs[i].chapter)
			printf("%s%s\n", i ? "\n" : "", programs[i].chapter);
		printf("  %-12s %s\n", programs[i].name, title ? title + 2 : line);
	}
}

static bool choose(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (strcmp(programs[i].name, name))
			continue;
		chosen[i] = true;
		return true;
	}
	fprintf(stderr, "tour: there is no \"%s\"; tour --list names what there is\n", name);
	return false;
}

static void print_preface(size_t count)
{
	struct utsname host;

	if (tap)
		printf("TAP version 13\n1..%zu\n", count);
	if (!markdown || uname(&host))
		return;
	printf("<!-- Made by tour --all --plain --markdown; do not edit. -->\n"
	       "# The tour\n\n"
	       "What its programs print. Each says what will happen, does it, shows the mappings\n"
	       "before and after (`+` new, `-` gone, `~` changed), says why, and checks it.\n\n"
	       "`make tour` runs them here, `make demo` in a virtual machine that has the device,\n"
	       "`make demo TOUR=stack` one of them. This was printed on Linux %s (%s).\n",
	       host.release, host.machine);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "list", no_argument, NULL, 'l' },
		{ "test", required_argument, NULL, 't' },
		{ "plain", no_argument, NULL, 'p' },
		{ "tap", no_argument, NULL, 'T' },
		{ "trace", no_argument, NULL, 'r' },
		{ "markdown", no_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	size_t count = 0;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "alt:ph", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			break;
		case 'l':
			list();
			return 0;
		case 't':
			if (!choose(optarg))
				return EXIT_USAGE;
			break;
		case 'p':
			plain = true;
			break;
		case 'T':
			tap = true;
			break;
		case 'r':
			trace = true;
			break;
		case 'm':
			markdown = true;
			break;
		case 'h':
			print_help();
			return 0;
		default:
			fprintf(stderr, "tour: unknown option %s: try tour --help\n",
				argv[optind - 1]);
			return EXIT_USAGE;
		}
	}
	for (; optind < argc; optind++)
		if (!choose(argv[optind]))
			return EXIT_USAGE;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		count += chosen[i];
	print_preface(count ? count : ARRAY_SIZE(programs));
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (!count && programs[i].chapter)
			print_chapter(programs[i].chapter);
		if (!count || chosen[i])
			visit(programs[i].name);
	}
	if (markdown)
		puts("\n<!-- End. -->");
	else if (ran > 1 && !tap)
		printf("%d of %d programs: all that they claim holds.\n", ran - failed, ran);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
