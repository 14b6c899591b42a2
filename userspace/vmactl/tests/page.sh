#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmactl(1) names every command and every option that --help tells, and groff
# finds no fault in it.
# usage: page.sh FOLDER-OF-VMACTL
set -eu
page=$(dirname "$0")/../vmactl.1
status=0
complain() { echo "page.sh: $*" >&2; status=1; }

[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
text=$(groff -mdoc -Tascii -P-c "$page" | sed 's/.\x08//g')
for command in $("$1/vmactl" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
	case $text in *"vmactl $command"*) ;; *) complain "no $command" ;; esac
	for option in $("$1/vmactl" "$command" --help |
		sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\1\2/p' | tr -d ' '); do
		case $text in
		*"${option%%,*}"*) ;;
		*) complain "$command $option is not told" ;;
		esac
	done
done
exit $status
