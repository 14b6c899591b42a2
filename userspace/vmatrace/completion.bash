# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vmatrace. Options are read from --help, so that the two never differ;
# what follows the options is a program.

_vmatrace_options() {
	case ${COMP_WORDS[1]-} in
	map) echo --svg --html --output; return ;;
	watch) echo --limit; return ;;
	top) echo --delay --count; return ;;
	diff) echo --names; return ;;
	esac
	vmatrace --help 2>/dev/null |
		awk '/^  (-.,|   )/ { print $1 ~ /^--/ ? $1 : $2 }' | sed 's/,$//'
}

_vmatrace_commands() {
	vmatrace --help 2>/dev/null | sed -n 's/^  vmatrace \([a-z]*\).*/\1/p'
}

_vmatrace() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words

	case $previous in
	-p | --attach) words=$(cd /proc && echo [0-9]*) ;;
	watch | top | map | gaps | diff)
		words=$(cd /proc && echo [0-9]*)
		[[ $current != -* ]] || words=$(_vmatrace_options)
		;;
	--by) words='perf seccomp ptrace ptrace-once' ;;
	--colour) words='always never auto' ;;
	-e | --filter) words='call= size= address= path= count' ;;
	--format) words='text json chrome folded ledger summary' ;;
	-o | --output | -r | --record)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	vmatrace)
		mapfile -t COMPREPLY < <(compgen -W "replay $(_vmatrace_commands)" -- "$current"
			compgen -c -- "$current")
		[[ $current == -* ]] || return 0
		words=$(_vmatrace_options)
		;;
	*)
		if [[ $current != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$current"; compgen -f -- "$current")
			return
		fi
		words=$(_vmatrace_options)
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vmatrace vmatrace
