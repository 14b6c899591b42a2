// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "growth.h"

#define COLUMNS 32

/* Every second one goes when there is no room for another. */
static void thin_out(struct growth *growth)
{
	size_t kept = 0;

	for (size_t i = 0; i < growth->count; i += 2)
		growth->sample[kept++] = growth->sample[i];
	growth->count = kept;
	growth->step = 2 * (growth->last.time - growth->sample[0].time) / MOST_SAMPLES;
}

void growth_add(struct growth *growth, double time, size_t vmas)
{
	growth->last = (struct sample){ time, vmas };
	if (vmas > growth->most)
		growth->most = vmas;
	if (growth->count && time - growth->sample[growth->count - 1].time < growth->step)
		return;
	if (growth->count == MOST_SAMPLES)
		thin_out(growth);
	growth->sample[growth->count++] = growth->last;
}

/* How many there were at a time, or would have been on the way between two samples. */
static double vmas_at(const struct growth *growth, double time)
{
	struct sample from, to = growth->last;
	size_t at = 0;

	while (at + 1 < growth->count && growth->sample[at + 1].time <= time)
		at++;
	from = growth->sample[at];
	if (at + 1 < growth->count)
		to = growth->sample[at + 1];
	if (to.time <= from.time || time <= from.time)
		return (double)from.vmas;
	return (double)from.vmas + ((double)to.vmas - (double)from.vmas) *
	       (time - from.time) / (to.time - from.time);
}

double growth_rate(const struct growth *growth)
{
	double first = growth->count ? growth->sample[0].time : 0, last = growth->last.time;
	double half = (first + last) / 2;

	if (last <= first)
		return 0;
	return ((double)growth->last.vmas - vmas_at(growth, half)) / (last - half);
}

static void put_curve(FILE *out, const struct growth *growth)
{
	static const char *const blocks[] = {
		"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█",
	};
	double first = growth->sample[0].time, last = growth->last.time;

	fputc(' ', out);
	for (int i = 1; i <= COLUMNS; i++) {
		double vmas = vmas_at(growth, first + (last - first) * i / COLUMNS);

		fputs(blocks[growth->most ? (int)(7 * vmas / (double)growth->most) : 0], out);
	}
}

static void put_estimate(FILE *out, double seconds)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" }, { 1, "seconds" } };
	size_t unit = 0;

	while (unit < 3 && seconds < 2 * units[unit].seconds)
		unit++;
	if (seconds > 10 * 365 * 86400.0)
		fputs(", the limit is years away", out);
	else
		fprintf(out, ", the limit in %.1f %s", seconds / units[unit].seconds,
			units[unit].name);
}

void growth_print(FILE *out, const struct growth *growth, __u64 limit)
{
	double rate = growth_rate(growth), left = (double)limit - (double)growth->last.vmas;
	double lasted = growth->count ? growth->last.time - growth->sample[0].time : 0;

	fprintf(out, "%zu VMAs, %zu at most, of %llu (%.1f%%)", growth->last.vmas, growth->most,
		limit, 100.0 * (double)growth->last.vmas / (double)limit);
	if (growth->count > 1) {
		put_curve(out, growth);
		fprintf(out, " %.*f s; %+.*f a second", lasted < 100 ? 2 : 0, lasted,
			rate < 10 && rate > -10 ? 2 : 0, rate);
		if (rate > 0)
			put_estimate(out, left / rate);
	}
	fputc('\n', out);
}
