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
	if ! (row_load "$SOURCE_ROW-debug" && with_lock "$CACHE/lock-prepared" prepared_fetch_locked) >&2; then
		[ -e "$CACHE/row/prepared/.done" ] || return "$EXIT_UNAVAILABLE"
	fi
	PREPARED=$(readlink -f "$CACHE/row/prepared")
}

prepared_fetch_locked()
{
	local package=linux-source-$ROW_VERSION dir log

	if is_fresh "$CACHE/row/prepared.newest" && [ -e "$CACHE/row/prepared/.done" ]; then
		return
	fi
	apt_root "$ROW_SUITES" "$ROW_ARCH"
	apt_update || return 1
	dir=$CACHE/source/prepared-$(apt_version "$package")_clang-$CLANG
	if [ ! -e "$dir/.done" ]; then
		log=$dir.log
		note "preparing $package for clang"
		prepared_unpack "$package" "$dir" || return 1
		prepared_make "$dir" >"$log" 2>&1 || { tail -n 20 "$log"; return 1; }
		touch "$dir/.done"
	fi
	mkdir -p "$CACHE/row"
	ln -sfn "$dir" "$CACHE/row/prepared"
	touch "$CACHE/row/prepared.newest"
}

prepared_unpack()
{
	rm -rf "$2"
	mkdir -p "$2"
	source_extract "$1" "$2" --wildcards "${PREPARED_PIECES[@]/#/$1/}"
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
