# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A kernel's source that stays, with what was built of it, for patches that come and go.

# tree_fetch: sets TREE to the source of the newest 7.3, TREE_PACKAGE to its package and version;
# what modules are built with is asked of its row, SYMBOLS.
tree_fetch()
{
	local package version

	kernel_fetch "$SOURCE_ROW" >&2 || return "$EXIT_UNAVAILABLE"
	SYMBOLS=$KERNEL/headers
	row_load "$SOURCE_ROW-debug"
	ROW_FLAVOUR=debug+upstream
	apt_root "$ROW_SUITES" "$ROW_ARCH"
	apt_update || note "the archive cannot be reached" >&2
	package=linux-source-$ROW_VERSION
	version=$(apt_version "$package")
	TREE_PACKAGE="$package $version"
	TREE_DIR=$CACHE/kernel/tree-${version}_$(debug_key)
	TREE=$TREE_DIR/source
	with_lock "$CACHE/lock-tree" tree_unpack "$package" >&2
}

# tree_take: for this script alone, until it ends.
tree_take()
{
	local fd

	exec {fd}>"$TREE_DIR/lock"
	flock -n "$fd" || die "somebody else is at work in $TREE"
}

# Of the files that patches change, $TREE_DIR/fetched has how they were.
tree_unpack()
{
	[ ! -e "$TREE_DIR/fetched" ] || return 0
	note "fetching $TREE_PACKAGE"
	rm -rf "$TREE_DIR"
	mkdir -p "$TREE" "$TREE_DIR/fetched.new"
	source_extract "$1" "$TREE" || return 1
	(cd "$TREE" && cp --parents "${CHANGED[@]}" "$TREE_DIR/fetched.new/")
	mv "$TREE_DIR/fetched.new" "$TREE_DIR/fetched"
}

# tree_build: as it is without patches, once.
tree_build()
{
	need make=make gcc=gcc flex=flex bison=bison bc=bc sparse=sparse rsync=rsync
	need /usr/include/stdlib.h=libc6-dev /usr/include/gelf.h=libelf-dev
	[ ! -e "$TREE_DIR/.built" ] || return 0
	note "building $TREE_PACKAGE, for some 10 minutes; log: $TREE_DIR.log"
	debug_build "$TREE_DIR" >"$TREE_DIR.log" 2>&1 ||
		die "the kernel does not build: $(tail -n 1 "$TREE_DIR.log")"
	touch "$TREE_DIR/.built"
}

# tree_make ARGUMENT...
tree_make()
{
	debug_make "$TREE_DIR" "$@"
}

# tree_apply PATCH: and remember it.
tree_apply()
{
	local kept=$TREE_DIR/applied

	mkdir -p "$kept"
	(cd "$TREE" && git apply --whitespace=error-all "$1") && cp "$1" "$kept/"
}

# tree_restore: as it was fetched.
tree_restore()
{
	local patch

	while read -r patch; do
		(cd "$TREE" && git apply -R "$patch") || die "$patch does not come off $TREE"
		rm "$patch"
	done < <(find "$TREE_DIR/applied" -name '*.patch' 2>/dev/null | sort -r)
}

# tree_configure: as its debug kernel, and what the selftests there ask for.
tree_configure()
{
	local config=$TREE/tools/testing/selftests/vmadev/config ours=$TREE/lib/test_vmadev/Kconfig

	debug_config >"$TREE_DIR/wanted"
	[ ! -e "$ours" ] || sed -n 's/^config \(.*\)/CONFIG_\1=m/p' "$ours" >>"$TREE_DIR/wanted"
	[ ! -e "$config" ] || cat "$config" >>"$TREE_DIR/wanted"
	tree_make KCONFIG_ALLCONFIG="$TREE_DIR/wanted" allnoconfig >"$TREE_DIR/config.log" 2>&1 ||
		{ cat "$TREE_DIR/config.log"; return 1; }
	[ ! -e "$config" ] || debug_config_taken "$config" "$TREE/build/.config"
}
