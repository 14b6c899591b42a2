# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every script here needs: where things are, messages, host packages.
# shellcheck disable=SC2034 # not every script needs all

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# What starts a test run may set none, and spatch dies of that.
export HOME=${HOME:-~}
CACHE=${VMADEV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vmadev}
BUILD=${VMADEV_BUILD:-$TOP/build}

# Exit codes beside 0 and 1 (something failed).
readonly EXIT_HOST=2		# wrong usage, or the host lacks something
readonly EXIT_UNAVAILABLE=77	# this row cannot be had here

die()
{
	echo "${0##*/}: $*" >&2
	exit "$EXIT_HOST"
}

note()
{
	echo "# $*"
}

# repo COMMAND...: git on this checkout, also if it belongs to somebody else.
repo()
{
	git -c safe.directory="$TOP" -C "$TOP" "$@"
}

# need WHAT=PACKAGE ...: have every command or /file, or install its package.
need()
{
	local pair what missing=()

	for pair; do
		what=${pair%%=*}
		[[ $what == /* && -e $what ]] || command -v "$what" >/dev/null || missing+=("${pair#*=}")
	done
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

install_packages()
{
	local log=$BUILD/apt.log

	if [ "$(id -u)" != 0 ]; then
		die "missing on this host; please run: sudo apt-get install -y --no-install-recommends $*"
	fi
	note "installing $*" >&2
	mkdir -p "$BUILD"
	if ! with_lock "$CACHE/lock-packages" install_packages_locked "$@" >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "cannot install $*"
	fi
}

install_packages_locked()
{
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update && apt-get -q install -y --no-install-recommends "$@"
}

# with_lock FILE COMMAND...: run it while no other process does.
with_lock()
{
	local file=$1 fd status=0

	shift
	mkdir -p "$(dirname "$file")"
	exec {fd}>"$file"
	flock "$fd"
	"$@" || status=$?
	exec {fd}>&-
	return "$status"
}
