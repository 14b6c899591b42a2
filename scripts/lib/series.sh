# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # $( is make's here
# The sources as a kernel tree wants them: for one kernel, without what is for others.

readonly SERIES=$TOP/scripts/series
readonly IN_TREE=lib/test_vmadev

# kbuild_says VARIABLE [ARGUMENT...]: what ./Kbuild makes of it, for the kernel in $TREE, whose
# exported symbols are in $SYMBOLS.
kbuild_says()
{
	printf 'include Kbuild\nprint:\n\t@echo $(%s)\n' "$1" |
		make -s -C "$TOP" -f - print src=. srctree="$TREE" objtree="$SYMBOLS" "${@:2}"
}

# series_objects [CONFIG_KUNIT=y]: those of vmadev.ko
series_objects()
{
	kbuild_says vmadev-y "$@" | tr ' ' '\n' | sed 's,.*/,,'
}

# series_answers: what this kernel has, as options of unifdef.
series_answers()
{
	local has name

	has=" $(kbuild_says ccflags-y) "
	sed -nE 's/.*,(VMADEV_HAVE_[A-Z_]+)\)$/\1/p' "$TOP/Kbuild" | while read -r name; do
		case $has in *" -D$name "*) echo "-D$name" ;; *) echo "-U$name" ;; esac
	done
}

# series_module INTO: the module's sources, and its Makefile.
series_module()
{
	local into=$1 file

	mkdir -p "$into"
	cp "$TOP"/module/*.[ch] "$into/"
	series_answers >"$into.answers"
	for file in "$into"/*.[ch]; do
		# shellcheck disable=SC2046 # a list of words
		unifdef -m $(cat "$into.answers") "$file" || [ $? = 1 ] || return
	done
	{ series_conditions "$into/compat.h"; series_words "$into/compat.h"; } >"$into.sed"
	series_includes "$into/compat.h" >"$into.includes"
	series_own_functions "$into/compat.h" >"$into.wrappers"
	{
		cat "$SERIES/compat.cocci"
		awk -v by_hand="$(grep -oE '^- .*' "$SERIES/compat.cocci" | grep -oE 'vmadev_[a-z_]+' | xargs)" \
			-f "$SERIES/wrappers.awk" "$into/compat.h"
	} >"$into.cocci"
	rm "$into/compat.h"
	series_initializers "$into"/*.[ch] >"$into.macros"
	for file in "$into"/*.[ch]; do
		spatch --very-quiet --max-width 100 --sp-file "$into.cocci" --in-place "$file" >"$into.log" 2>&1 ||
			{ cat "$into.log" >&2; return 1; }
		sed -i -f "$into.sed" "$file"
		awk -v includes="$(cat "$into.includes")" -f "$SERIES/tidy.awk" "$into.macros" "$file" >"$file.new"
		mv "$file.new" "$file"
	done
	! grep -nwE "VMADEV_HAVE_[A-Z_]+|compat\.h|$(paste -sd '|' "$into.wrappers")" "$into"/*.[ch] >&2 ||
		die "this is left of module/compat.h: scripts/series/compat.cocci has no rule for it"
	series_makefile >"$into/Makefile"
	cp "$SERIES/Kconfig" "$into/"
}

# series_conditions COMPAT: where that makes a VMADEV_HAVE_* of a condition, the condition
# takes its place.
series_conditions()
{
	awk '
		/^#if / { condition = $0; next }
		condition && /^#define VMADEV_HAVE_[A-Z_]+$/ {
			gsub(/&/, "\\\\&", condition)
			printf "s,^#ifdef %s$,%s,\n", $2, condition
		}
		{ condition = "" }' "$1"
	# The header is where a kernel has such headers.
	echo 's,^#include "vmadev.h"$,#include <uapi/linux/vmadev.h>,'
}

# series_words COMPAT: of a word that stands for others, these.
series_words()
{
	# A star stands at the name that comes after it.
	sed -nE 's/^#define ((VMADEV|vmadev)_[A-Za-z_]+)[ \t]+([^ \t].*)$/s,\\<\1\\>,\3,g/p' "$1" |
		sed 's/\\>,\(.*\*\),g$/\\> ,\1,g/'
}

series_includes()
{
	sed -n 's/^#include <\(.*\)>$/\1/p' "$1"
}

# series_own_functions COMPAT: the names of what it defines.
series_own_functions()
{
	sed -nE 's/^static inline .*[ *](vmadev_[a-z_]+)\(.*/\1/p' "$1"
}

# series_initializers FILE...: macros that stand for initializers, and now always for the same.
series_initializers()
{
	awk '
		/^#define / { count[$2]++ }
		/^#define [A-Z_]+[ \t]+\..*[^\\]$/ { line[$2] = $0 }
		END {
			for (m in line)
				if (count[m] == 1)
					print line[m]
		}' "$@"
}

series_makefile()
{
	local objects kunit buffers bars

	objects=$(series_objects CONFIG_KUNIT=)
	buffers=$(series_objects CONFIG_KUNIT= CONFIG_DMA_SHARED_BUFFER=y | grep -vxF "$objects")
	bars=$(series_objects CONFIG_KUNIT= CONFIG_PCI=y CONFIG_64BIT=y | grep -vxF "$objects")
	kunit=$(series_objects CONFIG_KUNIT=y | grep -vxF "$objects")
	cat <<-'EOT'
		# SPDX-License-Identifier: GPL-2.0

		obj-$(CONFIG_TEST_VMADEV) += vmadev.o
		obj-$(CONFIG_TEST_VMADEV_KUNIT) += vmadev_kunit.o

		# trace/define_trace.h includes trace.h once more.
		CFLAGS_trace.o := -I$(src)

	EOT
	xargs printf 'vmadev-y += %s\n' <<<"$objects"
	xargs printf 'vmadev-$(CONFIG_DMA_SHARED_BUFFER) += %s\n' <<<"$buffers"
	xargs printf 'vmadev-$(and $(CONFIG_PCI),$(CONFIG_64BIT),$(if $(CONFIG_CPU_BIG_ENDIAN),,y)) += %s\n' <<<"$bars"
	xargs printf 'vmadev-$(CONFIG_TEST_VMADEV_KUNIT) += %s\n' <<<"$kunit"
	kbuild_says vmadev_kunit-y CONFIG_KUNIT=y | xargs -n 1 basename | xargs printf 'vmadev_kunit-y += %s\n'
}

# series_selftests INTO: but for what needs the drivers of module/examples.
series_selftests()
{
	local into=$1

	mkdir -p "$into/lib"
	cp "$TOP"/selftests/*.[ch] "$TOP"/selftests/{Makefile,run.sh,{params,kernel-modules}.txt,.gitignore} "$into/"
	cp "$TOP"/selftests/lib/*.[ch] "$into/lib/"
	grep -l '#include "example.h"' "$into"/*.c | xargs rm "$into/example.h"
	sed -i -e '/^# {/,/^# }/d' "$into/Makefile"
	cat -s "$into/Makefile" >"$into/Makefile.new"
	mv "$into/Makefile.new" "$into/Makefile"
	sed -i 's,^#include [<"]vmadev\.h[>"]$,#include <linux/vmadev.h>,' "$into"/*.[ch] "$into"/lib/*.[ch]
	cp "$SERIES/selftests.config" "$into/config"
	echo timeout=3000 >"$into/settings"
	printf '!/%s\n' config settings >>"$into/.gitignore"
}
