# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernel of a row: found, fetched, unpacked into the cache.

# Modules outside these folders are never needed in the guest.
readonly MODULE_FOLDERS='crypto drivers/block fs/ext4 fs/jbd2 fs/fuse fs/overlayfs lib mm arch'

# row_load ROW: set ROW_VERSION, ROW_ARCH, ROW_FLAVOUR, ROW_SUITES, ROW_CC, and its machine.
row_load()
{
	local row version arch flavour suites compiler

	while read -r row version arch flavour suites compiler; do
		[ "$row" = "$1" ] || continue
		ROW=$row ROW_VERSION=$version ROW_ARCH=$arch ROW_FLAVOUR=$flavour
		ROW_SUITES=$suites ROW_CC=$compiler
		machine_load
		return
	done <"$TOP/scripts/matrix.conf"
	die "no row \"$1\"; there are: $(row_names | tr '\n' ' ')"
}

row_names()
{
	sed -n 's/^\([0-9][^[:space:]]*\).*/\1/p' "$TOP/scripts/matrix.conf"
}

# row_names_fetched: without those that are built here, which takes its time.
row_names_fetched()
{
	awk '/^[0-9]/ && $4 !~ /^debug/ { print $1 }' "$TOP/scripts/matrix.conf"
}

row_is_built()
{
	[[ $ROW_FLAVOUR == debug* ]]
}

# row_names_default: those that are tested after each change.
row_names_default()
{
	row_names | grep -v -e -
}

# kernel_names KIND: the ABI names, as 6.1.0-50, that have a package of that kind.
kernel_names()
{
	local line=${ROW_VERSION//./\\.}

	apt_private apt-cache pkgnames "linux-$1-$ROW_VERSION" |
		sed -nE "s/^linux-$1-($line\.[0-9.]+([-+][0-9a-z]+)?)-$ROW_FLAVOUR(:.*)?\$/\1/p" | sort -u
}

# kernel_newest: the newest ABI name. A signed image comes a day after its headers.
kernel_newest()
{
	comm -12 <(kernel_names headers) <(kernel_names image) | sort -V | tail -n 1
}

# kernel_fetch ROW: have the row's newest kernel in the cache; sets KERNEL to
# its folder. Without network a cached one does; without either, status 77.
kernel_fetch()
{
	row_load "$1"
	if ! with_lock "$CACHE/lock-$ROW" kernel_fetch_locked >&2; then
		[ -e "$CACHE/row/$ROW/.done" ] || return "$EXIT_UNAVAILABLE"
		note "using the cached kernel: the archive cannot be reached" >&2
	fi
	KERNEL=$(readlink -f "$CACHE/row/$ROW")
	KERNEL_ABI=$(cat "$KERNEL/abi")
	note "kernel $KERNEL_ABI-$ROW_FLAVOUR, package $(cat "$KERNEL/version")"
}

kernel_fetch_locked()
{
	local abi version dir

	if is_fresh "$CACHE/row/$ROW.newest" && [ -e "$CACHE/row/$ROW/.done" ]; then
		return
	fi
	apt_root "$ROW_SUITES" "$ROW_ARCH"
	apt_update || return 1
	if row_is_built; then
		debug_kernel
		return
	fi
	abi=$(kernel_newest)
	[ -n "$abi" ] || { note "no $ROW_VERSION kernel for $ROW_ARCH in $ROW_SUITES"; return 1; }
	version=$(apt_version "linux-headers-$abi-$ROW_FLAVOUR:$ROW_ARCH")
	dir=$CACHE/kernel/$abi-${ROW_FLAVOUR}_$version
	# The unpacked headers hold absolute paths: a cache that was moved is no good.
	if [ "$(cat "$dir/.done" 2>/dev/null)" != "$dir" ]; then
		note "fetching kernel $abi-$ROW_FLAVOUR $version"
		kernel_unpack "$abi" "$version" "$dir" || return 1
	fi
	mkdir -p "$CACHE/row"
	ln -sfn "$dir" "$CACHE/row/$ROW"
	touch "$CACHE/row/$ROW.newest"
}

# kernel_unpack ABI VERSION DIR: vmlinuz, headers and some modules.
kernel_unpack()
{
	local abi=$1 version=$2 dir=$3 name=$1-$ROW_FLAVOUR packages deb image tmp=$3.new

	rm -rf "$tmp" "$dir"
	mkdir -p "$tmp"
	packages=$(apt_depends "linux-image-$name:$ROW_ARCH" "linux-headers-$name:$ROW_ARCH" |
		grep -E "^linux-(image|binary|modules|headers|kbuild)-" | grep -vE -- '-unsigned|-dbg|^linux-kbuild.*:')
	# shellcheck disable=SC2086 # a list of words
	apt_download "$tmp/deb" $packages || return 1
	for deb in "$tmp"/deb/*.deb; do
		case ${deb##*/} in
		linux-headers-* | linux-kbuild-*) dpkg-deb -x "$deb" "$tmp" ;;
		*) kernel_unpack_image "$deb" "$tmp" ;;
		esac
	done
	rm -rf "$tmp/deb"
	ln -s "usr/src/linux-headers-$name" "$tmp/headers"
	image=$(cd "$tmp" && find boot usr/lib/modules -name 'vmlinu[xz]*' 2>/dev/null | sed 1q)
	[ -n "$image" ] || { note "no image in the packages of $name"; return 1; }
	ln -s "$image" "$tmp/image"
	sed -i "s#\([ =]\)/usr/src/#\1$dir/usr/src/#" "$tmp/headers/Makefile"
	find "$tmp" -type l -lname '/usr/*' -execdir sh -c 'ln -sfn "$1$(readlink "$2")" "$2"' _ "$dir" {} \;
	echo "$abi" >"$tmp/abi"
	echo "$version" >"$tmp/version"
	mv "$tmp" "$dir"
	if [ "$ROW_CC" != host ]; then
		toolchain_fetch "$ROW_CC" || return 1
		toolchain_wrap "$dir"/usr/lib/linux-kbuild-*
		ln -s "$TOOLCHAIN" "$dir/toolchain"
	fi
	echo "$dir" >"$dir/.done"
}

kernel_unpack_image()
{
	local folder wanted=()

	for folder in $MODULE_FOLDERS; do
		wanted+=("*/kernel/$folder/*")
	done
	dpkg-deb --fsys-tarfile "$1" |
		tar -x -C "$2" --wildcards --no-wildcards-match-slash --wildcards-match-slash \
			'./boot/vmlinu*' './usr/lib/modules/*/vmlinu[xz]' "${wanted[@]}" 2>/dev/null || true
}
