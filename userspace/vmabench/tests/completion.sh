#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes options, cases and peers of vmabench.
# usage: completion.sh FOLDER-OF-VMABENCH
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/completion.sh"

expect "--passes --pause --pin" vmabench --p
expect "--list" vmabench --l
expect "fork-256 fork-4096 fork-16384" vmabench --filter fork-
expect "fork-256/page fork-256/page-contig" vmabench -f fork-256/page
expect "cycles" vmabench --clock c
expect "" vmabench --passes ''
exit "$status"
