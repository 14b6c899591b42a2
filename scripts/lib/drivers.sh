# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The other modules of a row's kernel: drivers whose mappings are audited.

# What is large, and has no mapping that a virtual machine could have. Of fs what lies in none
# of its folders is there: ext4 needs it, which kernel_fetch has.
readonly DRIVERS_LEFT_OUT='drivers/net net fs/*/* drivers/infiniband drivers/gpu/drm/amd drivers/gpu/drm/i915
	drivers/gpu/drm/nouveau drivers/gpu/drm/radeon drivers/gpu/drm/xe drivers/isdn drivers/md'

# drivers_fetch: have the drivers of the kernel that kernel_fetch found; sets DRIVERS to
# their folder. They lie beside it, so that no other guest is told of them.
drivers_fetch()
{
	DRIVERS=$CACHE/drivers/${KERNEL##*/}_$(sha256sum <<<"$DRIVERS_LEFT_OUT" | cut -c -16)
	[ -e "$DRIVERS/.done" ] || with_lock "$CACHE/lock-$ROW" drivers_fetch_locked >&2
}

drivers_fetch_locked()
{
	local name=$KERNEL_ABI-$ROW_FLAVOUR tmp=$DRIVERS.new deb left packages

	rm -rf "$tmp" "$DRIVERS"
	mkdir -p "$tmp"
	note "fetching the drivers of $name"
	apt_root "$ROW_SUITES" "$ROW_ARCH"
	apt_update || return 1
	packages=$(apt_depends "linux-image-$name:$ROW_ARCH" |
		grep -E "^linux-(image|modules)-" | grep -v -- '-unsigned\|-dbg')
	# shellcheck disable=SC2086 # a list of words
	apt_download "$tmp/deb" $packages || return 1
	read -r -d '' -a left <<<"$DRIVERS_LEFT_OUT" || true
	left=("${left[@]/#/--exclude=*/kernel/}")
	for deb in "$tmp"/deb/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp" --wildcards "${left[@]}" \
			"*/modules/$name/kernel" 2>/dev/null || true
	done
	rm -rf "$tmp/deb"
	[ -n "$(find "$tmp" -name '*.ko*' -print -quit)" ] || return 1
	mv "$tmp" "$DRIVERS"
	touch "$DRIVERS/.done"
}
