// SPDX-License-Identifier: GPL-2.0-or-later
/* vmactl crash: what a power cut leaves of a region of media. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
#include "vmactl.h"

enum { EACH = 256, LIST, KEEP, SEED, STATES, TEAR, SIGBUS_, TO };

static const char *keep_word(__u32 index)
{
	static const char *const words[] = { "none", "all", "random" };

	return index <= ARRAY_SIZE(words) ? words[index - 1] : NULL;
}

static const struct choice choices[] = {
	{ LIST, "list", NULL, "only tell which pages are not durable", NULL },
	{ EACH, "each", NULL, "run COMMAND on each state that a crash may leave", NULL },
	{ STATES, "states", "N", "on so many, if more than 12 pages are dirty (1000)", NULL },
	{ KEEP, "keep", "PAGES", "crash with these kept: 0,4-7, or", keep_word },
	{ SEED, "seed", "N", "of what is random (1)", NULL },
	{ TEAR, "tear", "BYTES", "keep sectors of 512 or 4096 by the seed, not pages", NULL },
	{ TO, "to", "FILE", "write the state there; the region goes on", NULL },
	{ SIGBUS_, "sigbus", NULL, "mappings of before raise SIGBUS", NULL },
	CHOICE_DEVICE, CHOICE_REGION, { 0 }
};

struct request {
	struct target target;
	const char *keep, *to;
	bool each, list, sigbus;
	struct search search;
};

static void parse(const struct command *self, int argc, char **argv, struct request *request)
{
	int letter;

	while ((letter = next_option(self, argc, argv)) != -1) {
		switch (letter) {
		case EACH:
			request->each = true;
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
			break;
		case TEAR:
			request->search.tear = (__u32)parse_bytes("tear", optarg);
			break;
		case TO:
			request->to = optarg;
			break;
		case SIGBUS_:
			request->sigbus = true;
			break;
		default:
			target_option(&request->target, letter);
		}
	}
	if (request->each + request->list + !!request->keep != 1)
		usage_error("give one of --list, --each and --keep PAGES");
	if (request->sigbus && (request->to || request->each || request->list))
		usage_error("--sigbus goes with a crash in place");
	request->search.checker = operands(argc, argv, request->each, request->each ? argc : 0);
}

/* Which pages are not durable; @kept has room for all. */
static void look(struct search *search)
{
	struct vmadev_info info;
	long long count;

	if (vmadev_info(search->region, &info, sizeof(info)))
		die_vmadev();
	search->kept = pages_new(info.bytes / info.page_size);
	count = vmadev_unsynced(search->region, 0, 0, search->kept.words);
	if (count < 0)
		die_vmadev();
	search->dirty = calloc((size_t)count + 1, sizeof(*search->dirty));
	if (!search->dirty)
		die("%s", strerror(errno));
	for (size_t page = 0; page < search->kept.total && search->count < (size_t)count; page++)
		if (pages_has(&search->kept, page))
			search->dirty[search->count++] = page;
}

static int list(const struct search *search)
{
	printf("%zu of %zu pages are not durable: %s\n", search->count, search->kept.total,
	       pages_text(&search->kept));
	return 0;
}

/* Of both copies as they are now, so that programs may go on meanwhile. */
static void hold_still(struct search *search)
{
	struct vmadev_crash crash = { .mode = VMADEV_KEEP_ALL, .flags = VMADEV_CRASH_LIVE };
	int still = vmadev_crash_fork(search->region, &crash, sizeof(crash));

	if (still < 0)
		die_vmadev();
	close(search->region);
	search->region = still;
}

static void tell_failure(struct search *search, const char *to)
{
	printf("state %lu fails: it keeps %s", search->tried, pages_text(&search->kept));
	if (search->count > EACH_MOST)
		printf(" (seed %llu, made small)", (unsigned long long)search->seed);
	puts("; the checker says of it:");
	crash_passes(search, true);
	if (to)
		crash_save(crash_state(search), to);
}

static int each(struct search *search, const char *to)
{
	bool all;

	hold_still(search);
	look(search);
	all = search->count <= EACH_MOST;
	list(search);
	if (crash_each(search)) {
		printf("%lu states%s, each passes\n", search->tried,
		       all ? "" : " of more, by the seed");
		return 0;
	}
	tell_failure(search, to);
	return 1;
}

static __u32 keep_mode(struct search *search, const char *text)
{
	for (__u32 i = 1; keep_word(i); i++)
		if (!strcmp(keep_word(i), text))
			return i;
	look(search);
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
	int state;

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
	crash_save(state, request->to);
	return 0;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct request request = { .search = { .seed = 1, .states = 1000 } };

	parse(self, argc, argv, &request);
	request.search.region = target_open(&request.target, O_RDWR);
	if (request.each)
		return each(&request.search, request.to);
	if (!request.list)
		return crash(&request);
	look(&request.search);
	return list(&request.search);
}

const struct command command_crash = {
	.name = "crash",
	.operands = "[COMMAND [ARGUMENT...]]",
	.summary = "a power cut, or what each one would leave, of a region of media",
	.about = "What was not made durable by msync, fsync or fdatasync is lost. COMMAND finds\n"
		 "the state in the file $VMADEV_STATE, or where it has the argument %f.",
	.choices = choices,
	.leading = true,
	.run = run,
};
