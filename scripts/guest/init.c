// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of the test guest. It follows /plan, whose lines are
 *
 *	nonce WORD			how the verdict is signed
 *	module FILE PARAMETER...	a kernel module to load
 *	write FILE WORD			into a file of sysfs
 *	mount DEVICE FOLDER TYPE OPTIONS
 *	raw				programs own the console (shell, demo)
 *	mutant NAME FOLDER		from here on the module is the one in the folder, until a
 *					program fails
 *	reach				load the module anew for each, and tell what of it ran
 *	run NAME SECONDS PARAMETERS USER COMMAND...	for PARAMETERS see system.c
 *
 * and reports as TAP, a program a test, its own tests indented below it. The
 * last line is the verdict; a guest that dies before does not give one.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define MAX_WORDS	64

/* Our module is not Debian's and not signed, and KUnit leaves a mark: that much is expected. */
#define TAINT_EXPECTED	((1UL << 12) | (1UL << 13) | (1UL << 18))

static char nonce[64] = "none";
static bool raw, reach;
static int tests, failed;

/* The mutant that is tried, and whether what becomes of it is known. */
static char mutant[64];
static bool judged;

/* The kernel complained, or is not to be trusted for another reason. */
static bool spoiled;

static void say(const char *why, const char *name)
{
	tests++;
	if (!why)
		printf("ok %d %s\n", tests, name);
	else if (!strcmp(why, "SKIP"))
		printf("ok %d %s # SKIP\n", tests, name);
	else
		printf("not ok %d %s # %s\n", tests, name, why);
	if (why && strcmp(why, "SKIP"))
		failed++;
	fflush(stdout);
}

/* A reason, and the kernel's own words for it. */
static const char *reason(const char *why, const char *message)
{
	static char room[512];

	snprintf(room, sizeof(room), "%s: %s", why, message);
	return room;
}

/* The kernel's side of a test: its log, its taint, lockdep. */
static const char *check_kernel(const char *why)
{
	static unsigned long seen = TAINT_EXPECTED;
	unsigned long taint = system_taint();
	const char *splat = klog_collect();

	if (splat)
		why = reason("the kernel complained", splat);
	else if (taint & ~seen)
		why = "the kernel is tainted";
	else if (system_lockdep_off())
		why = "lockdep is off";
	spoiled |= splat || taint & ~seen || system_lockdep_off();
	seen |= taint;
	if (why && strcmp(why, "SKIP"))
		klog_print();
	return why;
}

/* Run a program on the module that it wants; a reason is good until the next call. */
static const char *try(const struct run *program)
{
	static char room[64];
	long begin = clock_ms();
	const char *why;

	if (!raw)
		printf("# Subtest: %s\n", program->name);
	if (reach)
		system_module_set("-");
	why = system_module_set(program->params) ? NULL : "the module is not as the test needs it";
	why = check_kernel(why);
	if (reach)
		reach_print("loading reached");
	if (!why) {
		why = check_kernel(run_program(program, room, sizeof(room)));
		if (!why && program->user && klog_spoke()) {
			why = reason("the kernel log is not quiet", klog_spoke());
			klog_print();
		}
	}
	if (reach)
		reach_print("it reached");
	if (!raw)
		printf("# %s took %ld ms\n", program->name, clock_ms() - begin);
	return why;
}

static bool is_failure(const char *why)
{
	return why && strcmp(why, "SKIP");
}

static void judge(const char *verdict)
{
	printf("mutant %s %s\n", mutant, verdict);
	fflush(stdout);
	judged = true;
}

/*
 * What fails with the mutant has to pass with the module as it is: else the kernel is
 * no longer fit to tell of any; or the machine is so busy that no program is in time.
 */
static void judge_failure(const struct run *program)
{
	const char *why = "the module does not go";

	if (system_module_use(MODULE_FOLDER))
		why = try(program);
	spoiled |= is_failure(why);
	if (!spoiled)
		judge("killed");
	else if (why && !strncmp(why, "timeout", strlen("timeout")))
		judge("met a slow machine");
	else
		judge("spoiled the guest");
}

