// SPDX-License-Identifier: GPL-2.0-or-later
/* Pictures: every VMA is in them, a film ends as its trace does, and they are drawn quickly. */
#define OWN "t/vmatrace-picture"
#include "holder.h"

#include <jansson.h>
#include <time.h>

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		count++;
	}
	return count;
}

/* What the page's script has. */
static json_t *data_of(const char *page)
{
	const char *begin = strstr(page, "const data = ");

	return begin ? json_loads(begin + strlen("const data = "), JSON_DISABLE_EOF_CHECK, NULL) :
		       NULL;
}

TEST(svg_has_every_vma)
{
	pid_t pid = start_holder(_metadata, 40);
	size_t vmas = copy_proc(pid, "smaps", SMAPS);
	static struct run run;
	char *text;

	VMATRACE(&run, "map", "--svg", "-o", PICTURE, SMAPS);
	EXPECT_EQ(0, run.status);
	EXPECT_STREQ("", run.said);
	text = file_content(PICTURE);
	EXPECT_EQ(text, strstr(text, "<svg "));
	EXPECT_EQ(vmas, count_of(text, "<title>"));
	EXPECT_EQ(vmas, count_of(text, " in memory</title>"));
	EXPECT_EQ(1, count_of(text, "</svg>"));
	free(text);
	end_holder(pid);
}

TEST(html_has_every_vma_and_what_is_in_memory)
{
	pid_t pid = start_holder(_metadata, 40);
	size_t vmas = copy_proc(pid, "maps", MAPS), i;
	json_int_t resident = 0;
	json_t *data, *film, *vma;
	static struct run run;

	VMATRACE(&run, "map", "--html", "-o", PICTURE, number(pid));
	EXPECT_EQ(0, run.status);
	data = data_of(file_content(PICTURE));
	ASSERT_NE(NULL, data);
	film = json_array_get(json_object_get(data, "films"), 0);
	EXPECT_EQ(vmas, json_array_size(json_object_get(film, "vmas")));
	EXPECT_EQ(0, json_array_size(json_object_get(film, "frames")));
	json_array_foreach(json_object_get(film, "vmas"), i, vma) {
		json_int_t pages = json_integer_value(json_array_get(vma, 1));
		json_int_t held = json_integer_value(json_array_get(vma, 8));

		EXPECT_LE(0, held);
		EXPECT_LE(held, pages);
		resident += held;
	}
	EXPECT_LT(7, resident);
	json_decref(data);
	end_holder(pid);
}

/* The first picture and all that changed since lead to what the trace ends with. */
static void check_film(struct __test_metadata *_metadata, const json_t *film)
{
	static struct run run;
	char text[64];
	json_t *frame;
	size_t vmas, i;

	vmas = json_array_size(json_object_get(film, "vmas"));
	EXPECT_LT(10, json_array_size(json_object_get(film, "frames")));
	json_array_foreach(json_object_get(film, "frames"), i, frame)
		vmas += json_array_size(json_object_get(frame, "come")) -
			json_array_size(json_object_get(frame, "gone"));
	snprintf(text, sizeof(text), TRACE "@/%lld",
		 json_integer_value(json_object_get(film, "pid")));
	VMATRACE(&run, "map", text);
	snprintf(text, sizeof(text), "%zu VMAs of at most", vmas);
	EXPECT_SAID(&run, text);
}

TEST(films_end_as_the_trace_does)
{
	static struct run run;
	json_t *data, *film;
	size_t i;

	record(_metadata, "two");
	VMATRACE(&run, "map", "--html", "-o", PICTURE, TRACE);
	EXPECT_EQ(0, run.status);
	data = data_of(file_content(PICTURE));
	ASSERT_NE(NULL, data);
	EXPECT_EQ(2, json_array_size(json_object_get(data, "films")));
	json_array_foreach(json_object_get(data, "films"), i, film)
		check_film(_metadata, film);
	json_decref(data);
}

TEST(many_vmas_are_drawn)
{
	pid_t pid = start_holder(_metadata, many());
	static struct run run;
	char *text;

	VMATRACE(&run, "map", "-o", PICTURE, number(pid));
	EXPECT_EQ(0, run.status);
	text = file_content(PICTURE);
	ASSERT_NE(NULL, text);
	EXPECT_LT(many(), count_of(text, "\n"));
	free(text);
	VMATRACE(&run, "map", "--html", "-o", PICTURE, number(pid));
	EXPECT_EQ(0, run.status);
	end_holder(pid);
}

TEST(what_cannot_be_drawn_is_told)
{
	EXPECT_REFUSAL(1, "/absent: No such file", "map", "/absent");
	EXPECT_REFUSAL(1, "no copy of /proc/PID/maps or smaps, and no trace", "map", beside(OWN));
	EXPECT_REFUSAL(1, "no process 4000000", "map", "4000000");
	EXPECT_REFUSAL(2, "usage: vmatrace map", "map");
	EXPECT_REFUSAL(2, "usage: vmatrace map", "map", "--svg", "--html", "1");
	EXPECT_REFUSAL(1, "/dev/full: No space left", "map", "--html", "-o", "/dev/full",
		       number(getpid()));
	EXPECT_REFUSAL(1, "/dev/full: No space left", "map", "-o", "/dev/full", number(getpid()));
	EXPECT_REFUSAL(1, "/absent/x: No such file", "map", "--svg", "-o", "/absent/x",
		       number(getpid()));
}

TEST_HARNESS_MAIN
