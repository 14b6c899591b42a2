# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A small Debian to install into: made once, kept in the cache, unpacked fresh for each use.

# rootfs_fetch SUITES PACKAGE...: sets ROOTFS to the archive of one. SUITES is as in
# matrix.conf; the first is the release, the others may be asked too.
rootfs_fetch()
{
	local suites=$1

	shift
	[ "$(id -u)" = 0 ] || die "a Debian of its own is made by root: sudo $0"
	need mmdebstrap=mmdebstrap unshare=util-linux
	ROOTFS=$CACHE/root/${suites%%,*}-$(echo "$suites $*" | sha256sum | cut -c -16).tar
	with_lock "$ROOTFS.lock" rootfs_fetch_locked "$suites" "$@" >&2
}

rootfs_fetch_locked()
{
	local suites=$1 log=$ROOTFS.log

	shift
	[ ! -e "$ROOTFS" ] || return 0
	note "making a Debian of $suites, for a minute or two; log: $log"
	# Headers may want the kernel's image, and that an initramfs, which nobody boots.
	apt_sources "$suites" | INITRD=No nice -n 5 mmdebstrap --mode=root --variant=minbase --include="$(IFS=,; echo "$*")" \
		"${suites%%,*}" "$ROOTFS.new.tar" - >"$log" 2>&1 || { tail -n 5 "$log"; return 1; }
	mv "$ROOTFS.new.tar" "$ROOTFS"
}

# rootfs_unpack DIR: fresh; nothing starts a service in there.
rootfs_unpack()
{
	rm -rf "$1"
	mkdir -p "$1"
	tar -x --numeric-owner -C "$1" -f "$ROOTFS"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
}

# rootfs_run DIR COMMAND...: as root of it, with processes and mounts of its own. Of the host's
# kernel it sees no module.
rootfs_run()
{
	local dir=$1

	shift
	# shellcheck disable=SC2016 # for the shell in there
	unshare --mount --pid --fork --propagation private sh -ec '
		dir=$1; shift
		mount -t proc proc "$dir/proc"
		exec chroot "$dir" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' _ "$dir" "$@"
}

# rootfs_pack DIR [WITHOUT...]: what of it a guest needs, into $ROOT, for the plan that follows.
# What is there to be read stays away.
rootfs_pack()
{
	local dir=$1

	shift
	NONCE=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
	ROOT=$GUEST/root
	rm -rf "$ROOT"
	mkdir -p "$ROOT"
	tar -c --one-file-system -C "$dir" "${@/#/--exclude=./}" --exclude-from=- . <<-EOT | tar -x --numeric-owner -C "$ROOT"
		./boot
		./usr/lib/modules/*/kernel
		./usr/share/doc
		./usr/share/locale
		./usr/share/man
		./usr/share/i18n
		./var/cache/*
		./var/lib/apt/*
		./proc/*
		./sys/*
		./dev/*
		./debs
	EOT
	cp "$PROGRAMS/guest/init" "$ROOT/init"
	cp "$HERE/guest/as-booted" "$ROOT/"
	echo "nonce $NONCE" >"$ROOT/plan"
}

# plan_booted NAME SECONDS COMMAND...: without the module; who is tested loads it.
plan_booted()
{
	plan_run "$1" "$2" - 0 /as-booted "${@:3}"
}
