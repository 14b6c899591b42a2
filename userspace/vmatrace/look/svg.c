// SPDX-License-Identifier: GPL-2.0-or-later
/* The picture as SVG, light or dark as who looks at it likes. */
#include <stdlib.h>
#include <string.h>

#include "../model/explain.h"
#include "look.h"
#include "picture.h"

#define LEFT 128		/* before it addresses, behind RIGHT names */
#define RIGHT 780
#define WIDTH 1100
#define TOP 74
#define LINE 22			/* of boxes that have words in them */
#define THIN 8			/* of many boxes */
#define GAP 16
/* A row with more VMAs is drawn thin, a picture with more has no tooltips. */
#define MOST_WIDE 120
#define MOST_TITLES 2000

static const char style[] =
	"<style>\n"
	".m{font:12px ui-monospace,Menlo,Consolas,monospace}"
	".s{font:13px system-ui,sans-serif}.b{font:600 16px system-ui,sans-serif}"
	".r{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#111}\n"
	".bg{fill:#fff}.t{fill:#1f2328}.d{fill:#57606a}.l{stroke:#d0d7de}\n"
	".k0{fill:#b8bfc6}.k1{fill:#e8743b}.k2{fill:#5aa9e6}.k3{fill:#3fb58e}.k4{fill:#9b8cf2}"
	".k5{fill:#f0b429}.k6{fill:#e07fb4}.k7{fill:#8ccbe8}.k8{fill:#c9b79c}\n"
	".u{fill:#fff;opacity:.62}\n"
	"@media(prefers-color-scheme:dark){.bg{fill:#0d1117}.t{fill:#e6edf3}.d{fill:#9198a1}"
	".l{stroke:#30363d}.k0{fill:#656c76}}\n"
	"</style>\n";

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<' || *text == '>' || *text == '&')
			fprintf(out, "&#%d;", *text);
		else
			fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
}

static void put_text(FILE *out, int x, int y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	put_escaped(out, text);
	fputs("</text>\n", out);
}

/* @unit: of width, in pixels */
struct drawing {
	FILE *out;
	const struct mm *mm;
	const struct residency *residency;
	bool titles, draws;
	int unit, x, y;
};

/* Wider where the size doubles: a page and a terabyte both can be seen. */
static int box_width(const struct drawing *drawing, const struct vma *vma, bool thin)
{
	int units = 2;

	for (__u64 pages = vma_pages(drawing->mm, vma); pages > 1; pages >>= 1)
		units++;
	return thin ? 3 : drawing->unit * units;
}

/* The longest row that is no longer than a line fills it. */
static int unit_for(struct drawing *drawing, const struct row *row, size_t count)
{
	int longest = 0;

	drawing->unit = 1;
	for (size_t i = 0; i < count; i++) {
		int length = 0;

		for (size_t j = 0; j < row[i].count && row[i].count <= MOST_WIDE; j++)
			length += box_width(drawing, drawing->mm->vma[row[i].first + j], false);
		if (length > longest && 6 * length <= RIGHT - LEFT)
			longest = length;
	}
	return longest && (RIGHT - LEFT) / longest < 10 ? (RIGHT - LEFT - 48) / longest : 9;
}

static void put_title(struct drawing *drawing, size_t i)
{
	const struct vma *vma = drawing->mm->vma[i];
	char room[256], size[32], access[5];

	fprintf(drawing->out, "<title>%llx-%llx %s %s ", vma->start, vma->end,
		rights(vma->flags, access), look_size(vma->end - vma->start, size));
	put_escaped(drawing->out, vma_name(drawing->mm, vma, room, sizeof(room)));
	if (drawing->residency)
		fprintf(drawing->out, ", %s in memory",
			look_size(drawing->residency->resident[i], size));
	fputs("</title>", drawing->out);
}

/* The upper part is pale: as much as is not in memory. */
static int absent_height(const struct drawing *drawing, size_t i, int height)
{
	const struct vma *vma = drawing->mm->vma[i];
	__u64 size = vma->end - vma->start;

	if (!drawing->residency)
		return 0;
	return (int)((double)height * (double)(size - drawing->residency->resident[i]) /
		     (double)size);
}

static void put_wide(struct drawing *drawing, size_t i, int width)
{
	const struct vma *vma = drawing->mm->vma[i];
	int height = LINE - 4, absent = absent_height(drawing, i, height);
	char access[5];

	fprintf(drawing->out, "<g>");
	if (drawing->titles)
		put_title(drawing, i);
	fprintf(drawing->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" "
		"class=\"k%d\"/>", drawing->x, drawing->y, width, height,
		kind_of(drawing->mm, vma));
	if (absent)
		fprintf(drawing->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
			"class=\"u\"/>", drawing->x, drawing->y, width, absent);
	if (width >= 36)
		fprintf(drawing->out, "<text x=\"%d\" y=\"%d\" class=\"r\">%s</text>",
			drawing->x + 4, drawing->y + 13, rights(vma->flags, access));
	fputs("</g>\n", drawing->out);
}

