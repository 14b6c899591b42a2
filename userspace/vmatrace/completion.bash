# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vmatrace. Options are read from --help, so that the two never differ;
# what follows the options is a program.

_vmatrace_options() {
	vmatrace --help 2>/dev/null |
		awk '/^  (-.,|   )/ { print $1 ~ /^--/ ? $1 : $2 }' | sed 's/,$//'
}

_vmatrace() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words

	case $previous in
	-p | --attach) words=$(cd /proc && echo [0-9]*) ;;
	--by) words='perf seccomp ptrace' ;;
	--colour) words='always never auto' ;;
	-e | --filter) words='call= size= address= path= count' ;;
	-o | --output)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
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
