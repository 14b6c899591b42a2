# SPDX-License-Identifier: GPL-2.0-or-later
# What scripts/matrix makes of audits, one object each with its row; "what" says which.

# A driver that is not ours, and what is wrong with it: that goes to its maintainers first.
def is_ours: startswith("vmadev");
def is_published($name):
	.probe as $probe
	| any($published | split("\n")[] | select(test("^[^#\\s]")) | [splits("\\s+")];
	      . as [$names, $probes] | ($name | test("^(\($names))$")) and ($probe | test("^(\($probes))$")));
def is_withheld($name):
	.verdict == "defect" and ($name | is_ours | not) and (is_published($name) | not);

def word:
	if .verdict == "refused" then "refused (\(.errno))"
	elif .verdict == "late" then "late (SIG\(.signal))"
	else .verdict end;

def is_answer: .verdict != "not asked" and .verdict != "not applicable";

def in_order: reduce .[] as $x ([]; if index([$x]) then . else . + [$x] end);

# {rows, probes, mappings, cells: {probe: {mapping: {row: word}}}, absent: {mapping: {row: why}},
#  withheld: {mapping: [row]}}
def matrix:
	. as $audits
	| {
		rows: ([.[].row] | in_order),
		probes: ([.[].probes[]?.probe] | in_order),
		mappings: ([.[].name] | in_order),
		cells: (reduce ($audits[] | select(.probes) as $a | .probes[]
				| select(is_answer and (is_withheld($a.name) | not))
				| [.probe, $a.name, $a.row, word]) as [$probe, $mapping, $row, $word]
			({}; .[$probe][$mapping][$row] = $word)),
		absent: (reduce ($audits[] | select(.absent)) as $a ({}; .[$a.name][$a.row] = $a.absent)),
		withheld: (reduce ($audits[] | select(.probes) as $a
				| select(any(.probes[]; is_withheld($a.name)))) as $a
			({}; .[$a.name] += [$a.row]))
	};

# One word where the kernels agree, else "6.1 refused (EINVAL); 6.12, 7.3 works".
def cell($rows):
	. as $by_row
	| [$rows[] | select($by_row[.]) | {row: ., word: $by_row[.]}] as $known
	| if ($known | length) == 0 then "–"
	  elif ([$known[].word] | unique | length) == 1
	  then $known[0].word + (if ($known | length) == ($rows | length) then ""
				 else " [" + ([$known[].row] | join(", ")) + "]" end)
	  else [($known | group_by(.word) | sort_by(.[0].row as $r | $rows | index($r))[]
		 | ([.[].row] | join(", ")) + " " + .[0].word)] | join("; ")
	  end;

def table($m; $mappings):
	"| probe | \($mappings | join(" | ")) |",
	"|---|\($mappings | map("---|") | add)",
	($m.probes[] as $probe
	 | [$mappings[] | ($m.cells[$probe][.] // {}) | cell($m.rows)]
	 | select(any(. != "–"))
	 | "| \($probe) | \(join(" | ")) |");

# "72 works, 6 refused": of one mapping on one kernel, without what is withheld.
def counted($name):
	[.[] | select(is_answer and (is_withheld($name) | not)) | .verdict] as $verdicts
	| [("works", "refused", "late", "silent", "note", "risk", "defect", "stuck", "logged") as $word
	   | ([$verdicts[] | select(. == $word)] | length) as $n | select($n > 0) | "\($n) \($word)"]
	| join(", ");

# A mapping a line, a kernel a column.
def summary:
	([.[].row] | in_order) as $rows
	| "| mapping | \($rows | join(" | ")) |",
	  "|---|\($rows | map("---|") | add)",
	  (([.[].name] | in_order)[] as $name
	   | [$rows[] as $row | (map(select(.name == $name and .row == $row))[0] // {absent: "not asked"})
	      | if .probes then (.probes | counted($name)) else "–" end]
	   | select(any(. != "–"))
	   | "| \($name) | \(join(" | ")) |");

# What stands out, by probe: those of a verdict that may be told, without numbers that differ
# from run to run.
def standing_out($verdict):
	[.[] | select(.probes) | .name as $name | .row as $row
	 | .probes[] | select(.verdict == $verdict and (is_withheld($name) | not))
	 | {name: $name, probe, row: $row}]
	| group_by(.probe)[]
	| "- \(.[0].probe): " + ([group_by(.name)[] | "\(.[0].name) (\([.[].row] | unique | join(", ")))"]
			       | join(", "));

# For a driver's maintainers: a part for each of its defects, whatever may be told of them.
def findings:
	[.[] | select(.probes) | . as $audit | .probes[] | select(.verdict == "defect")
	 | . + {name: $audit.name, row: $audit.row, 
		subject: ((if $audit.mapping == "private" then "--flags private " else "" end)
			  + $audit.subject)}]
	| group_by([.name, .probe])[]
	| .[0] as $first
	| "",
	  "## \($first.name): \($first.probe)",
	  "",
	  "- **kernels** \([.[].row] | unique | join(", "))",
	  "- **seen** \([.[].seen] | unique | join("; "))",
	  "- **rule** \($first.rule)",
	  "- **change** \($first.change)",
	  "- **known** \($first.known)",
	  "- **again** `vmaudit --only \($first.probe) \($first.subject)`";

# ROW PROBE MAPPING EXPECTED NOW, a line for each cell that differs.
def differences($old; $new):
	[$old.rows[] as $r | $new.rows[] | select(. == $r)] as $rows
	| $new.mappings[] as $mapping
	| ([$old.probes[], $new.probes[]] | in_order)[] as $probe
	| $rows[] as $row
	# What was not asked in one of them contradicts nothing.
	| $old.cells[$probe][$mapping][$row] as $was
	| $new.cells[$probe][$mapping][$row] as $is
	| select($was and $is and $was != $is)
	| [$row, $probe, $mapping, $was, $is] | @tsv;

if $what == "json" then matrix
elif $what == "table" then . as $m | table($m; $ARGS.named.mappings | split(" "))
elif $what == "summary" then summary
elif $what == "died" then .[] | select(.died) | "- \(.name), \(.row), after \(.probes | length) probes"
elif $what == "standing-out" then standing_out($ARGS.named.verdict)
elif $what == "findings" then findings
elif $what == "differences" then differences(.[0]; .[1])
elif $what == "absent" then .absent | to_entries[] | .key as $m | .value | to_entries[]
	| "- \($m), \(.key): \(.value | sub("^[^ ]*: "; "") | sub("; --length, .*"; ""))"
elif $what == "withheld" then .withheld | to_entries[] | "- \(.key), on \(.value | join(", "))"
else error("what?") end
