#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmaudit(1) names every option that --help tells and every verdict, and groff finds no
# fault in it.
# usage: page.sh FOLDER-OF-VMAUDIT
set -eu
page=$(dirname "$0")/../vmaudit.1
status=0
complain() { echo "page.sh: $*" >&2; status=1; }

[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
text=$(groff -mdoc -Tascii -P-c "$page" | sed 's/.\x08//g')
for option in $("$1/vmaudit" --help | grep -oE -- '(^  -., |^      |, )--[a-z]+' | grep -o -- '--.*'); do
	case $text in *"$option"*) ;; *) complain "$option is not told" ;; esac
done
sed -n 's/^\t\t\[[A-Z_]*\] = "\(.*\)",$/\1/p' "$(dirname "$0")/../verdict.c" | while read -r verdict; do
	case $verdict in "no verdict") continue ;; esac
	case $text in *"$verdict"*) ;; *) echo "page.sh: no verdict $verdict" >&2; exit 1 ;; esac
done || status=1
exit $status
