#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmatrace(1) names every option that --help tells, and groff finds no fault in it.
# usage: page.sh FOLDER-OF-VMATRACE
set -eu
page=$(dirname "$0")/../vmatrace.1
status=0
complain() { echo "page.sh: $*" >&2; status=1; }

[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
text=$(groff -mdoc -Tascii -P-c "$page" | sed 's/.\x08//g')
for option in $("$1/vmatrace" --help | sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\2/p'); do
	case $text in
	*"$option"*) ;;
	*) complain "$option is not told" ;;
	esac
done
exit $status
