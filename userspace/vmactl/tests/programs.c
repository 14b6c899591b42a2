// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What programs that nobody here wrote do when their mapping misbehaves: each runs on a file of
 * a mounted vmadev, then once more with a rule on it. What came of it is printed too, which
 * scripts/survive makes a table of; where its guest has more programs, more tests run.
 */
#include "run.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libvmadev.h"

#define LINES	20000
#define ENTRIES	300		/* of a journal */
#define RECORDS	40		/* of a database, */
#define BYTES	1500		/* each of so many bytes */
#define READ	"page 9: read sigbus"
#define WRITE	"page 9: write sigbus"
#define SYNC	"all: msync errno=EIO"	/* fsync too */

enum outcome {
	NOT_MAPPED,	/* it uses read(2), and comes to no harm */
	AS_EVER,	/* no matter what */
	KILLED,		/* by SIGBUS */
	FAILS,		/* and says why */
	PART,		/* it succeeds, with a part of its output */
};

/* What came of a run, in words too; and a line that it printed. */
struct ended {
	enum outcome how;
	char text[80], line[160];
};

FIXTURE(program)
{
	char dir[32], cwd[64];
	const char *found;
};

/**
 * struct program - one that is run, in a folder where "m" is the mounted vmadev
 * @what:    of the table, in words
 * @package: where the program is from
 * @rule:    on the file @file
 * @make:    makes the file; NULL: it is m/lines, of numbers
 * @run:     what is run; no more than MOST_ARGS
 * @how:     comes of it
 * @says:    in a line of what it prints then, or NULL
 */
FIXTURE_VARIANT(program)
{
	const char *what, *package, *file, *rule;
	const char *make[8], *run[10];
	enum outcome how;
	const char *says;
};

#define ON_LINES .file = "m/lines", .make = { NULL }

#define SUM "import mmap; f = open('m/lines', 'r+b'); m = mmap.mmap(f.fileno(), 0); "

FIXTURE_VARIANT_ADD(program, rg)
{
	"`rg`, on a file that is named", "ripgrep", ON_LINES, .rule = READ,
	.run = { "rg", "-c", "9", "m/lines" }, .how = KILLED,
};

FIXTURE_VARIANT_ADD(program, rg_no_mmap)
{
	"`rg --no-mmap`", "ripgrep", ON_LINES, .rule = READ,
	.run = { "rg", "--no-mmap", "-c", "9", "m/lines" }, .how = NOT_MAPPED,
};

FIXTURE_VARIANT_ADD(program, grep)
{
	"`grep`", "grep", ON_LINES, .rule = READ,
	.run = { "grep", "-c", "9", "m/lines" }, .how = NOT_MAPPED,
};

FIXTURE_VARIANT_ADD(program, cp)
{
	"`cp`", "coreutils", ON_LINES, .rule = READ,
	.run = { "cp", "m/lines", "copy" }, .how = NOT_MAPPED,
};

FIXTURE_VARIANT_ADD(program, sync)
{
	"`sync FILE`", "coreutils", ON_LINES, .rule = SYNC,
	.run = { "sync", "m/lines" }, .how = FAILS, .says = "error syncing",
};

FIXTURE_VARIANT_ADD(program, git)
{
	"`git hash-object`", "git", ON_LINES, .rule = READ,
	.run = { "git", "hash-object", "m/lines" }, .how = KILLED,
};

FIXTURE_VARIANT_ADD(program, python_load)
{
	"Python, `mmap.mmap`: a slice", "python3.11-minimal", ON_LINES, .rule = READ,
	.run = { "python3.11", "-I", "-S", "-c", SUM "print(sum(m[:]))" }, .how = KILLED,
};

FIXTURE_VARIANT_ADD(program, python_faulthandler)
{
	"... with `-X faulthandler`", "python3.11-minimal", ON_LINES,
	.rule = READ, .run = { "python3.11", "-I", "-S", "-X", "faulthandler", "-c",
			       SUM "print(sum(m[:]))" },
	.how = KILLED, .says = "Fatal Python error",
};

FIXTURE_VARIANT_ADD(program, python_store)
{
	"Python: a store to `mmap.mmap`", "python3.11-minimal", ON_LINES,
	.rule = WRITE,
	.run = { "python3.11", "-I", "-S", "-c", SUM "m[40000] = 7; print(m[40000])" },
	.how = KILLED,
};

FIXTURE_VARIANT_ADD(program, python_flush)
{
	"Python: `mmap.flush`", "python3.11-minimal", ON_LINES, .rule = SYNC,
	.run = { "python3.11", "-I", "-S", "-c", SUM "m[0] = 7; m.flush(); print(m[0])" },
	.how = FAILS, .says = "OSError",
};

#define MAKE_DB "CREATE TABLE t (x); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 " \
		"FROM c WHERE i < 40) INSERT INTO t SELECT printf('%.1500c', 'x') FROM c;"
