#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmabench(1) names every option that --help tells and every family of cases, and groff
# finds no fault in it.
# usage: page.sh FOLDER-OF-VMABENCH
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/page.sh"

for option in $("$1/vmabench" --help | sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\2/p'); do
	must_tell "$option" "$option"
done
for family in $("$1/vmabench" --list | sed -E 's/ .*//; s/-[0-9]+[KMG]?$//' | sort -u); do
	must_tell "case $family" "$family"
done
exit "$status"
