// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl crash: what a power cut leaves of a region of media. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "vmactl.h"

enum { EACH = 256, EVERY, CHECK, LIST, KEEP, SEED, STATES, TEAR, SIGBUS_, TO, DIR_ };

static const char *keep_word(__u32 index)
{
	static const char *const words[] = { "none", "all", "random" };

	return index <= ARRAY_SIZE(words) ? words[index - 1] : NULL;
}

static const struct choice choices[] = {
	{ LIST, "list", NULL, "only tell which pages are not durable", NULL },
	{ EACH, "each", NULL, "run COMMAND on each state that a crash may leave", NULL },
	{ EVERY, "every-sync", NULL, "run COMMAND, and try them at each of its syncs", NULL },
	{ CHECK, "check", "CHECKER", "what is run on them, in words: ./check %f", NULL },
	{ STATES, "states", "N", "on so many at most (4096 of 12 pages, else 1000)", NULL },
	{ KEEP, "keep", "PAGES", "crash with these kept: 0,4-7, or", keep_word },
	{ SEED, "seed", "N", "of what is random (1)", NULL },
	{ TEAR, "tear", "BYTES", "keep sectors of 512 or 4096 by the seed, not pages", NULL },
	{ TO, "to", "FILE", "write the state there; the region goes on", NULL },
	{ SIGBUS_, "sigbus", NULL, "mappings of before raise SIGBUS", NULL },
	{ DIR_, "dir", "DIR", "of all files in DIR, and names, a mounted vmadev", NULL },
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

struct request {
	struct target target;
	const char *keep, *to;
	bool each, every, list, sigbus;
	char **command;
	struct search search;
};

static void check_request(const struct request *request)
{
	if (request->each + request->every + request->list + !!request->keep != 1)
		usage_error("give one of --list, --each, --every-sync and --keep PAGES");
	if (request->sigbus && (request->to || !request->keep))
		usage_error("--sigbus goes with a crash in place");
	if (request->search.folder_of && request->keep && request->to)
		usage_error("--dir and --keep cut the power in place, so --to is one too many");
	if (request->search.folder_of && (request->target.device || request->target.region))
		usage_error("--dir names the regions, so --device or --region is one too many");
	if (request->every != !!request->search.checker)
		usage_error("--every-sync and --check CHECKER go together");
}

/* What stands between blanks, for as long as this runs; there is no way to quote one. */
static char **words_of(char *text)
{
	char **words = calloc(strlen(text) / 2 + 2, sizeof(*words)), *rest;
	size_t count = 0;

	if (!words)
		die("%s", strerror(errno));
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	if (!count)
		usage_error("--check takes a command");
	return words;
}

/* Of how many pages are all states so few? */
static size_t most_of(unsigned long states)
{
	size_t pages = 0;

	while (pages < EACH_MOST && 2UL << pages <= states)
		pages++;
	return pages;
}

static void parse(const struct command *self, int argc, char **argv, struct request *request)
{
	bool runs;
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		switch (letter) {
		case EACH:
			request->each = true;
			break;
		case EVERY:
			request->every = true;
			break;
		case CHECK:
			request->search.checker = words_of(optarg);
			break;
		case LIST:
			request->list = true;
			break;
		case KEEP:
			request->keep = optarg;
			break;
		case SEED:
			request->search.seed = parse_number("--seed", optarg, 10, ~0UL);
			break;
		case STATES:
			request->search.states = parse_number("--states", optarg, 10, ~0UL);
			request->search.most = most_of(request->search.states);
			break;
		case TEAR:
			request->search.tear = (__u32)parse_bytes("tear", optarg);
			break;
		case TO:
			request->to = optarg;
			break;
		case DIR_:
			request->search.folder_of = optarg;
			break;
		case SIGBUS_:
			request->sigbus = true;
			break;
		default:
			target_option(&request->target, letter);
		}
	}
	check_request(request);
	runs = request->each || request->every;
	request->command = operands(argc, argv, runs, runs ? argc : 0);
	if (request->each)
		request->search.checker = request->command;
}

static int each(struct search *search, const char *to)
{
	crash_list(search);
	if (!crash_each(search))
		return crash_tell(search, to);
	printf("%lu states%s, each passes\n", search->tried, crash_sampled(search));
	return 0;
}

static __u32 keep_mode(struct search *search, const char *text)
{
	for (__u32 i = 1; keep_word(i); i++)
		if (!strcmp(keep_word(i), text))
			return i;
	if (search->folder_of)
		usage_error("--keep takes none, all or random of a folder, not '%s'", text);
	crash_look(search, false);
	memset(search->kept.words, 0, (search->kept.total / 64 + 1) * sizeof(*search->kept.words));
	pages_parse(&search->kept, text);
	return VMADEV_KEEP_LIST;
}

static int crash(struct request *request)
{
	struct search *search = &request->search;
	struct vmadev_crash crash = {
		.mode = keep_mode(search, request->keep),
		.flags = request->sigbus ? VMADEV_CRASH_SIGBUS : 0,
		.tear = search->tear,
		.seed = search->seed,
	};
	struct vmadev_info info;
	int state;

	if (search->folder_of) {
		crash_folder(search->folder_of, &crash);
		return 0;
	}
	if (vmadev_info(search->region, &info, sizeof(info)))
		die_vmadev();
	if (crash.mode == VMADEV_KEEP_LIST) {
		crash.list = (uintptr_t)search->kept.words;
		crash.nr_pages = search->kept.total;
	}
	if (!request->to) {
		if (vmadev_crash_revert(search->region, &crash, sizeof(crash)))
			die_vmadev();
		return 0;
	}
	state = vmadev_crash_fork(search->region, &crash, sizeof(crash));
	if (state < 0)
		die_vmadev();
	crash_save(state, request->to, info.bytes);
	return 0;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct request request = {
		.search = { .region = -1, .seed = 1, .states = 1000, .most = EACH_MOST },
	};

	parse(self, argc, argv, &request);
	if (!request.search.folder_of)
		request.search.region = target_open(&request.target, O_RDWR);
	if (request.every)
		return crash_every_sync(&request.search, request.command, request.to);
	if (request.list || request.each)
		crash_look(&request.search, request.each);
	if (request.list)
		return crash_list(&request.search);
	if (request.each)
		return each(&request.search, request.to);
	return crash(&request);
}

const struct command command_crash = {
	.name = "crash",
	.operands = "[COMMAND [ARGUMENT...]]",
	.summary = "a power cut, or what each one would leave, of a region of media",
	.about = "What was not made durable by msync, fsync or fdatasync is lost, and a name\n"
		 "whose folder was not synced. COMMAND finds the state in the file\n"
		 "$VMADEV_STATE, or where it has the argument %f. With --every-sync that is\n"
		 "what CHECKER finds, and COMMAND a program to run.",
	.choices = choices,
	.leading = true,
	.run = run,
};
