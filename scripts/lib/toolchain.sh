# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A compiler newer than the host's, for kernels built with one. Its packages
# are unpacked into the cache, and every program is put behind a script that
# starts it with the C library it came with: no root, no chroot, no mount.

# toolchain_fetch COMPILER: sets TOOLCHAIN to its folder.
toolchain_fetch()
{
	local package=$1-${TRIPLET/_/-} packages dir tmp deb

	dir=$CACHE/toolchain/${package}_$(apt_version "$package")
	TOOLCHAIN=$dir
	[ "$(cat "$dir/.done" 2>/dev/null)" != "$dir" ] || return 0
	note "fetching the compiler $1"
	tmp=$dir.new
	rm -rf "$tmp" "$dir"
	packages=$(apt_depends "$package" libelf1t64 libssl3t64 |
		grep -E '^(binutils|cpp|gcc|lib(binutils|c6|ctf|elf|gcc|gmp|isl|jansson|mpc|mpfr|sframe|ssl|stdc|zstd)|zlib)')
	# shellcheck disable=SC2086 # a list of words
	apt_download "$tmp/deb" $packages || return 1
	for deb in "$tmp"/deb/*.deb; do
		dpkg-deb -x "$deb" "$tmp"
	done
	rm -rf "$tmp/deb" "${tmp:?}/usr/share" "$tmp"/usr/libexec/gcc/*/*/lto1
	mv "$tmp" "$dir"
	toolchain_wrap "$dir/usr/bin" "$dir/usr/libexec"
	echo "$dir" >"$dir/.done"
}

# toolchain_wrap FOLDER...: put every dynamic program in there behind a script.
toolchain_wrap()
{
	local file lib=$TOOLCHAIN/usr/lib/x86_64-linux-gnu

	find "$@" -type f -perm /111 ! -name '*.so*' -print0 | while IFS= read -r -d '' file; do
		readelf -l "$file" 2>/dev/null | grep -q 'program interpreter' || continue
		mv "$file" "$file.elf"
		cat >"$file" <<-EOF
			#!/bin/sh
			exec $lib/ld-linux-x86-64.so.2 --library-path $lib --argv0 "\$0" $file.elf "\$@"
		EOF
		chmod 755 "$file"
	done
}