static void run(char **words, int count)
{
	struct run program = { .raw = raw, .once = *mutant };
	const char *why;

	if (judged)
		return;
	if (count < 5) {
		say("bad line in the plan", "run");
		return;
	}
	program.name = words[0];
	program.timeout = atoi(words[1]);
	program.params = words[2];
	program.user = atoi(words[3]);
	program.argv = words + 4;
	why = try(&program);
	say(why, program.name);
	if (*mutant && is_failure(why))
		judge_failure(&program);
}

static const char *unload(void)
{
	if (!system_module_set("-"))
		return "the module does not go";
	return leaks_watched() && leaks_found() ? "memory leaked" : NULL;
}

/* Put the module away, as the last test of all. */
static void finish(void)
{
	int before = failed;

	/* Before the names in its stack traces go with the module, and after. */
	if (leaks_watched())
		say(check_kernel(leaks_found() ? "memory leaked" : NULL), "leaks");
	say(check_kernel(unload()), "unload");
	spoiled |= failed > before;
}

static void mutant_end(void)
{
	if (!*mutant || judged)
		return;
	finish();
	judge(spoiled ? "spoiled the guest" : "survived");
}

static void mutant_begin(const char *name, const char *folder)
{
	mutant_end();
	if (spoiled)
		return;
	snprintf(mutant, sizeof(mutant), "%s", name);
	printf("# mutant %s\n", mutant);
	judged = false;
	if (!system_module_use(folder)) {
		spoiled = true;
		judge("spoiled the guest");
	}
}

static void follow(char *line)
{
	char *words[MAX_WORDS + 1] = { NULL };
	int count = 0;

	for (char *w = strtok(line, "\n "); w && count < MAX_WORDS; w = strtok(NULL, "\n "))
		words[count++] = w;
	if (!count)
		return;

	if (!strcmp(words[0], "nonce") && count == 2) {
		snprintf(nonce, sizeof(nonce), "%s", words[1]);
	} else if (!strcmp(words[0], "raw")) {
		raw = true;
	} else if (!strcmp(words[0], "mutant") && count == 3) {
		mutant_begin(words[1], words[2]);
	} else if (!strcmp(words[0], "reach")) {
		reach = true;
	} else if (!strcmp(words[0], "module") && count >= 2) {
		char params[512] = "";
		int err;

		for (int i = 2; i < count; i++) {
			if (i > 2)
				strncat(params, " ", sizeof(params) - strlen(params) - 1);
			strncat(params, words[i], sizeof(params) - strlen(params) - 1);
		}
		err = system_insmod(words[1], params);
		if (err)
			printf("# cannot load %s: %s\n", words[1], strerror(err));
	} else if (!strcmp(words[0], "write") && count == 3) {
		system_write(words[1], words[2]);
	} else if (!strcmp(words[0], "mount") && count == 5) {
		system_mount_device(words[1], words[2], words[3], words[4]);
	} else if (!strcmp(words[0], "run")) {
		run(words + 1, count - 1);
	} else {
		say("unknown line in the plan", words[0]);
	}
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	const char *splat;
	FILE *plan;

	setenv("PATH", "/bin:/t", 1);
	setenv("HOME", "/tmp", 1);
	system_mount();
	system_module_use(MODULE_FOLDER);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		system_hold_probes();
	system_watch_races();
	plan = fopen("/plan", "re");
	if (!plan)
		printf("# there is no /plan\n");
	printf("TAP version 13\n");
	splat = klog_collect();
	if (splat)
		say(reason("the kernel complained", splat), "boot");
	while (!(*mutant && spoiled) && plan && getline(&line, &room, plan) > 0)
		follow(line);
	mutant_end();

	if (!raw && !*mutant) {
		finish();
		if (gcov_wanted())
			say(gcov_send() ? NULL : "cannot send it to the host", "coverage");
		printf("1..%d\n", tests);
	}
	printf("vmrun=%s:failed=%d:taint=%lu\n", nonce, failed, system_taint());
	system_power_off();
}
