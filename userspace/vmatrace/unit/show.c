// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of a stack, and of numbers over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../show/growth.h"
#include "../who/owner.h"

#define OWNER(...) owner_of((const char *const[]){ __VA_ARGS__, NULL })

static void owner_is_who_asked(void **state)
{
	(void)state;
	assert_string_equal("", OWNER(NULL));
	assert_string_equal("leak", OWNER("mmap64 (libc.so.6)", "pool_grow (leak)", "main (leak)"));
	assert_string_equal("libc.so.6 malloc for libssl.so.3",
			    OWNER("__mmap (libc.so.6)", "sysmalloc (libc.so.6)",
				  "malloc (libc.so.6)", "CRYPTO_malloc (libssl.so.3)",
				  "main (server)"));
	assert_string_equal("libjemalloc.so.2",
			    OWNER("mmap (libc.so.6)", "os_pages_map (libjemalloc.so.2)",
				  "malloc (libjemalloc.so.2)", "main (server)"));
	assert_string_equal("ld-linux-x86-64.so.2 dl_open_worker for python3",
			    OWNER("__mmap64 (ld-linux-x86-64.so.2)",
				  "_dl_map_segments (ld-linux-x86-64.so.2)",
				  "dl_open_worker (ld-linux-x86-64.so.2)",
				  "dlopen_doit (libc.so.6)", "import (python3)"));
	assert_string_equal("JIT", OWNER("Loop::run (JIT)"));
	assert_string_equal("0x1234", OWNER("0x1234"));
}

static void path_leaves_wrappers_out(void **state)
{
	(void)state;
	assert_string_equal("grow < main", owner_path("mmap\nmmap64 (libc.so.6)\ngrow (leak)\n"
						      "main (leak)"));
	assert_string_equal("", owner_path("mmap"));
}

static void growth_foresees_the_limit(void **state)
{
	struct growth growth = { 0 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (int i = 0; i <= 5000; i++)
		growth_add(&growth, 100 + i * 0.01, 1000 + (size_t)i);
	assert_true(growth.count <= MOST_SAMPLES);
	assert_true(growth_rate(&growth) > 99 && growth_rate(&growth) < 101);
	growth_print(out, &growth, 65530);
	fclose(out);
	assert_non_null(strstr(text, "6000 VMAs, 6000 at most, of 65530 (9.2%)"));
	assert_non_null(strstr(text, "50.00 s; +100 a second, the limit in 9.9 minutes"));
	free(text);
}

static void what_does_not_grow_has_no_end(void **state)
{
	struct growth growth = { 0 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (int i = 0; i < 100; i++)
		growth_add(&growth, i, 500 - (size_t)i);
	growth_print(out, &growth, 65530);
	fclose(out);
	assert_true(growth_rate(&growth) < 0);
	assert_non_null(strstr(text, "401 VMAs, 500 at most"));
	assert_null(strstr(text, "the limit"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_is_who_asked),
		cmocka_unit_test(path_leaves_wrappers_out),
		cmocka_unit_test(growth_foresees_the_limit),
		cmocka_unit_test(what_does_not_grow_has_no_end),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
