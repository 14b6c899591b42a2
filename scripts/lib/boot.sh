# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Boot the packed guest in QEMU and judge how it ended.

# Plain memory is not zeroed on allocation: a module that forgets to is caught.
# Any trace event also switches on those of the scheduler, to record names: QEMU's
# TCG has run code that another CPU was patching there (Oops: int3).
# A host that stands still for 20 s looks like a soft lockup: one that is lasts, for 60 s too.
readonly KERNEL_ARGS='loglevel=1 panic=-1 oops=panic panic_print=0x20 cryptomgr.notests=1 init_on_alloc=0 trace_options=norecord-cmd watchdog_thresh=30'
# Every VMA costs a debug kernel much: 60,000 of the tour's are too many.
readonly DEBUG_KERNEL_ARGS='sysctl.vm.max_map_count=8192 softlockup_panic=1 hung_task_panic=1 page_poison=1 page_owner=on'
readonly GUEST_SECONDS=300	# of a guest, beside what its plan takes

readonly SYMBOL='^[0-9a-f]{16} [tTwW] '	# of a function, as vmabench --pause prints it

# How a report of the kernel's begins.
readonly COMPLAINT='\] (-+\[ cut here|(watchdog: )?BUG:|WARNING:|UBSAN:|INFO: |Oops|kernel BUG at|Unable to handle|general protection)'

# Where in an audit's guest memory is set apart: for ext4, for the same with DAX, for devdax.
readonly PERSISTENT=(640M 672M 704M)

# boot_accel: kvm where it is known to answer, else tcg. A /dev/kvm may exist
# and still not boot a guest, so one is booted once to see. Other machines than
# the host's are emulated.
boot_accel()
{
	local seen

	if [ -n "${VM_ACCEL-}" ]; then
		echo "$VM_ACCEL"
		return
	fi
	if ! machine_is_host || [ ! -w /dev/kvm ] || ! grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
		echo tcg
		return
	fi
	seen=$CACHE/accel/$(uname -r)-$(qemu-system-x86_64 --version | sed -nE '1s/.*version ([^ ]+).*/\1/p')
	if [ ! -e "$seen" ]; then
		mkdir -p "${seen%/*}"
		boot_probe >"$seen"
	fi
	cat "$seen"
}

boot_probe()
{
	if boot_qemu kvm 30 </dev/null 2>/dev/null | grep -q 'Linux version\|Kernel panic'; then
		echo kvm
	else
		echo tcg
	fi
}

# boot_qemu ACCEL SECONDS [QEMU-ARGUMENT...]: in a pipe or in the background, where
# this shell becomes QEMU, so that who kills it kills QEMU.
boot_qemu()
{
	local accel=$1 seconds=$2 cpus=${VM_CPUS:-2} args="$BOOT_ARGS $KERNEL_ARGS"

	shift 2
	machine_memory "${VM_MEMORY:-1024}" "$cpus"
	if [[ ${ROW_FLAVOUR-} == debug* ]]; then
		args="$args $DEBUG_KERNEL_ARGS"
		[ "$accel" != tcg ] || args="$args $(boot_clock)" || exit
	fi
	case ${ROW_FLAVOUR-} in
	debug) args="$args panic_on_warn=1" ;;
	# The kernel's own races are no reason to end. More watchpoints than by default, and
	# longer ones: the other CPU of a guest may have to wait for a core of the host.
	debug+kcsan) args="$args kcsan.skip_watch=200 kcsan.udelay_task=200" ;;
	esac
	exec timeout --foreground -k 5 "$seconds" "$QEMU" -accel "$accel" "${QEMU_ARGS[@]}" \
		"${MEMORY[@]}" -smp "$cpus,sockets=$cpus" -nodefaults -no-user-config \
		-display none -no-reboot -serial "${VM_SERIAL:-stdio}" \
		-kernel "$KERNEL/image" -initrd "$GUEST/initrd" -append "$args ${VM_ARGS-}" "$@"
}

# boot_clock: what a kernel that was built here is told of the clock of an emulated PC. QEMU
# leaves it one that ticks 100 times a second, with which events of a trace have no order and what
# is short takes no time, or the TSC, whose frequency it mostly fails to find, and does not trust.
boot_clock()
{
	gcc -O2 -Wall -Wextra -o "$GUEST/tsc" "$TOP/scripts/debug/tsc.c" &&
		echo "tsc=reliable tsc_early_khz=$("$GUEST/tsc")"
}

# boot_through FILTER...: boot, and stream what the guest says through a filter; it stays in
# the log of its console. A kernel that dies before PID 1 speaks has seen nothing of ours yet:
# once more, then. What firmware and kernel left unfinished may stand on the same line.
boot_through()
{
	local log=$GUEST/console.log tries=2
	# What is emulated does not speculate; instructions against that take 7 % of the time. And the
	# module comes and goes some thousand times, each waiting for grace periods.
	local VM_ARGS="mitigations=off rcupdate.rcu_expedited=1 ${VM_ARGS-}"

	while ((tries--)); do
		boot_watched | tee "$log" | "$@" || true
		! grep -aq 'TAP version 13' "$log" || break
		note "the guest did not come up"
	done
}

