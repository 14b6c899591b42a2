# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the guest is to run.

readonly PROGRAM_SECONDS=120	# for one program of the suite
readonly AUDIT_SECONDS=600	# for all that is asked of one mapping
readonly SCRIPT_SECONDS=300	# for a shell script
readonly UNPRIVILEGED=1000	# the user of the runs that are not root's
# The programs that such a user can run, each of its tests, on a node of mode 0666. What
# races with what does not depend on whose it is.
readonly USER_PROGRAMS=(advise basic cap coherence create fileops fork futex inject
	inject_actions inject_rules ioctl_abi lock mremap pagemap peek range security smaps stats
	strategy uring vma zero)
# The programs in which CPUs have to run against each other.
# shellcheck disable=SC2034 # scripts/vm deals them out
readonly PARALLEL_PROGRAMS=('*race_*' fallocate faults_memory '*futex' seals_busy uffd vmactl-trace)
# The programs that a debug kernel, which watches the module, has nothing to say of: they do
# without it, or test a command line. Nor is there news in what another user may not do, or
# what the same calls of a 32-bit program do.
# They run there if they are named.
readonly UNWATCHED_PROGRAMS=('user_*' '*_32' 'vmabench-*' 'vmatrace-*' 'vmaudit-*'
	'vmactl-@(device|held|streams|usage)')
# The programs that other drivers of the kernel are loaded for.
readonly DRIVER_PROGRAMS=(import import_video)
FUZZ_SECONDS=${FUZZ_SECONDS:-60}

# programs FOLDER: the programs in a folder of $PROGRAMS, one a line.
programs()
{
	find "$PROGRAMS/$1" -maxdepth 1 -type f -perm /111 2>/dev/null | LC_ALL=C sort
}

# plan_huge: the strategy huge, where the row's kernel serves it.
plan_huge()
{
	! grep -q '^CONFIG_ARCH_SUPPORTS_HUGE_PFNMAP=y' "$KERNEL/headers/.config" || echo huge
}

# test_params PROGRAM: how the module is loaded for one of the suite.
test_params()
{
	local pattern params

	while read -r pattern params; do
		# shellcheck disable=SC2053 # a glob is meant
		[[ $1 == $pattern ]] && echo "$params" && return
	done <"$TOP/selftests/params.txt"
	echo default
}

# is_one_of PROGRAM GLOB...: whether its name is.
is_one_of()
{
	local pattern

	for pattern in "${@:2}"; do
		# shellcheck disable=SC2053 # a glob is meant
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# test_table: every test: its name, how the module is loaded for it ("-": not
# at all, "@NAME": that one instead), the user who runs it, the program, arguments
# of its own.
test_table()
{
	local file name params mode

	for file in $(programs selftests) $(programs userspace/t); do
		name=${file##*/}
		params=$(test_params "$name")
		case $name in
		vmaudit-wrong | vmaudit-probes)
			# What a probe says of the kernel's own mappings is a table of amd64's.
			[ "$name" = vmaudit-wrong ] || [ "$ROW_ARCH" = amd64 ] || continue
			# A kernel that looks for such drivers itself, complains, and ends there.
			! grep -q '^CONFIG_DEBUG_VM=y' "$KERNEL/headers/.config" || continue
			params=@vmadev_wrong
			;;
		esac
		echo "$name $params 0 $file"
	done
	for name in "${USER_PROGRAMS[@]}"; do
		echo "user_$name mode=0666 $UNPRIVILEGED $PROGRAMS/selftests/$name"
	done
	for mode in remap pfn $(plan_huge); do
		echo "pfnmap_$mode strategy=$mode,backing=contig 0 $PROGRAMS/guest/pfnmap -- /dev/vmadev"
	done
	for mode in remap pfn $(plan_huge); do
		echo "pfnmap_example_$mode @vmadev_example_$mode 0 $PROGRAMS/guest/pfnmap -- /dev/vmadev_example_$mode"
	done
	[ ! -e "$PROGRAMS/userspace/tour" ] || echo "tour default 0 $PROGRAMS/userspace/tour/tour --tap"
}

# plan_test NAME PARAMETERS USER FILE ARGUMENT...: LIMIT is its time, if it has one of its own.
plan_test()
{
	local name=$1 params=$2 user=$3 file=$4 folder=t

	shift 4
	! is_one_of "$name" "${DRIVER_PROGRAMS[@]}" || plan_test_drivers
	case $file in
	*/tour/tour) folder=tour ;;
	*) pack_program "$file" ;;
	esac
	case $file in
	*/userspace/*) plan_programs ;;
	esac
	case $name in
	vmactl-sqlite) plan_foreign sqlite3=sqlite3 ;;
	vmactl-lmdb) plan_foreign mdb_load=lmdb-utils ;;
	vmactl-programs)
		plan_foreign rg=ripgrep grep=grep cp=coreutils sync=coreutils sqlite3=sqlite3 \
			mdb_load=lmdb-utils mdb_dump=lmdb-utils
		plan_python
		;;
	esac
	plan_run "$name" "${LIMIT:-$((PROGRAM_SECONDS * SLOWER))}" "$params" "$user" \
		"/$folder/${file##*/}" "$@"
}

