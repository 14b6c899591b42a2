# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guest's initramfs and the plan that its PID 1 follows.

# pack_begin [NAME]: start a fresh root with PID 1 and the module in it. A row that has more
# than one guest at a time gives the others a NAME.
pack_begin()
{
	GUEST=$OUT${1:+/$1}
	ROOT=$GUEST/root
	rm -rf "$ROOT"
	mkdir -p "$ROOT"/{bin,t,tour,m,proc,sys,dev,tmp,lib,etc}
	cp "$PROGRAMS/guest/init" "$ROOT/init"
	pack_built
	NONCE=${FIXED_NONCE:-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')}
	echo "nonce $NONCE" >"$ROOT/plan"
	pack_modules selftests/kernel-modules.txt
}

# pack_built: the module as it was built, without what is for debuggers: that is most of its
# file, and read at each load.
pack_built()
{
	local ko

	find "$OUT/module" -name 'vmadev*.ko' | while read -r ko; do
		"$TRIPLET-strip" -g -o "$ROOT/m/${ko##*/}" "$ko"
	done
}

# pack_modules FILE: the kernel's own modules that a file of the tree names.
pack_modules()
{
	local name params

	[ -e "$TOP/$1" ] || return 0
	while read -r name params; do
		case $name in '' | '#'*) continue ;; esac
		pack_module "$name" "$params"
	done <"$TOP/$1"
}

# pack_module NAME [PARAMETERS]: the module after those it depends on.
pack_module()
{
	local name=${1//-/_} params=${2-} file needed into=$ROOT/m/${1//-/_}.ko

	[ ! -e "$into" ] || return 0
	file=$(find "$KERNEL" ${DRIVERS:+"$DRIVERS"} -path '*/kernel/*' -name "${name//_/[-_]}.ko*" | sed 1q)
	if [ -z "$file" ]; then
		# Built in, or this kernel has none: the test that needs it tells.
		return 0
	fi
	case $file in
	*.xz) xz -dc "$file" >"$into" ;;
	*) cp "$file" "$into" ;;
	esac
	for needed in $("$TRIPLET-objcopy" -O binary --only-section=.modinfo "$into" /dev/stdout |
		tr '\0' '\n' | sed -n 's/^depends=//p' | tr ',' ' '); do
		pack_module "$needed"
	done
	echo "module /m/$name.ko $params" >>"$ROOT/plan"
}

# pack_program FILE [FOLDER]: into FOLDER (/t), with the libraries it needs.
pack_program()
{
	local file=$1 folder=${2:-t} library

	[ ! -e "$ROOT/$folder/${file##*/}" ] || return 0
	cp "$file" "$ROOT/$folder/"
	# Static programs need none.
	readelf -l "$file" 2>/dev/null | grep -q 'program interpreter' || return 0
	for library in $(LD_LIBRARY_PATH=$PROGRAMS/userspace/lib ldd "$file" |
		sed -nE 's/.*[[:space:]](\/[^ ]+) \(.*/\1/p'); do
		case $library in
		*/ld-linux*) pack_library "$library" "${library%/*}" ;;
		*) pack_library "$library" /lib/x86_64-linux-gnu ;;
		esac
	done
}

pack_library()
{
	mkdir -p "$ROOT$2"
	[ -e "$ROOT$2/${1##*/}" ] || cp -L "$1" "$ROOT$2/"
}

# plan_run NAME SECONDS PARAMETERS USER COMMAND...
plan_run()
{
	echo "run $*" >>"$ROOT/plan"
}

# plan_seconds: what all that is planned may take.
plan_seconds()
{
	awk '$1 == "run" { sum += $3 } END { print sum }' "$ROOT/plan"
}

# plan_longest: what one program of it may take.
plan_longest()
{
	awk '$1 == "run" && $3 > longest { longest = $3 } END { print longest + 0 }' "$ROOT/plan"
}

# pack_end: the same files make the same image.
pack_end()
{
	find "$ROOT" -exec touch -hd @0 {} +
	(cd "$ROOT" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible) >"$GUEST/initrd"
}
