# SPDX-License-Identifier: GPL-2.0-or-later
# What scripts/bench asks of the JSON of vmabench; "what" says which.

def costs: [.results[] | {key: "\(.case)/\(.peer)", value: .}] | from_entries;

# What has to be the same in both, or their numbers say nothing about each other.
def conditions: .versions + {clock} | del(.commit);

# VERSION A B, a line for each that differs.
def mismatches($a; $b):
	($a | conditions) as $x | ($b | conditions) as $y
	| ($x + $y | keys_unsorted[])
	| select($x[.] != $y[.])
	| [., $x[.] // "none", $y[.] // "none"] | @tsv;

# CASE/PEER A B UNIT, a line for each; "-" where one of them has none.
def compared($a; $b):
	($a | costs) as $x | ($b | costs) as $y
	| ($x + $y | to_entries[])
	| [.key, ($x[.key].cost // "-"), ($y[.key].cost // "-"), .value.unit] | @tsv;

# ROW CASE PEER COST UNIT COUNTED AXIS AT SPREAD
def rows($row):
	.results[] | [$row, .case, .peer, .cost, .unit, .counted, .axis // "-", .at // 0, .spread] | @tsv;

if $what == "mismatches" then mismatches(input; input)
elif $what == "compared" then compared(input; input)
elif $what == "absent" then input | .absent[] | [.case, .peer, .why] | @tsv
else input | rows($ARGS.named.row // "")
end
