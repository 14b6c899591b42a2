# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Build what goes into the guest, and pack it.

readonly EXAMPLES=module/examples

# kernel_make FOLDER TARGET...: kbuild of the row's kernel on a folder.
kernel_make()
{
	local folder=$1 path=$PATH

	shift
	[ ! -e "$KERNEL/toolchain" ] || path=$KERNEL/toolchain/usr/bin:$PATH
	# BTF of modules wants a pahole as new as the kernel's, and nothing here reads it.
	PATH=$path make -s -j "$(nproc)" -C "$KERNEL/headers" M="$folder" CROSS_COMPILE="$TRIPLET-" \
		CONFIG_DEBUG_INFO_BTF_MODULES= "$@" 2>&1 |
		grep -vE '^(warning: pahole version|  The kernel was built with: |  You are using: )'
	return "${PIPESTATUS[0]}"
}

# build_module SOURCE [MAKE-ARGUMENT...]: build SOURCE/Kbuild and SOURCE/module, and the
# examples if it has any, in $OUT/module for the row.
build_module()
{
	local source=$1 into=$OUT/module

	shift
	# Sources are copied, so that no two rows share an object file.
	copy_changed "$source" "$into"
	kernel_make "$into" modules "$@" || return
	[ ! -e "$source/$EXAMPLES" ] || kernel_make "$into/$EXAMPLES" modules "$@"
}

# build_compiler: what compiled the module.
build_compiler()
{
	"$TRIPLET-readelf" -p .comment "$OUT/module/vmadev.ko" |
		awk '/GCC|clang/ && !said { sub(/.*\]  /, ""); print; said = 1 }'
}

# copy_changed FROM TO: make TO's sources the same, and new where they differ,
# whatever their dates say.
copy_changed()
{
	local file

	for file in Kbuild $(cd "$1" && find module -name '*.[ch]' ! -name '*.mod.c' -o -name Kbuild); do
		cmp -s "$1/$file" "$2/$file" || install -D -m 644 "$1/$file" "$2/$file"
	done
}

# build_guest: PID 1 and the test programs, the same for all rows of a machine.
build_guest()
{
	local userspace=userspace

	if ! machine_is_host; then
		# There are no libraries of other machines here: only what links to none is built.
		note "on $ROW_ARCH without vmactl and the tour: they are linked to shared libraries"
		userspace=userspace/lib
	fi
	build_forget
	mkdir -p "$PROGRAMS/selftests"
	build_init && build_pfnmap &&
	build_make "$TOP/selftests" OUTPUT="$PROGRAMS/selftests" KSELFTEST_DIR="$KSELFTEST_DIR" &&
	build_make "$TOP/$userspace" all tests KSELFTEST_DIR="$KSELFTEST_DIR"
}

# build_programs: PID 1 and what users run.
build_programs()
{
	build_forget
	build_init && build_make "$TOP/userspace" all
}

# build_bench: PID 1 and vmabench, and nothing else.
build_bench()
{
	build_forget
	build_init && build_make "$TOP/userspace/lib" all && build_make "$TOP/userspace/vmabench" all
}

# build_audit: PID 1 and vmaudit, and nothing else.
build_audit()
{
	build_forget
	build_init && build_make "$TOP/userspace/lib" all && build_make "$TOP/userspace/vmaudit" all
}

build_init()
{
	local sources=("$TOP"/scripts/guest/*.c)

	[ -n "$(find "$TOP/scripts/guest" -newer "$PROGRAMS/guest/init" 2>/dev/null || echo all)" ] || return 0
	mkdir -p "$PROGRAMS/guest"
	"$TRIPLET-gcc" -std=gnu11 -Wall -Wextra -O2 -static -o "$PROGRAMS/guest/init" "${sources[@]}"
}

# build_make FOLDER ARGUMENT...: for the machine of the row.
build_make()
{
	local tools=()

	machine_is_host || tools=(CC="$TRIPLET-gcc" AR="$TRIPLET-ar" CC32=)
	make -s -j "$(nproc)" -C "$1" BUILD="$PROGRAMS/userspace" "${@:2}" "${tools[@]}"
}

# build_forget: when a source has come or gone, so that no program outlives its own.
build_forget()
{
	local list=$PROGRAMS/sources now

	now=$(cd "$TOP" && find selftests userspace -path userspace/build -prune -o -name '*.c' -print | sort)
	if [ "$now" != "$(cat "$list" 2>/dev/null)" ]; then
		rm -rf "$PROGRAMS/selftests" "$PROGRAMS/userspace"
		mkdir -p "$PROGRAMS"
		echo "$now" >"$list"
	fi
}

# build_pfnmap: the kernel's own test of PFNMAP, as it is, with its own headers.
build_pfnmap()
{
	local mm=$SOURCE/tools/testing/selftests/mm

	[ "$PROGRAMS/guest/pfnmap" -ot "$mm" ] || [ ! -e "$PROGRAMS/guest/pfnmap" ] || return 0
	"$TRIPLET-gcc" -O2 -static -D_GNU_SOURCE= -isystem "$SOURCE/usr/include" \
		-isystem "$SOURCE/usr/include/${TRIPLET/i686/i386}" -isystem "$KSELFTEST_DIR" \
		-o "$PROGRAMS/guest/pfnmap" "$mm/pfnmap.c" "$mm/vm_util.c"
}

# build_row: module and programs for the row, into $OUT and $PROGRAMS.
build_row()
{
	mkdir -p "$OUT"
	build_module "$SOURCE_TREE" "${MODULE_MAKE[@]}" || die "the module does not build for $ROW"
	with_lock "$PROGRAMS/lock-guest" "$PROGRAMS_WANTED" || die "the programs do not build"
}
