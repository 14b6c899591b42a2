# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A kernel's source that is prepared for clang, but not built: enough to compile
# the module and look at it. The headers of a kernel that gcc built take no clang.

readonly CLANG=19
readonly PREPARED_PIECES=(	# patterns of tar's
	'*Kconfig*' '*Makefile*' '*Kbuild*'
	arch/x86 include kernel scripts
	tools/{arch,build,include,lib,objtool,scripts})

# prepared_fetch: sets PREPARED to the folder of the source; it is built in its build/.
prepared_fetch()
{
	need clang-$CLANG=clang-$CLANG ld.lld-$CLANG=lld-$CLANG llvm-ar-$CLANG=llvm-$CLANG \
		make=make flex=flex bison=bison bc=bc xz=xz-utils \
		/usr/include/stdlib.h=libc6-dev /usr/include/gelf.h=libelf-dev
	if ! (row_load "$SOURCE_ROW-debug" && with_lock "$CACHE/lock-prepared" \
		source_cached prepared "prepared-clang-$CLANG" prepared_unpack) >&2; then
		[ -e "$CACHE/row/prepared/.done" ] || return "$EXIT_UNAVAILABLE"
	fi
	PREPARED=$(readlink -f "$CACHE/row/prepared")
}

# prepared_unpack PACKAGE DIR: the pieces, and what of them is built.
prepared_unpack()
{
	note "preparing $1 for clang"
	rm -rf "$2"
	mkdir -p "$2"
	source_extract "$1" "$2" --wildcards "${PREPARED_PIECES[@]/#/$1/}" || return 1
	prepared_make "$2" >"$2.log" 2>&1 || { tail -n 20 "$2.log"; return 1; }
	touch "$2/.done"
}

# prepared_make DIR: it cannot stay where it is moved to.
prepared_make()
{
	debug_config >"$1/wanted"
	prepared_kbuild "$1" KCONFIG_ALLCONFIG="$1/wanted" allnoconfig &&
		prepared_kbuild "$1" -j "$(nproc)" modules_prepare
}

# prepared_kbuild DIR ARGUMENT...
prepared_kbuild()
{
	nice -n 5 make -s -C "$1" O=build ARCH=x86_64 LLVM=-$CLANG "${@:2}"
}
