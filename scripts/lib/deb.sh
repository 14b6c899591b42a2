# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The Debian source package, and the binaries built of it.

# deb_version: what the library's header says.
deb_version()
{
	sed -n 's/^#define LIBVMADEV_VERSION "\(.*\)"/\1/p' "$TOP/userspace/lib/libvmadev.h"
}

# deb_maintainer: whoever packs it, as Debian's tools ask for him; else who made the last commit.
deb_maintainer()
{
	local name mail

	IFS=$'\t' read -r name mail < <(repo log -1 --format='%an%x09%ae')
	echo "${DEBFULLNAME:-$name} <${DEBEMAIL:-$mail}>"
}

# deb_source DIR VERSION: the tree as git has it, with what Debian wants, in DIR. Everything is
# as old as the last commit, and may be read by all.
deb_source()
{
	local dir=$1 version=$2 date maintainer

	date=$(repo log -1 --format=%ct)
	maintainer=$(deb_maintainer)
	rm -rf "$dir"
	mkdir -p "$dir"
	repo ls-files -z --cached --others --exclude-standard -- ':!.ci' ':!*.gitignore' ':!scripts/debian' |
		tar -c -C "$TOP" --null -T - | tar -x --no-same-permissions -C "$dir"
	cp -r "$TOP/scripts/debian" "$dir/debian"
	deb_site "$dir"
	sed -i "s/@MAINTAINER@/$maintainer/" "$dir/debian/control"
	sed -i "s/^#define LIBVMADEV_VERSION .*/#define LIBVMADEV_VERSION \"$version\"/" \
		"$dir/userspace/lib/libvmadev.h"
	cat >"$dir/debian/changelog" <<-EOT
		vmadev ($version) unstable; urgency=medium

		  * Packed from $(repo log -1 --format=%h --abbrev=12) by make deb.

		 -- $maintainer  $(LC_ALL=C date -uRd "@$date")
	EOT
	chmod -R u=rwX,go=rX "$dir"
	find "$dir" -exec touch -hd "@$date" {} +
}

# deb_site DIR: the manual, made anew. What reads the headers for it is of a kernel's source, which
# no package has unpacked, so the source package has what came of it.
deb_site()
{
	VMADEV_BUILD=$1.made "$HERE/site" build >"$1.log" 2>&1 || { cat "$1.log" >&2; return 1; }
	mv "$1.made/site" "$1/site"
}

# deb_build DIR [OPTION...]: dpkg-buildpackage there; the packages stand beside it.
deb_build()
{
	local dir=$1 log=$1.log

	shift
	(cd "$dir" && nice -n 5 dpkg-buildpackage -us -uc "$@") >"$log" 2>&1 && return
	tail -n 30 "$log" >&2
	die "the packages do not build; log: $log"
}

# deb_needs: what packs, and what the package itself asks for.
deb_needs()
{
	local control=$TOP/scripts/debian/control missing

	need git=git make=make gcc=gcc dpkg-buildpackage=dpkg-dev dh=debhelper dh_dkms=dh-dkms \
		fakeroot=fakeroot pkg-config=pkg-config /usr/include/stdlib.h=libc6-dev
	dpkg-checkbuilddeps "$control" 2>/dev/null && return
	mapfile -t missing < <(sed -n '/^Build-Depends:/,/^$/p' "$control" |
		tr ',' '\n' | sed 's/^Build-Depends://; s/(.*//; s/ //g; /^$/d; /^debhelper-compat$/d')
	install_packages "${missing[@]}"
}
