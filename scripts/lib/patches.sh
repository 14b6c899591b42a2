# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # $( is make's here
# The series itself: commits in a repository that has only those files of the kernel which they
# change. $TREE is the kernel, $GENERATED what series.sh made for it.

readonly CHANGED=(MAINTAINERS lib/Kconfig.debug lib/Makefile Documentation/dev-tools/index.rst
	tools/testing/selftests/Makefile)
readonly RST=Documentation/dev-tools/vmadev.rst

in_repo()
{
	git -C "$REPO" -c "user.name=$NAME" -c "user.email=$MAIL" -c commit.gpgsign=false \
		-c core.hooksPath=/dev/null "$@"
}

# insert_sorted FILE LINE PATTERN: before the first of the lines that match which is greater.
insert_sorted()
{
	LC_ALL=C awk -v line="$2" -v pattern="$3" '
		!done && $0 ~ pattern && $0 > line { print line; done = 1 }
		{ print }
		END { exit !done }' "$REPO/$1" >"$REPO/$1.new" || die "no place for \"$2\" in $1"
	mv "$REPO/$1.new" "$REPO/$1"
}

# insert_after FILE LINE ANCHOR
insert_after()
{
	grep -qxF "$3" "$REPO/$1" || die "no line \"$3\" in $1 of this kernel"
	awk -v line="$2" -v anchor="$3" '{ print } $0 == anchor { print line }' "$REPO/$1" >"$REPO/$1.new"
	mv "$REPO/$1.new" "$REPO/$1"
}

# maintain: the section in MAINTAINERS, with the files that are there.
maintain()
{
	local section=$BUILD/upstream/section file

	{
		sed "s/@MAINTAINER@/$NAME <$MAIL>/" "$SERIES/MAINTAINERS"
		for file in $RST include/uapi/linux/vmadev.h $IN_TREE/ tools/testing/selftests/vmadev/; do
			[ ! -e "$REPO/$file" ] || printf 'F:\t%s\n' "$file"
		done
		echo
	} >"$section"
	LC_ALL=C awk -v title="$(head -n 1 "$section")" -v section="$section" '
		$0 == title { ours = 1 }
		ours { ours = $0 != ""; next }
		/^3C59X/ { begun = 1 }
		begun && !done && before == "" && $0 > title {
			while ((getline line <section) > 0)
				print line
			done = 1
		}
		{ print; before = $0 }' "$REPO/MAINTAINERS" >"$REPO/MAINTAINERS.new"
	mv "$REPO/MAINTAINERS.new" "$REPO/MAINTAINERS"
}

# step MESSAGE: what is there now is a patch. Its author has signed it off.
step()
{
	maintain
	in_repo add -A
	in_repo commit -q -s -F "$1"
}

# first_strategies: those whose files have the fault handlers of others.
first_strategies()
{
	grep -lE '^vm_fault_t vmadev_' "$GENERATED"/module/map_*.c | sed 's,.*/map_\(.*\)\.c,\1,'
}

# module_with STRATEGY...: the module as it is without the other ones, and without KUnit.
module_with()
{
	local into=$REPO/$IN_TREE kunit file name

	mkdir -p "$into"
	rm -f "$into"/*
	cp "$GENERATED"/module/* "$into/"
	kunit=$(sed -n 's/^vmadev-\$(CONFIG_TEST_VMADEV_KUNIT) += \(.*\)\.o$/\1.c/p' "$into/Makefile")
	(cd "$into" && rm "$kunit" ./*_kunit.c)
	sed -i '/kunit/Id' "$into/Makefile"
	sed -i '/^config TEST_VMADEV_KUNIT/,$d' "$into/Kconfig"
	for file in "$into"/map_*.c; do
		name=$(basename "$file" .c)
		[[ " $* " != *" ${name#map_} "* ]] || continue
		rm "$file"
		sed -i "/$name\\.o/d" "$into/Makefile"
		sed -i "/\\bvmadev_$name\\b/d" "$into"/*.[ch]
	done
	for file in "$into"/{Kconfig,Makefile}; do
		sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$file"
	done
}

# strategy_message NAME: what its file begins with.
strategy_message()
{
	echo "lib/test_vmadev: strategy $1"
	echo
	awk '
		/^\/\*$/ { inside = 1; next }
		/^ \*\// { exit }
		inside { sub(/^ \* ?/, ""); print }' "$GENERATED/module/map_$1.c" |
		sed "1s/^Strategy $1: *//" | fmt -w 72
}

# series_commit: all of it, into $REPO.
series_commit()
{
	local file name names strategies message=$BUILD/upstream/message

	rm -rf "$REPO"
	mkdir -p "$REPO"
	git -C "$REPO" init -q -b series
	for file in "${CHANGED[@]}"; do
		install -D -m 644 "$TREE/$file" "$REPO/$file"
	done
	in_repo add -A
	in_repo commit -q -m "$(basename "$TREE_PACKAGE")"

	install -D -m 644 "$TOP/module/uapi/vmadev.h" "$REPO/include/uapi/linux/vmadev.h"
	step "$SERIES/messages/uapi"

	mapfile -t strategies < <(first_strategies)
	module_with "${strategies[@]}"
	insert_after lib/Makefile 'obj-$(CONFIG_TEST_VMADEV) += test_vmadev/' 'obj-$(CONFIG_TEST_HMM) += test_hmm.o'
	awk '/^config TEST_HMM$/ { print "source \"lib/test_vmadev/Kconfig\"\n" } { print }' \
		"$TREE/lib/Kconfig.debug" >"$REPO/lib/Kconfig.debug"
	step "$SERIES/messages/core"

	mapfile -t names < <(sed -n 's/^vmadev-y += map_\(.*\)\.o$/\1/p' "$GENERATED/module/Makefile")
	for name in "${names[@]}"; do
		[[ " ${strategies[*]} " != *" $name "* ]] || continue
		strategies+=("$name")
		module_with "${strategies[@]}"
		strategy_message "$name" >"$message"
		step "$message"
	done

	cp "$GENERATED"/module/* "$REPO/$IN_TREE/"
	step "$SERIES/messages/kunit"

	cp -r "$GENERATED/selftests" "$REPO/tools/testing/selftests/vmadev"
	insert_sorted tools/testing/selftests/Makefile 'TARGETS += vmadev' '^TARGETS \+= '
	step "$SERIES/messages/selftests"

	cp "$SERIES/vmadev.rst" "$REPO/$RST"
	insert_after Documentation/dev-tools/index.rst '   vmadev' '   kunit/index'
	step "$SERIES/messages/documentation"
}
