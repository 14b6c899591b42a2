#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmactl(1) names every command and every option that --help tells, and groff
# finds no fault in it.
# usage: page.sh FOLDER-OF-VMACTL
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/page.sh"

for command in $("$1/vmactl" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
	must_tell "$command" "vmactl $command"
	for option in $("$1/vmactl" "$command" --help |
		sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\1\2/p' | tr -d ' '); do
		must_tell "$command $option" "${option%%,*}"
	done
done
exit "$status"
