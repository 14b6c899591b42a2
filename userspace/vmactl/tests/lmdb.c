// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What LMDB finds after a power cut. It stores by write(2) or through its mapping, and locks by
 * a mapped file; it knows nothing of this module. With its syncs no legal state is broken
 * or has lost what was committed, without them the tool finds one that has. Its own mdb_load
 * writes too; as other writers, and as the checker, this file runs itself.
 */
#include "power_cut.h"
#include "run.h"

#include <lmdb.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#define LOAD	"/bin/mdb_load"
#define ROWS	3		/* of a transaction */
#define COMMITS	2		/* of a writer that is looked at */
#define BYTES	1500		/* two fill a page, and the tree grows */

static void fill_value(char *value, int row)
{
	memset(value, 'a' + row, BYTES);
}

static void acknowledge(int rows)
{
	FILE *file = fopen(getenv("VMADEV_ACKNOWLEDGED"), "we");

	fprintf(file, "%d", rows);
	fclose(file);
}

/* Opens @env, and a transaction of its one table; 0 or LMDB's error. */
static int begin(const char *db, unsigned int flags, MDB_env **env, MDB_txn **txn, MDB_dbi *table)
{
	int err = mdb_env_create(env);

	if (!err)
		err = mdb_env_open(*env, db, flags | MDB_NOSUBDIR, 0644);
	if (!err)
		err = mdb_txn_begin(*env, NULL, flags & MDB_RDONLY, txn);
	return err ? : mdb_dbi_open(*txn, NULL, 0, table);
}

static int put_rows(MDB_txn *txn, MDB_dbi table, int first)
{
	int err = 0;

	for (int row = first; !err && row < first + ROWS; row++) {
		char name[8], bytes[BYTES];
		MDB_val key = { 4, name }, value = { BYTES, bytes };

		snprintf(name, sizeof(name), "%04d", row);
		fill_value(bytes, row);
		err = mdb_put(txn, table, &key, &value, 0);
	}
	return err;
}

/* Adds transactions to what is there. */
static int write_rows(const char *db, unsigned int flags, int commits)
{
	MDB_stat stat;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	int err = begin(db, flags, &env, &txn, &table);

	for (int i = 0; !err && i < commits; i++) {
		if (i)
			err = mdb_txn_begin(env, NULL, 0, &txn);
		if (!err)
			err = mdb_stat(txn, table, &stat);
		if (!err)
			err = put_rows(txn, table, (int)stat.ms_entries);
		if (!err)
			err = mdb_txn_commit(txn);
		if (!err)
			acknowledge((int)stat.ms_entries + ROWS);
	}
	if (err)
		fprintf(stderr, "%s\n", mdb_strerror(err));
	else
		mdb_env_close(env);
	return err ? 1 : 0;
}

/* The rows of a state, each of which is as it was written; or -1, and why. */
static int rows_of(const char *db)
{
	int rows = 0, err;
	MDB_val key, value;
	MDB_cursor *cursor;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;

	err = begin(db, MDB_RDONLY | MDB_NOLOCK, &env, &txn, &table);
	if (!err)
		err = mdb_cursor_open(txn, table, &cursor);
	while (!err && !(err = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		char bytes[BYTES];

		fill_value(bytes, rows);
		if (value.mv_size != BYTES || memcmp(value.mv_data, bytes, BYTES)) {
			printf("it is broken: row %d is not as it was written\n", rows);
			return -1;
		}
		rows++;
	}
	if (err == MDB_NOTFOUND)
		return rows;
	printf("it is broken: %s\n", mdb_strerror(err));
	return -1;
}

/* Whole transactions; @all: those that the writer was told of. */
static int check(const char *folder, bool all)
{
	int rows, told = rows_acknowledged();
	char db[128];

	snprintf(db, sizeof(db), "%s/db", folder);
	rows = rows_of(db);
	if (rows < 0)
		return 1;
	if (rows % ROWS || (all && rows < told)) {
		printf("%d rows of %d are there\n", rows, told);
		return 1;
	}
	return 0;
}

static __attribute__((constructor)) void be_another(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "is-whole"))
		exit(check(argv[2], false));
	if (argc == 3 && !strcmp(argv[1], "has-all"))
		exit(check(argv[2], true));
	if (argc == 4 && !strcmp(argv[1], "write"))
		exit(write_rows(argv[2], (unsigned int)strtoul(argv[3], NULL, 0), COMMITS));
}

FIXTURE(lmdb)
{
	char dir[32], db[64], acknowledged[64], dump[64], self[1024];
};

