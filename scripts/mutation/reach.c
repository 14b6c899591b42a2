// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which blocks of the module have run: linked into it by scripts/mutate, where
 * the compiler calls __sanitizer_cov_trace_pc() in each. Any kernel will do: it
 * needs neither KCOV nor gcov.
 */
#include <linux/module.h>

#define SPAN	0x20000	/* of text on either side of this function's */

static u8 ran[2 * SPAN];
static size_t shown;

void notrace __sanitizer_cov_trace_pc(void)
{
	size_t at = _RET_IP_ - (unsigned long)__sanitizer_cov_trace_pc + SPAN;

	if (at < sizeof(ran))
		ran[at] = 1;
}

/* Each read goes on where the last one ended, until one has nothing more, and forgets. */
static int reached_get(char *page, const struct kernel_param *param)
{
	int len = 0;

	for (; shown < sizeof(ran) && len < PAGE_SIZE - 16; shown++) {
		if (ran[shown])
			len += sprintf(page + len, "%d ", (int)shown - SPAN);
		ran[shown] = 0;
	}
	if (!len)
		shown = 0;
	return len;
}

static const struct kernel_param_ops reached_ops = {
	.get = reached_get,
};
module_param_cb(reached, &reached_ops, NULL, 0400);