static void put_row(struct drawing *drawing, const struct row *row)
{
	bool thin = row->count > MOST_WIDE;
	int height = thin ? THIN : LINE;

	drawing->x = LEFT;
	for (size_t i = row->first; i < row->first + row->count; i++) {
		int width = box_width(drawing, drawing->mm->vma[i], thin);

		if (drawing->x + width > RIGHT && drawing->x > LEFT) {
			drawing->x = LEFT;
			drawing->y += height;
		}
		if (drawing->draws && !thin)
			put_wide(drawing, i, width);
		else if (drawing->draws)
			fprintf(drawing->out, "<path d=\"M%d %dh2v6h-2z\" class=\"k%d\"/>\n",
				drawing->x, drawing->y,
				kind_of(drawing->mm, drawing->mm->vma[i]));
		drawing->x += width + !thin;
		if (i + 1 < row->first + row->count &&
		    drawing->mm->vma[i]->end != drawing->mm->vma[i + 1]->start)
			drawing->x += thin ? 1 : 4;
	}
	drawing->y += height;
}

static void put_labels(struct drawing *drawing, const struct row *row, int y)
{
	const struct vma *first = drawing->mm->vma[row->first];
	char text[96], room[256], size[32];
	const char *name = row_name(drawing->mm, row, room, sizeof(room));
	__u64 bytes = 0;
	int length;

	for (size_t i = row->first; i < row->first + row->count; i++)
		bytes += drawing->mm->vma[i]->end - drawing->mm->vma[i]->start;
	snprintf(text, sizeof(text), "%012llx", first->start);
	put_text(drawing->out, 16, y + 13, "m d", text);
	length = snprintf(text, sizeof(text), "%.22s%s, %s", *name ? name : "anonymous",
			  strlen(name) > 22 ? "..." : "", look_size(bytes, size));
	if (row->count > 1)
		snprintf(text + length, sizeof(text) - (size_t)length, ", %zu VMAs", row->count);
	put_text(drawing->out, RIGHT + 16, y + 13, "s t", text);
}

static void put_gap(struct drawing *drawing, __u64 bytes)
{
	char text[64], size[32];

	snprintf(text, sizeof(text), "%s free", look_size(bytes, size));
	fprintf(drawing->out, "<path d=\"M%d %dH%d\" class=\"l\" stroke-dasharray=\"2 4\"/>\n",
		LEFT + 90, drawing->y + 7, RIGHT);
	put_text(drawing->out, LEFT, drawing->y + 11, "m d", text);
}

static void put_rows(struct drawing *drawing, const struct row *row, size_t count)
{
	drawing->y = TOP;
	for (size_t i = 0; i < count; i++) {
		int y;

		if (row[i].gap && drawing->draws)
			put_gap(drawing, row[i].gap);
		drawing->y += row[i].gap ? GAP : 0;
		y = drawing->y;
		put_row(drawing, &row[i]);
		if (drawing->draws)
			put_labels(drawing, &row[i], y);
		if (drawing->y < y + LINE)
			drawing->y = y + LINE;
	}
}

static void put_legend(FILE *out)
{
	int x = 16;

	for (int kind = 0; kind < KINDS; kind++) {
		fprintf(out, "<rect x=\"%d\" y=\"46\" width=\"12\" height=\"12\" rx=\"2\" "
			"class=\"k%d\"/>", x, kind);
		put_text(out, x + 17, 57, "s d", kind_names[kind]);
		x += 34 + 8 * (int)strlen(kind_names[kind]);
	}
}

bool draw_svg(FILE *out, const char *title, const struct mm *mm, const struct residency *residency)
{
	struct drawing drawing = {
		.out = out, .mm = mm, .residency = residency, .titles = mm->count <= MOST_TITLES,
	};
	size_t count;
	struct row *row = rows_make(mm, &count);
	char text[512];

	drawing.unit = unit_for(&drawing, row, count);
	put_rows(&drawing, row, count);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		"height=\"%d\" role=\"img\">\n", WIDTH, drawing.y + 16, WIDTH, drawing.y + 16);
	fputs(style, out);
	fputs("<rect width=\"100%\" height=\"100%\" class=\"bg\"/>\n", out);
	snprintf(text, sizeof(text), "%.300s: %zu VMAs of at most %llu%s", title, mm->count,
		 mm->limits.vmas, residency ? "; pale is what is not in memory" : "");
	put_text(out, 16, 28, "b t", text);
	put_legend(out);
	drawing.draws = true;
	put_rows(&drawing, row, count);
	fputs("</svg>\n", out);
	free(row);
	return !ferror(out);
}
