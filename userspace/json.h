/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON on standard output, as it comes, for programs that link to no library. */
#ifndef JSON_H
#define JSON_H

/* @before, and "name": "value" */
void json_member(const char *before, const char *name, const char *value);

#endif
