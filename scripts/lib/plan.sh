# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the guest is to run.

readonly PROGRAM_SECONDS=120	# for one program of the suite
readonly GUEST_SECONDS=900	# for all of them and the boot

# test_programs: every built test program, one a line.
test_programs()
{
	find "$BUILD/selftests" -maxdepth 1 -type f -perm /111 | LC_ALL=C sort
}

# plan_tests [FILTER...]: the suite, or what PROGRAM or PROGRAM.TEST name.
plan_tests()
{
	local file name params mode filter only wanted=0

	[ $# -gt 0 ] || set -- '*'
	for filter; do
		only=()
		case $filter in *.*) only=(-t "${filter#*.}") ;; esac
		for file in $(test_programs); do
			name=${file##*/}
			# shellcheck disable=SC2053 # a glob is meant
			[[ $name == ${filter%%.*} ]] || continue
			# One program is about loading and unloading: it does so itself.
			params=default
			[ "$name" != load ] || params=-
			pack_program "$file"
			plan_run "$name" "$PROGRAM_SECONDS" "$params" "/t/$name" "${only[@]}"
			wanted=$((wanted + 1))
		done
		for mode in remap pfn; do
			name=pfnmap_$mode
			# shellcheck disable=SC2053 # a glob is meant
			[[ $name == ${filter%%.*} ]] || continue
			# The kernel's own test, on a default region of that strategy.
			pack_program "$BUILD/guest/pfnmap"
			plan_run "$name" "$PROGRAM_SECONDS" "strategy=$mode,backing=contig" \
				/t/pfnmap "${only[@]}" -- /dev/vmadev
			wanted=$((wanted + 1))
		done
	done
	[ "$wanted" -gt 0 ] || die "no test program is named \"$*\"; there are: $(test_programs | sed 's,.*/,,' | tr '\n' ' ')pfnmap_remap pfnmap_pfn"
}

# plan_shell: a shell on the console, every test program at hand in /t.
plan_shell()
{
	local file applet

	for file in $(test_programs); do
		pack_program "$file"
	done
	pack_program "$(command -v busybox)" bin
	for applet in $(busybox --list); do
		ln -s busybox "$ROOT/bin/$applet"
	done
	echo raw >>"$ROOT/plan"
	plan_run shell 0 default /bin/sh -l
}

# plan_demo [NAME...]: the guided tour.
plan_demo()
{
	pack_program "$BUILD/selftests/demo"
	echo raw >>"$ROOT/plan"
	plan_run demo 0 default /t/demo "$@"
}
