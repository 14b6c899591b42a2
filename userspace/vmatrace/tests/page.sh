#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmatrace(1) names every option that --help tells, and groff finds no fault in it.
# usage: page.sh FOLDER-OF-VMATRACE
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../../tests/page.sh"

for option in $("$1/vmatrace" --help | sed -nE 's/^  (-.,|   ) (--[a-z-]*).*/\2/p'); do
	must_tell "$option" "$option"
done
# What lines of JSON have in them: members, and the words of two of these.
schema=$(dirname "$0")/../events.schema.json
for word in $(sed -n 's/^        "\([a-z]*\)": {.*/\1/p' "$schema") \
	$(grep '^            "' "$schema" | tr -cs a-z_ ' '); do
	must_tell "$word of JSON" "$word"
done
exit "$status"
