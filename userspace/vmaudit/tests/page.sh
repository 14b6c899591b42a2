#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmaudit(1) names every option that --help tells and every verdict, and groff finds no
# fault in it.
# usage: page.sh FOLDER-OF-VMAUDIT
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/page.sh"

for option in $("$1/vmaudit" --help | grep -oE -- '(^  -., |^      |, )--[a-z]+' | grep -o -- '--.*'); do
	must_tell "$option" "$option"
done
verdicts=$(sed -n 's/^\t\t\[[A-Z_]*\] = "\(.*\)",$/\1/p' "$(dirname "$0")/../verdict.c" |
	grep -v '^no verdict$')
while read -r verdict; do
	must_tell "verdict $verdict" "$verdict"
done <<END
$verdicts
END
exit "$status"
