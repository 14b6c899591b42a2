# SPDX-License-Identifier: GPL-2.0-or-later
# Of what unifdef left of compat.h: a rule for spatch for each function that only returns what
# another one does, or does nothing. Those that are named in "by_hand" have one already.
/^static inline / { head = ""; taking = 1; body = ""; statements = 0 }

taking && /^\{$/ { taking = 0; inside = 1; next }

taking { head = head " " $0; next }

inside && /^\}$/ {
	inside = 0
	if (match(head, /vmadev_[a-z_]+\(.*\)/))
		rule(substr(head, RSTART, RLENGTH), body, statements)
	next
}

inside && NF {
	sub(/^[ \t]+/, "")
	body = body (body == "" ? "" : " ") $0
	statements += /;$/
}

function rule(call, body, statements,	name, count, part, i, names)
{
	name = substr(call, 1, index(call, "(") - 1)
	if (index(" " by_hand " ", " " name " "))
		return
	if (statements == 0) {
		printf "@@\n@@\n- %s(...);\n\n", name
		return
	}
	if (statements > 1 || body !~ /^return /)
		return
	count = split(substr(call, index(call, "(") + 1), part, ",")
	for (i = 1; i <= count; i++) {
		gsub(/\).*|\[\]/, "", part[i])
		sub(/.*[ *\t]/, "", part[i])
		names = names (i > 1 ? ", " : "") part[i]
	}
	sub(/^return /, "", body)
	sub(/;$/, "", body)
	printf "@@\nexpression %s;\n@@\n- %s(%s)\n+ %s\n\n", names, name, names, body
}