#define MAPPED "PRAGMA mmap_size=1048576; "
#define COUNT "SELECT sum(x > '') FROM t;"
#define ON_DB .file = "m/db", .make = { "sqlite3", "-batch", "m/db", MAKE_DB }

FIXTURE_VARIANT_ADD(program, sqlite_mapped)
{
	"`sqlite3`, with `PRAGMA mmap_size`", "sqlite3", ON_DB, .rule = READ,
	.run = { "sqlite3", "-batch", "m/db", MAPPED COUNT },
	.how = KILLED,
};

FIXTURE_VARIANT_ADD(program, sqlite_not_mapped)
{
	"... without", "sqlite3", ON_DB, .rule = READ,
	.run = { "sqlite3", "-batch", "m/db", COUNT }, .how = NOT_MAPPED,
};

FIXTURE_VARIANT_ADD(program, sqlite_syncs)
{
	"... a transaction", "sqlite3", ON_DB, .rule = SYNC,
	.run = { "sqlite3", "-batch", "m/db", "INSERT INTO t VALUES (7);" },
	.how = FAILS, .says = "disk I/O error",
};

#define ON_LMDB .file = "m/lmdb", .make = { "mdb_load", "-n", "-f", "dump", "m/lmdb" }

FIXTURE_VARIANT_ADD(program, lmdb_load)
{
	"LMDB, `mdb_dump`", "lmdb-utils", ON_LMDB, .rule = READ,
	.run = { "mdb_dump", "-n", "-p", "m/lmdb" }, .how = KILLED,
};

FIXTURE_VARIANT_ADD(program, lmdb_syncs)
{
	"LMDB, `mdb_load`", "lmdb-utils", ON_LMDB, .rule = SYNC,
	.run = { "mdb_load", "-n", "-f", "dump", "m/lmdb" },
	.how = FAILS, .says = "txn_commit: Input/output error",
};

#define JOURNALD "systemd-journal-remote"
#define ON_JOURNAL .file = "m/x.journal", .make = { JOURNALD, "--output=m/x.journal", "export" }

FIXTURE_VARIANT_ADD(program, journal_load)
{
	"`journalctl`, entries", "systemd", ON_JOURNAL,
	.rule = "page 20: read sigbus",
	.run = { "journalctl", "-q", "-o", "cat", "--file=m/x.journal" }, .how = PART,
};

FIXTURE_VARIANT_ADD(program, journal_header)
{
	"... its header", "systemd", ON_JOURNAL, .rule = "page 0: read sigbus",
	.run = { "journalctl", "-q", "-o", "cat", "--file=m/x.journal" },
	.how = FAILS, .says = "Input/output error",
};

FIXTURE_VARIANT_ADD(program, journal_syncs)
{
	"`" JOURNALD "`", JOURNALD, ON_JOURNAL, .rule = SYNC,
	.run = { JOURNALD, "--output=m/x.journal", "export" }, .how = AS_EVER,
};

#define JAVA "java", "-Xint", "-XX:+UseSerialGC", "-cp", "/survive", "Mapped"
#define IN_JAVA "openjdk-17-jre-headless", ON_LINES

FIXTURE_VARIANT_ADD(program, java_load)
{
	"Java, `MappedByteBuffer.get`", IN_JAVA, .rule = READ,
	.run = { JAVA, "load", "m/lines" }, .how = FAILS,
	.says = "java.lang.InternalError",
};

FIXTURE_VARIANT_ADD(program, java_store)
{
	"Java, `MappedByteBuffer.put`", IN_JAVA, .rule = WRITE,
	.run = { JAVA, "store", "m/lines" }, .how = FAILS,
	.says = "java.lang.InternalError",
};

FIXTURE_VARIANT_ADD(program, java_force)
{
	"Java, `MappedByteBuffer.force`", IN_JAVA, .rule = SYNC,
	.run = { JAVA, "store", "m/lines" }, .how = FAILS,
	.says = "java.io.IOException: Input/output error",
};

#define IN_GO "golang-1.19-go", ON_LINES, .rule = READ

FIXTURE_VARIANT_ADD(program, go_load)
{
	"Go, `syscall.Mmap`: a load", IN_GO, .run = { "mapped", "load", "m/lines" },
	.how = FAILS, .says = "fatal error: fault",
};

FIXTURE_VARIANT_ADD(program, go_recovers)
{
	"... after `debug.SetPanicOnFault(true)`, in a function that recovers", IN_GO,
	.run = { "mapped", "recover", "m/lines" }, .how = FAILS, .says = "recovered: ",
};

/* Where a program is; NULL if it is nowhere. */
static const char *look_for(const char *program)
{
	static const char *const folders[] = { "/bin", "/lib/systemd", "/survive" };
	static char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], program);
		if (!access(path, X_OK))
			return path;
	}
	return NULL;
}

static void run_it(struct __test_metadata *_metadata, struct run *run, const char *const *words)
{
	const struct way way = { .program = look_for(*words) };

	ASSERT_NE(NULL, way.program);
	run_way(_metadata, run, &way, words + 1);
}

