// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of others: of each of their processes the last VMAs are as maps shows them. */
#include <glob.h>

#include "run.h"

#define SOURCE "/tmp/vmatrace-hello.c"

FIXTURE(by)
{
};

FIXTURE_VARIANT(by)
{
	const char *by;
};

FIXTURE_VARIANT_ADD(by, ptrace) { .by = "ptrace" };
FIXTURE_VARIANT_ADD(by, ptrace_once) { .by = "ptrace-once" };
FIXTURE_VARIANT_ADD(by, seccomp) { .by = "seccomp" };
FIXTURE_VARIANT_ADD(by, perf) { .by = "perf" };

FIXTURE_SETUP(by)
{
	const char *why = cannot(_metadata, variant->by);
	FILE *file = fopen(SOURCE, "we");

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, file);
	fputs("int main(void) { return 0; }\n", file);
	ASSERT_EQ(0, fclose(file));
}

FIXTURE_TEARDOWN(by)
{
	unlink(SOURCE);
}

static void expect_as_shown(struct __test_metadata *_metadata, const char *by,
			    const char *const *program)
{
	const char *args[MOST_ARGS + 1] = { "--by", by, "-c", "--check" };
	static struct run run;

	for (int i = 0; program[i]; i++)
		args[4 + i] = program[i];
	vmatrace(_metadata, &run, args);
	EXPECT_EQ(0, run.status) {
		TH_LOG("%s: %.2000s", program[0], run.said);
	}
	EXPECT_SAID(&run, "mmap");
}

#define EXPECT_AS_SHOWN(program, ...) \
	do { \
		if (access(program, X_OK)) \
			SKIP(return, "no " program " here"); \
		expect_as_shown(_metadata, variant->by, \
				(const char *const[]){ program, __VA_ARGS__, NULL }); \
	} while (0)

TEST_F(by, python)
{
	EXPECT_AS_SHOWN("/usr/bin/python3", "-c", "import json, ssl, sqlite3");
}

TEST_F(by, compiler)
{
	EXPECT_AS_SHOWN("/usr/bin/gcc", "-c", SOURCE, "-o", "/dev/null");
}

TEST_F(by, pipeline)
{
	EXPECT_AS_SHOWN("/bin/bash", "-c", "seq 1000 | sort -r | (cat; true) | wc -l");
}

TEST_F(by, node_with_threads)
{
	EXPECT_AS_SHOWN("/usr/bin/node", "-e", "const { Worker } = require('worker_threads');"
			"for (let i = 0; i < 4; i++) new Worker('1 + 1', { eval: true });");
}

TEST_F(by, java)
{
	EXPECT_AS_SHOWN("/usr/bin/java", "-Xmx64m", "-version");
}

TEST_F_TIMEOUT(by, browser, 120)
{
	EXPECT_AS_SHOWN("/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
			"--user-data-dir=/tmp/vmatrace-chromium", "--virtual-time-budget=1",
			"--print-to-pdf=/tmp/vmatrace.pdf", "about:blank");
	unlink("/tmp/vmatrace.pdf");
}

/* A server, its processes and its shared memory, by a user that it does not refuse. */
TEST_F_TIMEOUT(by, database, 120)
{
	static const char script[] =
		"dir=$(mktemp -d) && trap 'rm -r $dir' EXIT\n"
		"[ $(id -u) != 0 ] || { chown nobody $dir; as='setpriv --reuid=nobody --clear-groups'; }\n"
		"$as sh -ec 'cd $1; $0/initdb -D data --no-sync >log; $0/pg_ctl -sw -D data -l log "
		"-o \"-k $1 -h \\\"\\\"\" start; $0/pg_ctl -sw -D data -m fast stop' $0 $dir\n";
	glob_t found;

	if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found))
		SKIP(return, "no /usr/lib/postgresql here");
	expect_as_shown(_metadata, variant->by,
			(const char *const[]){ "/bin/sh", "-c", script, found.gl_pathv[0], NULL });
	globfree(&found);
}

TEST_HARNESS_MAIN
