/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file of a probe includes. */
#ifndef VMAUDIT_PROBE_H
#define VMAUDIT_PROBE_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vt.h>

#include "../vmaudit.h"

#endif
