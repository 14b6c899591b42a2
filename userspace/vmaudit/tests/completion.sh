#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes options, kinds and probes of vmaudit.
# usage: completion.sh FOLDER-OF-VMAUDIT
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
	_vmaudit
	[ "${COMPREPLY[*]}" = "$want" ] && return
	echo "completion.sh: '$*' gives '${COMPREPLY[*]}', not '$want'" >&2
	status=1
}

expect "--dangerous" vmaudit --d
expect "--tap" vmaudit --t
expect "shared" vmaudit --flags s
expect "munmap-first munmap-middle munmap-last" vmaudit --only munmap-
expect "memfd" vmaudit memf
exit $status
