// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What SQLite finds after a power cut: a program that knows nothing of this one stores
 * to a mounted vmadev. With its syncs, of the folder too, no legal state loses a row or is
 * broken, without them the tool finds one. As the checker this file runs itself, and asks
 * SQLite again.
 */
#include "power_cut.h"
#include "run.h"

#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#define SQLITE "/bin/sqlite3"
#define ROWS 3		/* of a transaction */

/* What it prints, of a database and some statements; "" if it fails. */
static void ask_sqlite(const char *db, const char *sql, char *answer, size_t room)
{
	size_t used = 0;
	ssize_t got;
	int ends[2], pid;

	*answer = '\0';
	if (pipe(ends))
		return;
	pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execl(SQLITE, SQLITE, "-batch", db, sql, NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((got = read(ends[0], answer + used, room - 1 - used)) > 0)
		used += (size_t)got;
	answer[used] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

/* Whole transactions of rows that are as they were written; @all: that were told of. */
static int check(const char *folder, bool all)
{
	int rows, good, told = rows_acknowledged();
	char db[128], answer[4096];

	snprintf(db, sizeof(db), "%s/db", folder);
	ask_sqlite(db, "PRAGMA integrity_check;"
		       "SELECT count(*), sum(x = printf('%.3000c', char(96 + n))) FROM t;",
		   answer, sizeof(answer));
	if (sscanf(answer, "ok\n%d|%d\n", &rows, &good) != 2 || rows != good || rows % ROWS) {
		printf("it is broken: %s\n", answer);
		return 1;
	}
	if (all && rows < told) {
		printf("%d rows of %d are there\n", rows, told);
		return 1;
	}
	return 0;
}

static __attribute__((constructor)) void be_the_checker(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "is-whole"))
		exit(check(argv[2], false));
	if (argc == 3 && !strcmp(argv[1], "has-all"))
		exit(check(argv[2], true));
}

FIXTURE(sqlite)
{
	char dir[32], db[64], acknowledged[64], script[64], self[1024];
};

FIXTURE_VARIANT(sqlite)
{
	const char *journal, *synchronous, *check, *fails;
};

FIXTURE_VARIANT_ADD(sqlite, rollback_with_syncs)
{
	"DELETE", "FULL", "is-whole", NULL,
};

/* That the journal is gone, which commits, is durable with EXTRA alone, as its manual says. */
FIXTURE_VARIANT_ADD(sqlite, rollback_unsynced_unlink)
{
	"DELETE", "FULL", "has-all", "rows of 6 are there\n",
};

FIXTURE_VARIANT_ADD(sqlite, rollback_with_all_syncs)
{
	"DELETE", "EXTRA", "has-all", NULL,
};

FIXTURE_VARIANT_ADD(sqlite, rollback_without)
{
	"DELETE", "OFF", "is-whole", "it is broken: ",
};

FIXTURE_VARIANT_ADD(sqlite, wal_with_syncs)
{
	"WAL", "FULL", "has-all", NULL,
};

FIXTURE_VARIANT_ADD(sqlite, wal_without)
{
	"WAL", "OFF", "has-all", "rows of 6 are there\n",
};

static void write_script(const char *path, const char *journal, const char *synchronous,
			 const char *acknowledged, bool anew)
{
	FILE *file = fopen(path, "we");

	fprintf(file, "PRAGMA journal_mode=%s;\nPRAGMA synchronous=%s;\n"
		"PRAGMA mmap_size=1048576;\n", journal, synchronous);
	if (anew)
		fputs("CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT);\n", file);
	fputs("BEGIN;\n", file);
	for (int i = 0; i < ROWS; i++)
		fputs("INSERT INTO t (x) SELECT printf('%.3000c', char(97 + count(*))) FROM t;\n",
		      file);
	fprintf(file, "COMMIT;\n.once %s\nSELECT count(*) FROM t;\n", acknowledged);
	fclose(file);
}

FIXTURE_SETUP(sqlite)
{
	char answer[256], read[80];

	if (access(SQLITE, X_OK))
		SKIP(return, "no " SQLITE " here");
	ASSERT_LT(0, readlink("/proc/self/exe", self->self, sizeof(self->self) - 1));
	snprintf(self->dir, sizeof(self->dir), "/tmp/sqlite-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("none", self->dir, "vmadev", 0, "backing=media,size=4M"));
	snprintf(self->db, sizeof(self->db), "%s/db", self->dir);
	snprintf(self->acknowledged, sizeof(self->acknowledged), "%s.rows", self->dir);
	snprintf(self->script, sizeof(self->script), "%s.sql", self->dir);
	ASSERT_EQ(0, setenv("VMADEV_ACKNOWLEDGED", self->acknowledged, 1));
	write_script(self->script, variant->journal, "FULL", self->acknowledged, true);
	snprintf(read, sizeof(read), ".read %s", self->script);
	ask_sqlite(self->db, read, answer, sizeof(answer));
	ASSERT_EQ(0, sync_all(self->dir));
	ASSERT_EQ(ROWS, rows_acknowledged()) {
		TH_LOG("%s", answer);
	}
	write_script(self->script, variant->journal, variant->synchronous, self->acknowledged,
		     false);
}

FIXTURE_TEARDOWN(sqlite)
{
	if (!*self->dir)
		return;
	unlink(self->acknowledged);
	unlink(self->script);
	EXPECT_EQ(0, umount(self->dir));
	EXPECT_EQ(0, rmdir(self->dir));
}

/* Some dozen runs of sqlite3, which a debug kernel takes its time for. */
TEST_F_TIMEOUT(sqlite, after_a_power_cut, 120)
{
	char checker[1100], read[80];
	static struct run run;

	snprintf(checker, sizeof(checker), "%s %s %%f", self->self, variant->check);
	snprintf(read, sizeof(read), ".read %s", self->script);
	VMACTL(&run, "crash", "--dir", self->dir, "--every-sync", "--check", checker, "--states",
	       "6", "--", SQLITE, "-batch", self->db, read);
	EXPECT_EQ(variant->fails ? 1 : 0, run.status);
	EXPECT_NE(NULL, strstr(run.out, variant->fails ? variant->fails : ", each passes\n")) {
		TH_LOG("%s%s", run.out, run.err);
	}
}

TEST_HARNESS_MAIN
