# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Pieces of the newest kernel's source that are used, but not carried here:
# the kselftest harness, checkpatch, kernel-doc, and the kernel's own test of PFNMAP.

readonly SOURCE_ROW=7.3
readonly SOURCE_PIECES='
	scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch
	scripts/kernel-doc tools/docs/kernel-doc tools/lib/python/kdoc
	tools/testing/selftests/kselftest.h tools/testing/selftests/kselftest_harness.h
	tools/testing/selftests/lib.mk
	tools/testing/selftests/mm/pfnmap.c
	tools/testing/selftests/mm/vm_util.c tools/testing/selftests/mm/vm_util.h'

# source_fetch: sets SOURCE to the folder of the pieces, KSELFTEST_DIR in it.
source_fetch()
{
	local label

	# Other pieces are in a folder of another name.
	label=pieces-$(cksum <<<"$SOURCE_PIECES" | cut -d ' ' -f 1)
	if ! (row_load "$SOURCE_ROW" && with_lock "$CACHE/lock-source" \
		source_cached source "$label" source_unpack) >&2; then
		[ -e "$CACHE/row/source/.done" ] || return "$EXIT_UNAVAILABLE"
	fi
	SOURCE=$(readlink -f "$CACHE/row/source")
	# shellcheck disable=SC2034 # for lib/build.sh
	KSELFTEST_DIR=$SOURCE/tools/testing/selftests
}

# source_cached NAME LABEL UNPACK: have the newest source of the row's kernel in the
# cache, as "UNPACK PACKAGE FOLDER" leaves it; $CACHE/row/NAME is that folder.
source_cached()
{
	local name=$1 label=$2 unpack=$3 package=linux-source-$ROW_VERSION version dir

	if is_fresh "$CACHE/row/$name.newest" && [ -e "$CACHE/row/$name/.done" ] &&
		[[ $(readlink "$CACHE/row/$name") == */"${label}_"* ]]; then
		return
	fi
	apt_root "$ROW_SUITES" "$ROW_ARCH"
	apt_update || return 1
	version=$(apt_version "$package")
	[ -n "$version" ] || return 1
	dir=$CACHE/source/${label}_$version
	[ -e "$dir/.done" ] || "$unpack" "$package" "$dir" || return 1
	mkdir -p "$CACHE/row"
	ln -sfn "$dir" "$CACHE/row/$name"
	touch "$CACHE/row/$name.newest"
}

# source_extract PACKAGE DIR TAR-ARGUMENT...: straight out of the .deb, which is then dropped.
source_extract()
{
	local package=$1 dir=$2

	shift 2
	apt_download "$dir/deb" "$package" || return 1
	dpkg-deb --fsys-tarfile "$dir/deb/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$dir" --strip-components=1 "$@" || return 1
	rm -rf "$dir/deb"
}

# source_unpack PACKAGE DIR: the pieces, and the headers for programs.
source_unpack()
{
	local package=$1 dir=$2 tmp=$2.new piece members=()

	note "fetching pieces of $package"
	rm -rf "$tmp" "$dir"
	mkdir -p "$tmp"
	for piece in $SOURCE_PIECES; do
		members+=("$package/$piece")
	done
	source_extract "$package" "$tmp" "${members[@]}" || return 1
	apt_download "$tmp/deb" linux-libc-dev || return 1
	dpkg-deb -x "$tmp/deb"/linux-libc-dev_*.deb "$tmp"
	rm -rf "$tmp/deb"
	touch "$tmp/.done"
	mv "$tmp" "$dir"
}
