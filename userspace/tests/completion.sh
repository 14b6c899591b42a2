# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # who reads this ends with $status
# What the tests of bash completion share: they read this with the folder of the programs
# as $1, and end with "exit $status".
set -euo pipefail
PATH=$(cd "$1" && pwd):$PATH
cd "$(dirname "$0")"
status=0
# shellcheck source=/dev/null # that of the program whose test this is
. ../completion.bash

# expect REPLY WORD...: the words of a command line, the last being typed
expect() {
	local want=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	"_$1"
	[ "${COMPREPLY[*]}" = "$want" ] && return
	echo "completion.sh: '$*' gives '${COMPREPLY[*]}', not '$want'" >&2
	status=1
}
