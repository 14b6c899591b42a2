#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside a kernel tree: run the programs beside this one, or those that are named, each with
# the module loaded as params.txt has it. Prints KTAP.
cd "$(dirname "$0")" || exit

KSFT_SKIP=4
SECONDS_EACH=300

VMADEV_KO=$(modinfo -F filename vmadev 2>/dev/null)
if [ -z "$VMADEV_KO" ] || [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP there is no module vmadev, or no root'
	exit $KSFT_SKIP
fi
export VMADEV_KO

params_of()
{
	while read -r pattern params; do
		# shellcheck disable=SC2254 # a glob is meant
		case $1 in $pattern) echo "$params"; return ;; esac
	done <params.txt
}

# load NAME: as the program wants it.
load()
{
	rmmod vmadev 2>/dev/null
	[ ! -e /sys/module/vmadev ] || return
	params=$(params_of "$1")
	# shellcheck disable=SC2046 # a list of words
	[ "$params" = - ] || modprobe vmadev $(echo "$params" | tr , ' ')
}

while read -r name params; do
	# shellcheck disable=SC2086 # a list of words
	case $name in '' | '#'*) ;; *) modprobe -q "$name" $params ;; esac
done <kernel-modules.txt
if [ $# = 0 ]; then
	# shellcheck disable=SC2046 # a list of words
	set -- $(find . -maxdepth 1 -type f -perm /111 ! -name '*.sh' -printf '%f\n' | sort)
fi
echo 'TAP version 13'
echo "1..$#"
n=0 failed=0
for name; do
	n=$((n + 1))
	if load "$name"; then
		timeout $SECONDS_EACH "./$name" >/tmp/vmadev.$$ 2>&1
		status=$?
	else
		echo "cannot load the module anew" >/tmp/vmadev.$$
		status=1
	fi
	case $status in
	0) echo "ok $n $name" ;;
	"$KSFT_SKIP") echo "ok $n $name # SKIP" ;;
	*)
		echo "not ok $n $name # exit=$status"
		failed=$((failed + 1))
		;;
	esac
	sed 's/^/# /' /tmp/vmadev.$$
done
rm -f /tmp/vmadev.$$
rmmod vmadev 2>/dev/null
[ "$failed" = 0 ] && [ ! -e /sys/module/vmadev ]
