// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "mount.h"
#include "ops.h"

#define FD	{ "fd", FDS - 1 }
#define FROM	{ "from", FDS - 1 }
#define AT	{ "at", ARENA - 1 }
#define N	{ "n", 8 }
#define OFF	{ "off", 9 * 4096 }
#define LEN	{ "len", 3 * 4096 }
#define BYTE	{ "byte", 255 }
#define PGOFF	{ "pgoff", 9 }
#define KEEP	{ "keep", 0xffff }
#define PATH	{ "path", PATHS - 1 }
#define TO	{ "to", PATHS - 1 }
#define DIR	{ "dir", WAYS - 1 }

/* Strategy and backing go one past what there is; access is of enum vmadev_access. */
const struct op_kind op_kinds[NR_OPS] = {
	[OP_OPEN] = { "open", 6, { FD, { "access", 2 } } },
	[OP_CREATE] = { "create", 10, { FD, FROM, { "backing", 7 }, { "strategy", 9 },
					{ "pages", 8 }, { "flags", 7 } } },
	[OP_REOPEN] = { "reopen", 5, { FD, FROM, { "access", 2 }, { "strategy", 9 } } },
	[OP_BY_NAME] = { "by_name", 4, { FD, FROM, { "how", 3 } } },
	[OP_CLOSE] = { "close", 3, { FD } },
	[OP_STRATEGY] = { "strategy", 4, { FD, { "strategy", 9 } } },
	[OP_INFO] = { "info", 2, { FD } },
	[OP_STATS] = { "stats", 4, { FD, { "scope", 3 } } },
	[OP_ZAP] = { "zap", 6, { FD, PGOFF, N } },
	[OP_READ] = { "read", 6, { FD, OFF, LEN } },
	[OP_WRITE] = { "write", 10, { FD, OFF, LEN, BYTE } },
	[OP_SPLICE_OUT] = { "splice_out", 3, { FD, OFF, LEN } },
	[OP_SPLICE_IN] = { "splice_in", 3, { FD, OFF, LEN, BYTE } },
	[OP_SEEK] = { "seek", 2, { FD, OFF, { "whence", 2 } } },
	[OP_FSYNC] = { "fsync", 1, { FD } },
	[OP_TRUNCATE] = { "truncate", 8, { FD, { "bytes", 9 * 4096 } } },
	[OP_FALLOCATE] = { "fallocate", 8, { FD, { "mode", 5 }, OFF, LEN } },
	[OP_SEAL] = { "seal", 2, { FD, { "seals", 32 } } },
	[OP_REVOKE] = { "revoke", 3, { FD, { "how", 4 } } },
	[OP_RESTORE] = { "restore", 6, { FD } },
	[OP_UNSYNCED] = { "unsynced", 6, { FD } },
	[OP_CRASH] = { "crash", 5, { FD, FROM, KEEP, { "live", 1 } } },
	[OP_REVERT] = { "revert", 2, { FD, KEEP, { "sigbus", 1 } } },
	[OP_WRITEBACK] = { "writeback", 3, { FD, KEEP } },
	[OP_INJECT] = { "inject", 8, { FD, PGOFF, N, { "rule", 8 }, { "append", 1 } } },
	[OP_EXPORT] = { "export", 4, { FD, PGOFF, { "n", 3 }, { "access", 2 } } },
	[OP_DIRTY_GET] = { "dirty_get", 8, { FD, { "keep", 1 }, PGOFF, N } },
	[OP_DIRTY_CLEAR] = { "dirty_clear", 3, { FD, KEEP } },
	[OP_SNAPSHOT] = { "snapshot", 4, { FD, FROM, { "log", 1 } } },
	[OP_COPY_IN] = { "copy_in", 4, { FD, PGOFF, AT } },
	[OP_COPY_OUT] = { "copy_out", 4, { FD, PGOFF, AT } },
	[OP_MMAP] = { "mmap", 24, { FD, AT, N, PGOFF, { "prot", 3 }, { "flags", 7 } } },
	[OP_MUNMAP] = { "munmap", 6, { AT, N } },
	[OP_MPROTECT] = { "mprotect", 12, { AT, N, { "prot", 3 } } },
	[OP_MREMAP] = { "mremap", 10, { AT, N, { "to", ARENA - 1 }, { "grown", 4 } } },
	[OP_MADVISE] = { "madvise", 8, { AT, N, { "advice", 4 } } },
	[OP_MLOCK] = { "mlock", 4, { AT, N, { "on", 1 } } },
	[OP_MSYNC] = { "msync", 3, { AT, N, { "flags", 2 } } },
	[OP_LOAD] = { "load", 16, { AT } },
	[OP_STORE] = { "store", 20, { AT, { "off", 4095 }, LEN, BYTE } },
	[OP_FORK] = { "fork", 5, { { "child", PROCS - 1 } } },
	[OP_EXIT] = { "exit", 2, { { NULL, 0 } } },
	[OP_MOUNT] = { "mount", 8, { { "backing", 7 }, { "strategy", 9 }, { "cap", 12 },
				     { "flags", 1 } } },
	[OP_UMOUNT] = { "umount", 1, { { "lazily", 1 } } },
	[OP_OPEN_AT] = { "open_at", 18, { FD, PATH, { "how", 31 } } },
	[OP_LINK] = { "link", 3, { PATH, TO } },
	[OP_UNLINK] = { "unlink", 6, { PATH } },
	[OP_MKDIR] = { "mkdir", 5, { PATH } },
	[OP_RMDIR] = { "rmdir", 2, { PATH } },
	[OP_RENAME] = { "rename", 10, { PATH, TO, { "flags", 4 } } },
	[OP_TRUNCATE_AT] = { "truncate_at", 3, { PATH, { "bytes", 9 * 4096 } } },
	[OP_SYNC_DIR] = { "sync_dir", 5, { DIR, { "data", 1 } } },
	[OP_NAMES] = { "names", 4, { { NULL, 0 } } },
	[OP_LOSE_NAMES] = { "lose_names", 4, { KEEP } },
	[OP_FORK_NAME] = { "fork_name", 3, { FD, PATH } },
	[OP_ROOM] = { "room", 3, { { NULL, 0 } } },
};

