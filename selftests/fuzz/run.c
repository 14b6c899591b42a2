// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "run.h"
#include "worker.h"

#define REGIONS "/sys/kernel/debug/vmadev/regions"

struct counts counts;

static struct model model;
static unsigned int node_pages;
static char regions_before[4096];

static void fail(struct verdict *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->why, sizeof(v->why), format, args);
	va_end(args);
	v->failed = true;
}

/* What the kernel says is worth more than what came of it. */
static void listen(struct verdict *v)
{
	if (kernel_complains(v->why, sizeof(v->why)))
		v->failed = true;
}

static int read_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, room - 1);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

/* All zeros, whatever the sequence before wrote. */
static int node_reset(struct vmadev_stats *stats)
{
	size_t bytes = (size_t)node_pages * page_bytes;
	char *zeros = calloc(1, bytes);
	int fd = vt_open(O_RDWR), err = -1;

	if (zeros && fd >= 0 && pwrite(fd, zeros, bytes, 0) == (ssize_t)bytes)
		err = vt_stats(fd, VMADEV_SCOPE_REGION, stats);
	if (fd >= 0)
		close(fd);
	free(zeros);
	return err;
}

const char *run_init(void)
{
	struct vmadev_info info;
	int fd = vt_open(O_RDWR);

	if (fd < 0 || vt_info(fd, &info))
		return "there is no /dev/vmadev";
	close(fd);
	page_bytes = info.page_size;
	node_pages = info.bytes / page_bytes;
	/* With its mappings it would be longer than any sequence wants. */
	if (node_pages > 16)
		return "load the module with size=64K (16 pages at most)";
	if (read_text(REGIONS, regions_before, sizeof(regions_before)))
		return "cannot read " REGIONS;
	if (!kernel_init())
		return "cannot watch /dev/kmsg";
	if (!mount_prepare())
		return "there is no place to mount at";
	team_init();
	return NULL;
}

static void digest(unsigned long long what)
{
	counts.digest = (counts.digest ^ what) * 0x100000001b3ull;
}

static void count(const struct op *op, long ret)
{
	unsigned long *kind = ret < 0 ? counts.refused : counts.done;

	kind[op->code]++;
	digest(op->code | op->proc << 8);
	for (int i = 0; i < ARGS; i++)
		digest(op->arg[i]);
	digest(op->code == OP_FORK ? 0 : ret);
}

static void do_exit(unsigned int proc, struct verdict *v)
{
	if (!team_end(proc)) {
		fail(v, "p%u does not end", proc);
		v->stuck = true;
	}
	memset(&model.proc[proc], 0, sizeof(model.proc[proc]));
}

/* @op is admitted and on the desk. */
static void run_op(const struct op *op, struct desk *desk, struct verdict *v)
{
	const char *wrong;
	char text[160];

	op_print(op, text, sizeof(text));
	kernel_tell(text);
	desk->op = *op;
	desk->audit = false;
	desk->ret = 0;
	if (op->code == OP_EXIT) {
		do_exit(op->proc, v);
		count(op, 0);
		return;
	}
	if (!team_do(op->proc))
		fail(v, "p%u died or hangs", op->proc);
	listen(v);
	if (v->failed)
		return;
	if (op->code == OP_FORK && desk->ret > 0)
		team_joined(op->arg[0], desk->ret);
	wrong = model_check(&model, desk);
	count(op, desk->ret);
	if (wrong)
		fail(v, "%s", wrong);
}

static void audit(struct verdict *v)
{
	for (unsigned int p = 0; p < PROCS && !v->failed; p++) {
		struct desk *desk = team_desk(p);
		const char *wrong;

		if (!model.proc[p].alive)
			continue;
		desk->audit = true;
		if (!team_do(p)) {
			fail(v, "p%u died or hangs when its memory is read", p);
			return;
		}
		wrong = model_audit(&model, p, desk);
		if (wrong)
			fail(v, "at the end %s", wrong);
	}
}

/* What is there of a mount, and what a crash leaves of its names. */
static void audit_mount(struct verdict *v)
{
	static const enum op_code codes[] = { OP_ROOM, OP_NAMES, OP_LOSE_NAMES, OP_NAMES, OP_ROOM };
	unsigned int p = 0;

	while (!model.proc[p].alive)
		p++;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) && !v->failed; i++) {
		struct desk *desk = team_desk(p);
		const char *wrong;

		desk->audit = false;
		desk->op = (struct op) { .code = codes[i], .proc = p };
		if (!team_do(p)) {
			fail(v, "p%u died or hangs when a mount is looked at", p);
			return;
		}
		wrong = model_check(&model, desk);
		if (wrong)
			fail(v, "at the end, at %s: %s", op_kinds[codes[i]].name, wrong);
	}
}

static void begin(struct verdict *v)
{
	struct vmadev_stats stats;

	*v = (struct verdict) { .failed = false };
	counts.sequences++;
	kernel_tell("a sequence");
	read_text(REGIONS, regions_before, sizeof(regions_before));
	if (node_reset(&stats))
		fail(v, "cannot reset the node's region: %s", strerror(errno));
	model_begin(&model, node_pages, &stats);
	team_start();
}

static void end(struct seq *seq, struct verdict *v)
{
	char regions[sizeof(regions_before)];

	if (!v->failed) {
		v->at = seq->len;
		audit(v);
		if (model.mount && !v->failed)
			audit_mount(v);
	}
	if (!team_end_all()) {
		fail(v, "a process does not end");
		v->stuck = true;
	}
	if (!mount_end(v->failed))
		fail(v, "what was mounted is in use when all have ended");
	model_end(&model);
	listen(v);
	if (v->failed)
		return;
	if (read_text(REGIONS, regions, sizeof(regions)))
		fail(v, "the list of regions is gone");
	else if (strcmp(regions, regions_before))
		fail(v, "regions, handles or VMAs are left behind");
}

void run_seq(struct seq *seq, struct verdict *v)
{
	unsigned int kept = 0;

	begin(v);
	for (unsigned int i = 0; i < seq->len && !v->failed; i++) {
		struct op *op = &seq->op[i];
		struct desk *desk = team_desk(op->proc);

		if (!model_admit(&model, op, desk))
			continue;
		v->at = kept;
		seq->op[kept++] = *op;
		run_op(&seq->op[v->at], desk, v);
	}
	seq->len = kept;
	end(seq, v);
}

void run_random(struct rng *r, struct seq *seq, struct verdict *v)
{
	unsigned int want = 8 + rng_below(r, MAX_OPS - 8);

	begin(v);
	seq->len = 0;
	for (unsigned int i = 0; i < 2 * MAX_OPS && seq->len < want && !v->failed; i++) {
		struct op *op = &seq->op[seq->len];

		gen_op(r, &model, op);
		if (!model_admit(&model, op, team_desk(op->proc)))
			continue;
		v->at = seq->len++;
		run_op(op, team_desk(op->proc), v);
	}
	end(seq, v);
}
