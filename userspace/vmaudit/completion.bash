# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vmaudit. Options, kinds and probes are read from it, so that they never differ.

# The names in a part of --list.
_vmaudit_listed() {
	vmaudit --list 2>/dev/null |
		awk -v part="$1" '/^[A-Z]/ { inside = index($0, part) == 1 } inside && /^  [a-z]/ { print $1 }'
}

_vmaudit() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words

	case $previous in
	--only | --skip) words=$(_vmaudit_listed Probes) ;;
	--prot) words='r w rw' ;;
	--flags) words='shared private' ;;
	--as) words=$(cut -d: -f3 /etc/passwd) ;;
	--fd | --length | --offset | --seconds) words= ;;
	--baseline)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	*)
		if [[ $current == -* ]]; then
			words=$(vmaudit --help 2>/dev/null | grep -oE -- '(^  -., |^      |, )--[a-z]+' | grep -o -- '--.*')
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_vmaudit_listed Kinds)" -- "$current"; compgen -f -- "$current")
			return
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vmaudit vmaudit
