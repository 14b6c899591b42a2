# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What scripts/bench-report says of goals, and of the floors below them.

readonly GOALS=$TOP/userspace/vmabench/goals.tsv
readonly FLOORS=$TOP/userspace/vmabench/floors.tsv

# goals ROW: each goal with what was measured, and whether it is met, or what shows that it cannot be.
goals()
{
	echo "| work | strategy | costs | beside it | ratio | goal | |"
	echo "|---|---|--:|--:|--:|--:|---|"
	awk -F '\t' -v row="$1" -v paths="$RESULTS/$1.paths.tsv" '
		BEGIN {
			while ((getline line <paths) > 0) {
				split(line, part, "\t")
				shown[part[1]] = 1
			}
		}
		# As a heading of FLOORS.md is linked to.
		function anchor(heading) {
			heading = tolower(heading)
			gsub(/[^a-z0-9 -]/, "", heading)
			gsub(/ /, "-", heading)
			return heading
		}
		function verdict(met, floor) {
			if (met)
				return "met"
			return floor in shown ? "[floor shown](FLOORS.md#" anchor(floor ", " row) ")" : "**not met**"
		}
		NR == FNR {
			if ($1 == row)
				cost[$2, $3] = $4
			next
		}
		/^#/ || NF != 7 { next }
		{
			own = cost[$2, $3]
			beside = cost[$4, $5]
			if (own == "" || beside == "") {
				printf "| %s | %s | - | | | %s | not measured |\n", $1, $3, $6
				next
			}
			printf "| %s | %s | %.0f | %s %.0f | %.4g | %s | %s |\n", $1, $3, own, $5, beside,
				sprintf("%.3f", own / beside), $6, verdict(own / beside <= $6, $7)
		}' "$ALL" "$GOALS"
}

# floors ROW: of each case that floors.tsv names, where its instructions are spent, and why no
# module can do with fewer.
floors()
{
	local paths=$RESULTS/$1.paths.tsv case_ beside why

	while IFS=$'\t' read -r case_ beside why; do
		[[ $case_ != '#'* ]] || continue
		awk -F '\t' -v case_="$case_" '$1 == case_ { found = 1 } END { exit !found }' "$paths" || continue
		printf '\n### %s, %s\n\n' "$case_" "$1"
		share "$paths" "$case_" "$beside"
		printf '%s\n\n```\n' "$why"
		tree "$paths" "$case_"
		printf '```\n'
	done <"$FLOORS"
}

# share PATHS CASE BESIDE: what of the case the module spends, and what is left without that.
share()
{
	awk -F '\t' -v case_="$2" -v beside="$3" '
		$2 == 0 { whole[$1] += $6 }
		$1 == case_ {
			if (within != "" && $2 <= within)
				within = ""
			if (within == "" && $7 == "[vmadev]") {
				within = $2
				below += $6
			}
			if ($7 == "[vmadev]")
				own += $5
		}
		END {
			printf "%.0f instructions", whole[case_]
			if (whole[beside])
				printf ", %.2f of the %.0f of %s", whole[case_] / whole[beside], whole[beside], beside
			printf ". Code of the module: %.0f; with all that it calls: %.0f. ", own, below
			printf "Without any of that %.0f are left", whole[case_] - below
			if (whole[beside])
				printf ", %.2f", (whole[case_] - below) / whole[beside]
			print "."
		}' "$1"
}

# tree PATHS CASE: who calls whom; what is below a fiftieth of the whole is left out.
tree()
{
	awk -F '\t' -v case_="$2" '
		$1 != case_ { next }
		$2 == 0 { whole = $6 }
		$6 >= whole / 50 {
			name = sprintf("%*s%s%s", 2 * $2, "", $3, $7 == "-" ? "" : " " $7)
			printf "%9.1f %9.1f  %s%s\n", $6, $5, name, ($4 > 1.5 ? sprintf(" x%.0f", $4) : "")
		}' "$1"
}
