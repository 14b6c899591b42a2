#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes options and their words of vmatrace.
# usage: completion.sh FOLDER-OF-VMATRACE
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/completion.sh"

expect "--summary" vmatrace --su
expect "--attach" vmatrace --a
expect "always auto" vmatrace --colour a
expect "perf ptrace ptrace-once" vmatrace --by p
expect "call= count" vmatrace -e c
expect "chrome" vmatrace --format c
expect "replay" vmatrace repla
expect "--names" vmatrace diff --n
exit "$status"
