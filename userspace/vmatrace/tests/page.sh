#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmatrace(1) names every option that --help tells, and groff finds no fault in it.
# usage: page.sh FOLDER-OF-VMATRACE
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/page.sh"

for option in $("$1/vmatrace" --help | sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\2/p'); do
	must_tell "$option" "$option"
done
exit "$status"
