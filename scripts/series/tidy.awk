# SPDX-License-Identifier: GPL-2.0-or-later
# After unifdef and spatch. In place of compat.h stand the headers that it had included, as far
# as the file does not include them, and sorted among the others; a macro that stands for
# initializers, and no longer for others on another kernel, is written out. Reads the lines that
# define these, then the file.
NR == FNR {
	macro[$2] = $0
	sub(/^#define [A-Z_]+[ \t]+/, "", macro[$2])
	next
}

{ line[++n] = $0 }

/^#define / && $2 in macro { drop[n] = 1 }

/^#include </ {
	have[substr($2, 2, length($2) - 2)] = 1
	last = n
}

/^#include "compat.h"$/ { compat = n; drop[n] = 1 }

END {
	if (compat) {
		count = split(includes, wanted, "\n")
		for (i = 1; i <= count; i++)
			if (!(wanted[i] in have))
				add[++more] = wanted[i]
	}
	for (i = 1; i <= n; i++) {
		# What was left out, here or by unifdef, leaves no two blank lines.
		if (drop[i] || line[i] == "" && text == "")
			continue
		if (more && line[i] ~ /^#include <linux\//) {
			for (a = 1; a <= more; a++)
				if (!done[a] && "#include <" add[a] ">" < line[i]) {
					print "#include <" add[a] ">"
					done[a] = 1
				}
		}
		text = line[i]
		for (m in macro)
			if (match(text, "^\t" m ",$"))
				text = expand(macro[m])
		print text
		if (more && i == last)
			for (a = 1; a <= more; a++)
				if (!done[a])
					print "#include <" add[a] ">"
	}
}

# Several initializers stand on a line each, their values below each other.
function expand(value,	part, i, count, text, name)
{
	count = split(value, part, /, \./)
	for (i = 1; i <= count; i++) {
		name = part[i]
		sub(/ = .*/, "", name)
		sub(/^\./, "", name)
		sub(/^[^=]*= /, "", part[i])
		text = text (i > 1 ? "\n" : "") "\t." name (length(name) < 7 ? "\t\t= " : "\t= ") part[i] ","
	}
	return text
}
