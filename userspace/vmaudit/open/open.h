/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMAUDIT_OPEN_H
#define VMAUDIT_OPEN_H

#include "../vmaudit.h"

extern const struct opener opener_anon;
extern const struct opener opener_zero;
extern const struct opener opener_memfd;
extern const struct opener opener_file;
extern const struct opener opener_vmadev;
extern const struct opener opener_exec;

#endif