# plan_test_drivers: drivers that import buffers, of the rows that are tested after each
# change: those of each machine would be a download of their own.
plan_test_drivers()
{
	! row_names_default | grep -qx "$ROW" || drivers_fetch || true
	pack_modules selftests/driver-modules.txt
}

# plan_foreign PROGRAM=PACKAGE...: somebody else's programs, of this machine.
plan_foreign()
{
	local pair

	[ "$ROW_ARCH" = amd64 ] || return 0
	need "$@"
	for pair; do
		pack_program "$(command -v "${pair%%=*}")" bin
	done
}

# plan_python: Debian's own, with no more of its library than it takes to map a file.
plan_python()
{
	local library=/usr/lib/python3.11 file

	[ "$ROW_ARCH" = amd64 ] || return 0
	need /usr/bin/python3.11=python3.11-minimal "$library/lib-dynload=libpython3.11-stdlib"
	pack_program /usr/bin/python3.11 bin
	for file in os.py encodings/{__init__,aliases,utf_8}.py; do
		install -D -m 644 "$library/$file" "$ROOT$library/$file"
	done
	install -D -m 644 -t "$ROOT$library/lib-dynload" "$library"/lib-dynload/mmap.*.so
}

# plan_programs: what users run.
plan_programs()
{
	local file

	for file in $(programs userspace/bin); do
		pack_program "$file" bin
	done
	for file in $(programs userspace/tour); do
		pack_program "$file" tour
	done
}

# tests_named [FILTER...]: the suite, or what PROGRAM or PROGRAM.TEST name, as
# plan_test takes it, a line each.
tests_named()
{
	local name params user file arguments filter only unwatched=()

	if [ $# = 0 ]; then
		set -- '*'
		! row_is_built || unwatched=("${UNWATCHED_PROGRAMS[@]}")
	fi
	while read -r name params user file arguments; do
		! is_one_of "$name" "${unwatched[@]}" || continue
		for filter; do
			# shellcheck disable=SC2053 # a glob is meant
			[[ $name == ${filter%%.*} ]] || continue
			only=
			case $filter in
			*.'*') ;;
			*.*) only="-t ${filter#*.}" ;;
			esac
			echo "$name $params $user $file $only $arguments"
		done
	done < <(test_table)
}

# plan_mutants FILE: each of its lines is NAME FOLDER PROGRAM[.TEST][=SECONDS]...: a mutant,
# its modules (those in no such folder are as they are), and what may tell of it.
plan_mutants()
{
	local name folder tests program params user file arguments LIMIT
	local -A table

	while read -r program arguments; do
		table[$program]=$arguments
	done < <(test_table)
	while read -r name folder tests; do
		mkdir "$ROOT/m/$name"
		ln -srt "$ROOT/m/$name" "$ROOT"/m/*.ko
		install -m 644 "$folder"/*.ko "$ROOT/m/$name/"
		echo "mutant $name /m/$name" >>"$ROOT/plan"
		for program in $tests; do
			LIMIT=${program##*=}
			program=${program%=*}
			[ "$LIMIT" != "$program" ] || LIMIT=
			read -r params user file arguments <<<"${table[${program%%.*}]}"
			# shellcheck disable=SC2086 # a list of words
			[ "$program" = "${program#*.}" ] || arguments="-t ${program#*.} $arguments"
			# shellcheck disable=SC2086 # a list of words
			plan_test "${program%%.*}" "$params" "$user" "$file" $arguments
		done
	done <"$1"
}

# plan_load: nothing that needs the module, but it loaded.
plan_load()
{
	plan_programs
	plan_run load $((PROGRAM_SECONDS * SLOWER)) default 0 /bin/vmactl --help
}

# plan_fuzz OPTION...: the fuzzer, and the time to make a sequence that fails short.
plan_fuzz()
{
	local option options=()

	for option; do
		if [ -f "$option" ]; then
			cp "$option" "$ROOT/t/${option##*/}"
			option=/t/${option##*/}
		fi
		options+=("$option")
	done
	pack_program "$BUILD/fuzz/vmadev-fuzz"
	plan_run fuzz $((FUZZ_SECONDS + 300 * SLOWER)) size=64K 0 /t/vmadev-fuzz \
		--time "$FUZZ_SECONDS" "${options[@]}"
}