void op_print(const struct op *op, char *text, size_t room)
{
	const struct op_kind *kind = &op_kinds[op->code];
	size_t n = snprintf(text, room, "p%u %s", op->proc, kind->name);

	for (int i = 0; i < ARGS && kind->arg[i].name && n < room; i++)
		n += snprintf(text + n, room - n, " %s=%u", kind->arg[i].name, op->arg[i]);
}

void seq_print(const struct seq *seq, const char *prefix)
{
	char text[160];

	for (unsigned int i = 0; i < seq->len; i++) {
		op_print(&seq->op[i], text, sizeof(text));
		printf("%s%s\n", prefix, text);
	}
}

static int op_parse(struct op *op, char *line)
{
	char *save, *word = strtok_r(line, " ", &save);
	int code, i;

	*op = (struct op) { .proc = word[1] - '0' };
	word = strtok_r(NULL, " ", &save);
	for (code = 0; word && code < NR_OPS; code++)
		if (!strcmp(word, op_kinds[code].name))
			break;
	if (!word || code == NR_OPS || op->proc >= PROCS)
		return -1;
	op->code = code;
	for (i = 0; i < ARGS && op_kinds[code].arg[i].name; i++) {
		word = strtok_r(NULL, " ", &save);
		if (!word || !strchr(word, '='))
			return -1;
		if (sscanf(strchr(word, '=') + 1, "%u", &op->arg[i]) != 1)
			return -1;
	}
	return 0;
}

int seq_parse(struct seq *seq, FILE *from)
{
	char line[160];

	seq->len = 0;
	while (fgets(line, sizeof(line), from)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != 'p' || line[1] < '0' || line[1] > '9')
			continue;
		if (seq->len == MAX_OPS || op_parse(&seq->op[seq->len++], line))
			return -1;
	}
	return seq->len ? 0 : -1;
}
