# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A row's debug kernel: built, not fetched; from Debian's source, with the host's compiler.

readonly DEBUG_CONFIGS=$TOP/scripts/debug

# debug_kernel: have the row's debug kernel in the cache, as $CACHE/row/$ROW.
debug_kernel()
{
	local package=linux-source-$ROW_VERSION version dir

	version=$(apt_version "$package")
	[ -n "$version" ] || { note "no $package in $ROW_SUITES"; return 1; }
	need make=make gcc=gcc flex=flex bison=bison bc=bc xz=xz-utils
	need /usr/include/stdlib.h=libc6-dev /usr/include/gelf.h=libelf-dev
	dir=$CACHE/kernel/debug-${version}_$(debug_key)
	if [ ! -e "$dir/.done" ]; then
		note "building the debug kernel $version, for some 10 minutes; log: $dir.log"
		debug_source "$package" "$dir.new" || return 1
		debug_build "$dir.new" >"$dir.log" 2>&1 ||
			die "the debug kernel does not build: $(tail -n 1 "$dir.log")"
		debug_keep "$version" "$dir.new" "$dir"
	fi
	mkdir -p "$CACHE/row"
	ln -sfn "$dir" "$CACHE/row/$ROW"
}

# debug_key: what beside the source decides the kernel.
debug_key()
{
	{ debug_config; gcc --version; } | sha256sum | cut -c -16
}

# debug_config: what the kernel's line has in common with others, what it alone has,
# and what the flavour adds: "debug+NAME" is NAME.config. Of each option the last stands.
debug_config()
{
	local configs=("$DEBUG_CONFIGS"/{kernel,"$ROW_VERSION"}.config)

	[ "$ROW_FLAVOUR" = debug ] || configs+=("$DEBUG_CONFIGS/${ROW_FLAVOUR#debug+}.config")
	awk '
		{ line[NR] = $0 }
		match($0, /^(# )?CONFIG_[A-Z0-9_]+/) {
			option[NR] = substr($0, RSTART, RLENGTH)
			sub(/^# /, "", option[NR])
			last[option[NR]] = NR
		}
		END {
			for (i = 1; i <= NR; i++)
				if (!(i in option) || last[option[i]] == i)
					print line[i]
		}' "${configs[@]}"
}

# debug_source PACKAGE DIR: the kernel's source, in DIR/source.
debug_source()
{
	local package=$1 dir=$2

	rm -rf "$dir"
	mkdir -p "$dir/source"
	source_extract "$package" "$dir/source" --exclude='*/Documentation/*/*'
}

# debug_make DIR ARGUMENT...: make in DIR/source/build, quietly and politely. The
# compiler is called as it is for modules, and finds what it compiled before.
debug_make()
{
	local source=$1/source ccache=

	shift
	! command -v ccache >/dev/null || ccache='ccache '
	CCACHE_DIR=$CACHE/ccache CCACHE_MAXSIZE=1G KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=vmadev KBUILD_BUILD_HOST=debug \
		nice -n 10 make -s -C "$source" O=build ARCH=x86_64 CROSS_COMPILE=x86_64-linux-gnu- \
		CC="${ccache}x86_64-linux-gnu-gcc" HOSTCC="${ccache}gcc" "$@"
}

debug_build()
{
	local dir=$1

	debug_config >"$dir/wanted"
	debug_make "$dir" KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig || return 1
	debug_config_taken "$dir/wanted" "$dir/source/build/.config" || return 1
	debug_make "$dir" -j "$(nproc)" bzImage modules
}

# debug_config_taken WANTED CONFIG: kconfig drops silently what it cannot have.
debug_config_taken()
{
	local line option taken=0

	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$2" || { echo "not taken: $line"; taken=1; }
			;;
		'# CONFIG_'*' is not set')
			option=${line#\# }
			! grep -q "^${option%% *}=" "$2" || { echo "not left out: $option"; taken=1; }
			;;
		esac
	done <"$1"
	return "$taken"
}

# debug_keep VERSION BUILT DIR: image, modules, and what modules are built with.
debug_keep()
{
	local source=$2/source build=$2/source/build new=$3.keep module

	rm -rf "$new" "$3"
	mkdir -p "$new/headers" "$new/kernel"
	cp "$build/arch/x86/boot/bzImage" "$new/image"
	for module in $(cd "$build" && find . -name '*.ko'); do
		cp "$build/$module" "$new/kernel/"
	done
	(cd "$source" && find Makefile arch/x86/Makefile* arch/x86/include include scripts -type f) |
		tar -c -C "$source" -T - | tar -x -C "$new/headers"
	(cd "$build" && find .config Module.symvers arch/x86/include include/generated \
		include/config/auto.conf include/config/kernel.release scripts \
		tools/objtool/objtool -type f ! -name '*.o' ! -name '.*.cmd') |
		tar -c -C "$build" -T - | tar -x -C "$new/headers"
	debug_make "$2" kernelversion >"$new/abi"
	echo "$1" >"$new/version"
	touch "$new/.done"
	mv "$new" "$3"
	rm -rf "$2"
}