# plan_bench OPTION...: what each way of mapping costs.
plan_bench()
{
	pack_program "$PROGRAMS/userspace/bin/vmabench"
	echo raw >>"$ROOT/plan"
	plan_run bench 0 default 0 /t/vmabench --clock instructions --json "$@"
}

# audits_named [SPEC...]: the lines of audits.txt, or those of these names; what is no
# name there is for vmaudit itself.
audits_named()
{
	local table spec

	table=$(sed -E '/^(#|$)/d; s/[[:space:]]+/ /' "$TOP/userspace/vmaudit/audits.txt")
	[ $# -gt 0 ] || { echo "$table"; return; }
	for spec; do
		grep -m 1 "^$spec " <<<"$table" || echo "${spec%% *} $spec"
	done
}

# plan_audit FILE: vmaudit on each of the lines, a name and its arguments. A node other than
# vmadev's is of the module that is called as it is.
plan_audit()
{
	local name arguments params

	pack_program "$PROGRAMS/userspace/bin/vmaudit"
	plan_drivers
	while read -r name arguments; do
		params=default
		[[ $arguments != */dev/vmadev_* ]] || params=@${arguments##*/dev/}
		# shellcheck disable=SC2086 # a list of words
		plan_run "$name" $((AUDIT_SECONDS * SLOWER)) "$params" 0 /t/vmaudit --json \
			--seconds 20 ${AUDIT_OPTIONS-} $arguments
	done <"$1"
}

# plan_drivers: what audit_devices has devices for, and the memory that it sets apart. All of
# devdax's is described in ordinary memory.
plan_drivers()
{
	local nd=/sys/bus/nd

	pack_modules userspace/vmaudit/kernel-modules.txt
	cat >>"$ROOT/plan" <<-EOF
		mount /dev/pmem0 /ext4 ext4 dax=never
		mount /dev/pmem1 /fsdax ext4 dax=always
		write $nd/drivers/nd_pmem/unbind namespace2.0
		write $nd/devices/dax2.0/mode ram
		write $nd/devices/dax2.0/align 2097152
		write $nd/devices/dax2.0/uuid 5f0b9a3c-2b5e-4d0f-9a86-0c1d2e3f4a5b
		write $nd/devices/dax2.0/namespace namespace2.0
		write $nd/drivers/dax_pmem/bind dax2.0
	EOF
}

# plan_busybox: a shell, and what one types into it.
plan_busybox()
{
	local applet

	need busybox=busybox
	plan_programs
	pack_program "$(command -v busybox)" bin
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$ROOT/bin/$applet"
	done
}

# plan_script FILE [PROGRAM...]: it is in /t, and the programs too.
plan_script()
{
	local file

	plan_busybox
	for file; do
		pack_program "$file"
	done
	plan_run script $((SCRIPT_SECONDS * SLOWER)) default 0 /bin/sh "/t/${1##*/}"
}

# plan_shell: a shell on the console, every test program at hand in /t.
plan_shell()
{
	local file

	plan_busybox
	for file in $(programs selftests) $(programs userspace/t); do
		pack_program "$file"
	done
	echo raw >>"$ROOT/plan"
	plan_run shell 0 default 0 /bin/sh -l
}

# plan_demo [NAME...]: the guided tour; with TRACE under vmatrace.
plan_demo()
{
	plan_programs
	echo raw >>"$ROOT/plan"
	plan_run demo 0 default 0 /tour/tour ${TRACE:+--trace} "$@"
}
