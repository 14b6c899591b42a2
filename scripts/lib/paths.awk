# SPDX-License-Identifier: GPL-2.0-or-later
# The call paths of cases. Of what QEMU executed, an instruction a line, that counts which lies
# between run_start() and run_stop(); "units N CASE/PEER" ends a case. The file "symbols" has
# ADDRESS TYPE NAME [MODULE], sorted, as soon as the first instruction comes.
# Addresses are compared as text: all have 16 digits.
#
# Prints CASE/PEER DEPTH NAME CALLS SELF ALL MODULE, the three numbers a unit, a line a node,
# the costliest child first.

function read_symbols(	line, part) {
	while ((getline line <symbols) > 0) {
		split(line, part, "[ \t]")
		address[++count] = part[1] ""
		name[count] = part[3]
		module[count] = part[4] == "" ? "-" : part[4]
		if (part[3] == "run_start")
			start = count
		if (part[3] == "run_stop")
			stop = count
	}
}

function owner(pc,	low, high, middle) {
	low = 1
	high = count
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (address[middle] <= pc)
			low = middle
		else
			high = middle - 1
	}
	return low
}

function enter(f,	node) {
	node = child[at, f]
	if (!node) {
		node = child[at, f] = ++nodes
		of[node] = f
		parent[node] = at
		depth[node] = at ? depth[at] + 1 : 0
	}
	calls[node]++
	at = node
}

# Back to a caller, which need not be the last one: tail calls leave no trace. What is not
# among the callers was jumped into.
function leave(f,	node) {
	for (node = at; node; node = parent[node])
		if (of[node] == f) {
			at = node
			return
		}
	enter(f)
}

# Without what is less than LEAST a unit and a thousandth of the whole.
function print_tree(node,	i, best) {
	if (all[node] < LEAST * units || all[node] < all[0] / 1000)
		return
	printf "%s\t%d\t%s\t%.2f\t%.1f\t%.1f\t%s\n", what, depth[node], name[of[node]],
		calls[node] / units, self[node] / units, all[node] / units, module[of[node]]
	for (;;) {
		best = 0
		for (i = first[node]; i; i = following[i])
			if (!printed[i] && (!best || all[i] > all[best]))
				best = i
		if (!best)
			return
		printed[best] = 1
		print_tree(best)
	}
}

function forget() {
	split("", child)
	split("", of)
	split("", parent)
	split("", depth)
	split("", calls)
	split("", self)
	split("", all)
	split("", first)
	split("", following)
	split("", printed)
	nodes = at = counting = caller = 0
}

BEGIN {
	FS = "/"
	THUNK = "^__x86_(return|indirect)_thunk"
	LEAST = 1
	forget()
}

$1 ~ /^Trace / {
	if (!count)
		read_symbols()
	pc = $2 ""
	if (!(pc in function_of)) {
		function_of[pc] = owner(pc)
		is_entry[pc] = address[function_of[pc]] == pc
	}
	f = function_of[pc]
	if (!counting) {
		if (f == start && is_entry[pc])
			caller = last
		last = f
		if (f != caller)
			next
		# run_start() returned.
		counting = 1
		caller = 0
		enter(f)
	}
	if (f == stop && is_entry[pc]) {
		at = counting = 0
		next
	}
	if (f != of[at] && name[f] !~ THUNK) {
		if (is_entry[pc])
			enter(f)
		else
			leave(f)
	}
	self[at]++
	next
}

/^units / {
	what = $0
	sub(/^units [0-9]+ /, "", what)
	split($0, part, " ")
	units = part[2]
	# Children have greater numbers than their parents.
	for (i = nodes; i; i--) {
		all[i] += self[i]
		all[parent[i]] += all[i]
		following[i] = first[parent[i]]
		first[parent[i]] = i
	}
	for (i = first[0]; i; i = following[i])
		print_tree(i)
	forget()
}
