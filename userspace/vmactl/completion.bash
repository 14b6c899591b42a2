# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vmactl. What can be completed is read from --help, so that the
# two never differ: commands, options, and words after "NAME|LIST|HOW ...:".

_vmactl_held() {
	local folder=${XDG_RUNTIME_DIR:-/run}/vmadev socket
	for socket in "$folder"/*; do
		if [[ -S $socket ]]; then
			printf '%s\n' "${socket##*/}"
		fi
	done
}

# The words that --help COMMAND lists for an option, on its line and the next.
_vmactl_words() {
	vmactl "$1" --help 2>/dev/null | awk -v option="$2" '
		/^  (-.,|   ) --/ { inside = $1 == option "," || $1 == option || $2 == option
				    line = $0
				    if (!sub(/^.*: /, "", line)) inside = 0
				    if (inside) print line
				    next }
		inside'
}

_vmactl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} words

	if ((COMP_CWORD == 1)); then
		words="$(vmactl --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }') --help --version"
	elif [[ $current == -* ]]; then
		words=$(vmactl "$command" --help 2>/dev/null |
			awk '/^  (-.,|   ) --/ { print $1 ~ /^--/ ? $1 : $2 }')
		words=${words//[[]=SECONDS]/}
	elif [[ $previous == -r || $previous == --region ]]; then
		words=$(_vmactl_held)
	elif [[ $previous == -d || $previous == --device ||
		$previous == --from || $previous == --to ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	else
		words=$(_vmactl_words "$command" "$previous")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _vmactl vmactl
