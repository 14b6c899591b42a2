# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vmabench. Options, cases and peers are read from it, so that they never differ.

# The cases; behind a slash the peers of each.
_vmabench_filters() {
	vmabench --list 2>/dev/null |
		awk -v peers="$([[ $1 != */* ]] || echo 1)" '
			!peers { print $1; next }
			{ for (i = 4; i <= NF; i++) print $1 "/" $i }'
}

_vmabench() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words

	case $previous in
	-f | --filter) words=$(_vmabench_filters "$current") ;;
	--clock) words='instructions cycles nanoseconds auto' ;;
	--passes | --pin) words= ;;
	*) words=$(vmabench --help 2>/dev/null | grep -oE -- '^  (-., |    )--[a-z]+' | grep -o -- '--.*') ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vmabench vmabench
