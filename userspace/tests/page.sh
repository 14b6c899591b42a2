# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # who reads this ends with $status
# What the tests of man pages share: they read this, and end with "exit $status". Sets
# $program, whose test it is, and $text, its page; groff finds no fault in that.
set -eu
status=0
complain() { echo "page.sh: $*" >&2; status=1; }

program=$(cd "$(dirname "$0")/.." && basename "$PWD")
page=$(dirname "$0")/../$program.1
[ -z "$(groff -ww -mdoc -Tutf8 -z "$page" 2>&1)" ] || complain "groff finds fault with $page"
# A paragraph a line: no word is hyphenated.
text=$(groff -rLL=5000n -mdoc -Tascii -P-c "$page" | sed 's/.\x08//g')

# must_tell WHAT TEXT: the page has the text.
must_tell() { case $text in *"$2"*) ;; *) complain "$1 is not told" ;; esac; }