static void write_lines(void)
{
	FILE *file = fopen("m/lines", "we");

	for (int i = 0; i < LINES; i++)
		fprintf(file, "%d\n", i);
	fclose(file);
}

/* As journalctl -o export prints them. */
static void write_export(void)
{
	FILE *file = fopen("export", "we");

	for (int i = 0; i < ENTRIES; i++)
		fprintf(file, "__REALTIME_TIMESTAMP=%lld\n_BOOT_ID=%032d\n"
			"MESSAGE=message %d %0200d\n\n", 1700000000000000LL + i, 1, i, i);
	fclose(file);
}

/* As mdb_dump prints it. */
static void write_dump(void)
{
	FILE *file = fopen("dump", "we");

	fputs("VERSION=3\nformat=print\ntype=btree\nHEADER=END\n", file);
	for (int i = 0; i < RECORDS; i++)
		fprintf(file, " %04d\n %0*d\n", i, BYTES, i);
	fputs("DATA=END\n", file);
	fclose(file);
}

FIXTURE_SETUP(program)
{
	static struct run run;

	if (!look_for(*variant->run))
		SKIP(return, "no %s here", *variant->run);
	snprintf(self->dir, sizeof(self->dir), "/tmp/programs-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chdir(self->dir));
	ASSERT_EQ(0, mkdir("m", 0755));
	ASSERT_EQ(0, mount("none", "m", "vmadev", 0, "size=48M"));
	write_lines();
	write_export();
	write_dump();
	if (!*variant->make)
		return;
	run_it(_metadata, &run, variant->make);
	ASSERT_EQ(0, run.status) {
		TH_LOG("%s", run.err);
	}
}

FIXTURE_TEARDOWN(program)
{
	static const char *const files[] = { "export", "dump", "copy", "m" };

	if (!*self->dir)
		return;
	EXPECT_EQ(0, umount("m"));
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		remove(files[i]);
	EXPECT_EQ(0, rmdir(self->dir));
}

/* Puts the rule on the file, in place of what there was. */
static int arm(int fd, const char *text)
{
	struct vmadev_rule rule;

	return vmadev_rule_parse(text, &rule, sizeof(rule)) ? :
	       vmadev_inject(fd, 0, &rule, 1, sizeof(rule));
}

static bool has_hit(int fd)
{
	struct vmadev_rule rule;

	return vmadev_rules(fd, &rule, 1, sizeof(rule)) == 1 && rule.hits;
}

/* Of @text, the rest of the line after @word, with it; or the first line. */
static void pick_line(const char *text, const char *word, char *line, size_t room)
{
	const char *at = word ? strstr(text, word) : NULL;

	snprintf(line, room, "%.*s", (int)strcspn(at ? : text, "\n"), at ? : text);
}

static void judge(const struct run *before, const struct run *after, bool hit, const char *word,
		  struct ended *ended)
{
	const size_t whole = strlen(before->out), part = strlen(after->out);
	const size_t room = sizeof(ended->text);

	pick_line(after->err, word, ended->line, sizeof(ended->line));
	if (!hit && !after->status) {
		ended->how = NOT_MAPPED;
		snprintf(ended->text, room, "it does not map the file");
	} else if (after->status == 128 + SIGBUS) {
		ended->how = KILLED;
		snprintf(ended->text, room, "killed by SIGBUS");
	} else if (after->status) {
		ended->how = FAILS;
		snprintf(ended->text, room, "exit %d", after->status);
	} else if (part < whole) {
		ended->how = PART;
		snprintf(ended->text, room, "exit 0, with %zu of %zu bytes", part, whole);
	} else {
		ended->how = AS_EVER;
		snprintf(ended->text, room, "exit 0, as if nothing had been");
	}
}

/* Java starts slowly where it is emulated. */
TEST_F_TIMEOUT(program, does_as_the_table_says, 120)
{
	static struct run before, after;
	struct ended ended;
	int fd;

	run_it(_metadata, &before, variant->run);
	EXPECT_EQ(0, before.status) {
		TH_LOG("%s", before.err);
	}
	fd = open(variant->file, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, arm(fd, variant->rule)) {
		TH_LOG("%s", vmadev_error());
	}
	run_it(_metadata, &after, variant->run);
	judge(&before, &after, has_hit(fd), variant->says, &ended);
	close(fd);
	printf("# table: %s | %s | `%s` | %s%s%s%s\n", variant->package, variant->what,
	       variant->rule, ended.text, *ended.line ? "; says `" : "", ended.line,
	       *ended.line ? "`" : "");
	EXPECT_EQ(variant->how, ended.how) {
		TH_LOG("%d: %.500s", after.status, after.err);
	}
	EXPECT_EQ(true, !variant->says || strstr(ended.line, variant->says));
	if (ended.how == NOT_MAPPED || ended.how == AS_EVER)
		EXPECT_STREQ(before.out, after.out);
}

TEST_HARNESS_MAIN
