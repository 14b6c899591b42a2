#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes options, kinds and probes of vmaudit.
# usage: completion.sh FOLDER-OF-VMAUDIT
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/completion.sh"

expect "--dangerous" vmaudit --d
expect "--tap" vmaudit --t
expect "shared" vmaudit --flags s
expect "munmap-first munmap-middle munmap-last" vmaudit --only munmap-
expect "memfd" vmaudit memf
exit "$status"