# boot_tests: boot, stream what the guest says; 0 only if all is well.
boot_tests()
{
	local log=$GUEST/console.log failed taint

	boot_through boot_filter
	read -r failed taint < <(sed -nE "s/^vmrun=$NONCE:failed=([0-9]+):taint=([0-9]+)\$/\1 \2/p" \
		"$log" | tail -n 1) || true
	if [ -z "${failed-}" ]; then
		boot_last_words
		echo "Bail out! the guest died, or hung, without a verdict"
		return 1
	fi
	# Out of tree and unsigned: that is what the module is. KUnit leaves a mark.
	if [ $((taint & ~0x43000)) != 0 ]; then
		echo "# the kernel is tainted: $taint"
		return 1
	fi
	[ "$failed" = 0 ]
}

# test_devices: what tests of PCI devices have: two with the same memory, which is a file of the
# host's, one with registers, and one that a driver of the kernel's may have. Other machines have none.
test_devices()
{
	local shared=$GUEST/shared id

	TEST_DEVICES=()
	machine_is_host || return 0
	rm -f "$shared"
	truncate -s 4M "$shared"
	printf 'bytes of the host' | dd of="$shared" bs=4096 seek=1023 conv=notrunc status=none
	for id in ours theirs; do
		TEST_DEVICES+=(-object "memory-backend-file,id=$id,mem-path=$shared,size=4M,share=on"
			-device "ivshmem-plain,memdev=$id")
	done
	TEST_DEVICES+=(-device edu -device 'virtio-rng-pci,disable-legacy=on')
}

# audit_devices: what vmaudit's openers have drivers for. The machine has an HPET of its own.
audit_devices()
{
	local start memmap=

	BOOT_DEVICES=(-device bochs-display -device virtio-gpu-pci -device cirrus-vga -device qxl
		-device qemu-xhci -device usb-tablet
		-audiodev 'none,id=quiet' -device 'AC97,audiodev=quiet' -device intel-hda
		-device 'hda-duplex,audiodev=quiet' -device 'usb-audio,audiodev=quiet'
		-object 'memory-backend-ram,id=shared,size=64K,share=on'
		-device 'ivshmem-plain,memdev=shared' -device edu)
	# Three parts of its memory are as good as persistent: with an image in two of them.
	for start in "${PERSISTENT[@]}"; do
		memmap+="memmap=16M!$start "
	done
	for start in "${PERSISTENT[@]:0:2}"; do
		BOOT_DEVICES+=(-device "loader,file=$OUT/ext4.img,addr=$((${start%M} << 20)),force-raw=on")
	done
	# The first screen is not the console, so that nobody else writes there. What was free is not
	# zero, and who hands it out shows that.
	VM_ARGS="page_poison=1 TMPDIR=/ext4 hugepages=16 secretmem.enable=1 fbcon=map:1 $memmap${VM_ARGS-}"
}

# boot_audit FILE: boot the packed guest, print what came of each audit as a line of JSON
# and add it to a file. A guest that dies takes one audit with it: 1 then, else 0.
boot_audit()
{
	boot_through awk -f "$HERE/lib/audit.awk" | tee -a "$1"
	grep -aq "^vmrun=$NONCE:" "$GUEST/console.log"
}

# boot_watched: what the guest says, until it ends or says nothing for too long:
# PID 1 ends each program after a while, so then the kernel is stuck.
boot_watched()
{
	local pipe=$GUEST/console.fifo seconds silent=$((PROGRAM_SECONDS * SLOWER)) qemu line

	rm -f "$pipe"
	mkfifo "$pipe"
	seconds=$(($(plan_seconds) + GUEST_SECONDS * SLOWER))
	# Where each has little time, a busy host still gets some.
	[ "$silent" -le $((3 * $(plan_longest))) ] || silent=$((3 * $(plan_longest)))
	boot_qemu "$(boot_accel)" "$seconds" "${BOOT_DEVICES[@]}" "${TEST_DEVICES[@]}" </dev/null >"$pipe" 2>&1 &
	qemu=$!
	while IFS= read -r -t $((silent + 30)) line; do
		printf '%s\n' "${line%$'\r'}"
	done <"$pipe"
	kill "$qemu" 2>/dev/null || true
	wait "$qemu" 2>/dev/null || true
	rm -f "$pipe"
}

# boot_last_words: what the guest said from the first complaint on, or at its end.
boot_last_words()
{
	local log=$GUEST/console.log

	{ grep -aE -m 1 -B 2 -A 60 "$COMPLAINT" "$log" || tail -n 40 "$log"; } | sed 's/^/# console: /'
}

# boot_raw: boot a guest whose program has the console; its verdict decides.
boot_raw()
{
	boot_qemu "$(boot_accel)" "${VM_SECONDS:-86400}" 2>&1 | tee "$GUEST/console.log" |
		grep --line-buffered -aEv '^(vmrun=|TAP version)|reboot: Power down' || true
	grep -aq "^vmrun=$NONCE:failed=0:" "$GUEST/console.log"
}

