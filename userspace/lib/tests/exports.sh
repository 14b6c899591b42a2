#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every function in the version script is exported, and nothing else; each is
# in the header and has a man page, and groff finds no fault in the pages.
# usage: exports.sh LIBRARY, in the folder of libvmadev.map
set -eu
status=0
complain() { echo "exports.sh: $*" >&2; status=1; }

wanted=$(sed -n 's/^\t\(vmadev_[a-z_]*\);$/\1/p' libvmadev.map | sort)
exported=$(nm -D --defined-only "$1" | sed -n 's/.* T \([a-z_]*\)@@VMADEV_0$/\1/p' | sort)
[ "$wanted" = "$exported" ] || complain "libvmadev.map and the exported functions differ"
for name in $wanted; do
	grep -q "[ *]$name(" libvmadev.h || complain "$name is not in libvmadev.h"
	[ -f "man3/$name.3" ] || complain "$name has no man page"
done
for page in man3/*.3; do
	[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
done
exit $status
