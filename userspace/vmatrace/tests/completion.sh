#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes options and their words of vmatrace.
# usage: completion.sh FOLDER-OF-VMATRACE
set -euo pipefail
PATH=$(cd "$1" && pwd):$PATH
cd "$(dirname "$0")"
status=0
# shellcheck source-path=SCRIPTDIR
. ../completion.bash

# expect REPLY WORD...: the words of a command line, the last being typed
expect() {
	local want=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_vmatrace
	[ "${COMPREPLY[*]}" = "$want" ] && return
	echo "completion.sh: '$*' gives '${COMPREPLY[*]}', not '$want'" >&2
	status=1
}

expect "--summary" vmatrace --s
expect "--attach" vmatrace --a
expect "always auto" vmatrace --colour a
expect "call= count" vmatrace -e c
exit $status