# bench_guest: memory is zeroed as on a user's machine, and lies where it lay the last time.
bench_guest()
{
	VM_ACCEL=tcg VM_CPUS=1 VM_MEMORY=${VM_MEMORY:-3072} VM_SECONDS=${VM_SECONDS:-3600}
	VM_ARGS="init_on_alloc=1 nokaslr norandmaps sysctl.vm.nr_overcommit_hugepages=1024 ${VM_ARGS-}"
}

# boot_bench: boot a guest that counts instructions; what it measured goes to $OUT/bench.json.
# It is not told what is only written down: with other arguments it would do other things.
boot_bench()
{
	bench_guest
	rm -f "$OUT/bench.json"
	boot_raw </dev/null | grep --line-buffered -aE '^(# |(not )?ok )' || return
	tr -d '\r' <"$OUT/console.log" | sed -n '/^{$/,/^}$/p' >"$OUT/bench.json"
	jq --arg qemu "$("$QEMU" --version | sed -nE '1s/.*version ([^ ]+).*/\1/p')" \
		--arg compiler "$(build_compiler)" \
		--arg commit "$(repo describe --always --dirty --exclude '*')" \
		'.versions += {$qemu, "module-compiler": $compiler, $commit}' "$OUT/bench.json" >"$OUT/bench.new"
	mv "$OUT/bench.new" "$OUT/bench.json"
}

# boot_paths: boot a guest whose vmabench pauses before and after the last pass of each case.
# QEMU notes each instruction between; $OUT/paths.tsv tells which functions these are of.
boot_paths()
{
	local guest tally serial monitor answers trace

	bench_guest
	rm -f "$OUT"/{serial,monitor}.{in,out} "$OUT"/{trace,symbols}
	mkfifo "$OUT"/{serial,monitor}.{in,out} "$OUT/trace"
	# Each is opened for reading and writing: nobody waits for who is to be at its other end.
	exec {serial}<>"$OUT/serial.in" {monitor}<>"$OUT/monitor.in" {answers}<>"$OUT/monitor.out" \
		{trace}<>"$OUT/trace"
	awk -v symbols="$OUT/symbols" -f "$HERE/lib/paths.awk" <"$OUT/trace" {trace}>&- >"$OUT/paths.new" &
	tally=$!
	{
		(VM_SERIAL=pipe:$OUT/serial boot_qemu tcg "$VM_SECONDS" -D "$OUT/trace" \
			-chardev "pipe,id=monitor,path=$OUT/monitor" -mon chardev=monitor)
		# Or who listens to a guest that never began would wait for ever.
		: <>"$OUT/serial.out"
	} </dev/null >"$OUT/qemu.log" 2>&1 &
	guest=$!
	# grep says at once what it lets through; a shell would take long to read all the names.
	tee "$OUT/console.log" <"$OUT/serial.out" | grep --line-buffered -avE "$SYMBOL" | boot_talk
	wait "$guest" || true
	exec {serial}>&- {monitor}>&- {answers}>&- {trace}>&-
	wait "$tally"
	if ! grep -aq '^vmrun=paths:failed=0:' "$OUT/console.log"; then
		tail -qn 5 "$OUT/qemu.log" "$OUT/console.log" >&2
		return 1
	fi
	mv "$OUT/paths.new" "$OUT/paths.tsv"
}

# boot_talk: print how far the guest is, and have QEMU note what it does when it asks for that.
boot_talk()
{
	local line name=''

	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'# '*' of '*': '*)
			name=${line##* }
			echo "$line"
			;;
		'# pause: the last pass')
			[ -e "$OUT/symbols" ] || boot_symbols >"$OUT/symbols"
			boot_order 'singlestep on' 'log exec'
			echo >&"$serial"
			;;
		'# pause: '*' units')
			boot_order 'log none' 'singlestep off'
			echo "units ${line//[^0-9]/} $name" >&"$trace"
			echo >&"$serial"
			;;
		esac
	done
}

# boot_symbols: the functions of the guest's kernel and of vmabench, by address.
boot_symbols()
{
	{
		tr -d '\r' <"$OUT/console.log" | grep -aE "$SYMBOL"
		"$TRIPLET-nm" --defined-only "$PROGRAMS/userspace/bin/vmabench" | grep -E "$SYMBOL"
	} | LC_ALL=C sort -u
}

# boot_order COMMAND...: have QEMU's monitor do it, and wait until it is done.
boot_order()
{
	local answer

	printf '%s\n' "$@" 'info status' >&"$monitor"
	while IFS= read -r -t 60 answer <&"$answers"; do
		[[ $answer != *'VM status'* ]] || return 0
	done
	die "QEMU does not answer"
}

boot_filter()
{
	grep --line-buffered -aEv '^vmrun=|reboot: Power down|^    (TAP version|# (Starting|PASSED|Totals)|# +(RUN|OK|SKIP) )'
}