FIXTURE_VARIANT(lmdb)
{
	unsigned int flags;
	bool load;
	const char *check, *fails;
};

FIXTURE_VARIANT_ADD(lmdb, with_syncs)
{
	0, false, "has-all", NULL,
};

FIXTURE_VARIANT_ADD(lmdb, mdb_load)
{
	0, true, "has-all", NULL,
};

FIXTURE_VARIANT_ADD(lmdb, mapped_with_syncs)
{
	MDB_WRITEMAP, false, "has-all", NULL,
};

/* A transaction may be lost, as its documentation says, but nothing breaks. */
FIXTURE_VARIANT_ADD(lmdb, nometasync_is_whole)
{
	MDB_NOMETASYNC, false, "is-whole", NULL,
};

FIXTURE_VARIANT_ADD(lmdb, nometasync_loses)
{
	MDB_NOMETASYNC, false, "has-all", "3 rows of 6 are there\n",
};

FIXTURE_VARIANT_ADD(lmdb, nosync_breaks)
{
	MDB_NOSYNC, false, "is-whole", "it is broken: ",
};

FIXTURE_VARIANT_ADD(lmdb, nosync_loses)
{
	MDB_NOSYNC, false, "has-all", "3 rows of 9 are there\n",
};

/* MS_ASYNC promises nothing. */
FIXTURE_VARIANT_ADD(lmdb, mapasync_breaks)
{
	MDB_WRITEMAP | MDB_MAPASYNC, false, "is-whole", "it is broken: ",
};

/* As mdb_dump prints it: one transaction more. */
static void write_dump(const char *path)
{
	FILE *file = fopen(path, "we");

	fputs("VERSION=3\nformat=print\ntype=btree\nHEADER=END\n", file);
	for (int row = ROWS; row < 2 * ROWS; row++) {
		char bytes[BYTES];

		fill_value(bytes, row);
		fprintf(file, " %04d\n %.*s\n", row, BYTES, bytes);
	}
	fputs("DATA=END\n", file);
	fclose(file);
}

FIXTURE_SETUP(lmdb)
{
	if (variant->load && access(LOAD, X_OK))
		SKIP(return, "no " LOAD " here");
	ASSERT_LT(0, readlink("/proc/self/exe", self->self, sizeof(self->self) - 1));
	snprintf(self->dir, sizeof(self->dir), "/tmp/lmdb-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("none", self->dir, "vmadev", 0, "backing=media,size=4M"));
	snprintf(self->db, sizeof(self->db), "%s/db", self->dir);
	snprintf(self->acknowledged, sizeof(self->acknowledged), "%s.rows", self->dir);
	snprintf(self->dump, sizeof(self->dump), "%s.dump", self->dir);
	ASSERT_EQ(0, setenv("VMADEV_ACKNOWLEDGED", self->acknowledged, 1));
	write_dump(self->dump);
	ASSERT_EQ(0, write_rows(self->db, 0, 1));
	ASSERT_EQ(0, sync_all(self->dir));
}

FIXTURE_TEARDOWN(lmdb)
{
	if (!*self->dir)
		return;
	unlink(self->acknowledged);
	unlink(self->dump);
	EXPECT_EQ(0, umount(self->dir));
	EXPECT_EQ(0, rmdir(self->dir));
}

/* Some dozen runs of the checker, which a debug kernel takes its time for. */
TEST_F_TIMEOUT(lmdb, after_a_power_cut, 120)
{
	char checker[1100], flags[16];
	static struct run run;

	snprintf(checker, sizeof(checker), "%s %s %%f", self->self, variant->check);
	snprintf(flags, sizeof(flags), "%#x", variant->flags);
	if (variant->load)
		VMACTL(&run, "crash", "--dir", self->dir, "--every-sync", "--check", checker,
		       "--states", "12", "--", LOAD, "-n", "-f", self->dump, self->db);
	else
		VMACTL(&run, "crash", "--dir", self->dir, "--every-sync", "--check", checker,
		       "--states", "12", "--", self->self, "write", self->db, flags);
	EXPECT_EQ(variant->fails ? 1 : 0, run.status);
	EXPECT_NE(NULL, strstr(run.out, variant->fails ? variant->fails : ", each passes\n")) {
		TH_LOG("%s%s", run.out, run.err);
	}
	/* Of what breaks it is told which page came too early: one of the database's two roots. */
	if (variant->fails && !strcmp(variant->check, "is-whole"))
		EXPECT_NE(NULL, strstr(run.out, " fails: it keeps db 1 (seed "));
}

TEST_HARNESS_MAIN
