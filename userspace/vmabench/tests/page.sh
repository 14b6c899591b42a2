#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmabench(1) names every option that --help tells and every family of cases, and groff
# finds no fault in it.
# usage: page.sh FOLDER-OF-VMABENCH
set -eu
page=$(dirname "$0")/../vmabench.1
status=0
complain() { echo "page.sh: $*" >&2; status=1; }

[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
text=$(groff -mdoc -Tascii -P-c "$page" | sed 's/.\x08//g')
for option in $("$1/vmabench" --help | sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\2/p'); do
	case $text in *"$option"*) ;; *) complain "$option is not told" ;; esac
done
for family in $("$1/vmabench" --list | sed -E 's/ .*//; s/-[0-9]+[KMG]?$//' | sort -u); do
	case $text in *"$family"*) ;; *) complain "no case $family" ;; esac
done
exit $status
