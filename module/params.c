// SPDX-License-Identifier: GPL-2.0
/*
 * What module parameters say.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "params.h"

/* As memparse(), which wraps where a number is too large, and takes any rest. */
static int parse_size(const char *text, u64 *bytes)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, toupper(text[len - 1])) : NULL;
	unsigned int shift = unit ? 10 * (unit - units + 1) : 0;
	char number[24];
	u64 value;

	if (unit)
		len--;
	if (len >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	if (kstrtou64(number, 0, &value) || check_shl_overflow(value, shift, bytes))
		return -EINVAL;
	return 0;
}

/**
 * vmadev_parse_bytes() - a number of bytes, K/M/G allowed
 * @name:  of the parameter
 * @text:  its value
 * @bytes: gets the number, a multiple of the page size, not 0
 *
 * Return: 0, or -EINVAL and a line in the log.
 */
int vmadev_parse_bytes(const char *name, const char *text, u64 *bytes)
{
	u64 value;

	if (!parse_size(text, &value) && value && PAGE_ALIGNED(value)) {
		*bytes = value;
		return 0;
	}
	pr_err("%s=%s: want a multiple of %lu bytes, like 16M\n", name, text, PAGE_SIZE);
	return -EINVAL;
}

/**
 * vmadev_parse_mode() - permissions, octal
 * @text: the value of the parameter
 * @mode: gets the bits
 *
 * Return: 0, or -EINVAL and a line in the log.
 */
int vmadev_parse_mode(const char *text, umode_t *mode)
{
	u16 value;

	if (kstrtou16(text, 8, &value) || value & ~0777) {
		pr_err("mode=%s: want octal permissions, like 0660\n", text);
		return -EINVAL;
	}
	*mode = value;
	return 0;
}
