# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The plots of scripts/bench-report.

# draw NAME: gnuplot in the style of all plots, its commands on stdin.
draw()
{
	{
		echo "file = '$PLOTS/$1.svg'"
		echo "load '$HERE/lib/plot.gp'"
		cat
	} | gnuplot
	echo "![$1](plots/$1.svg)"
}

# bars NAME TITLE CASE: a cluster a peer, a bar a row.
bars()
{
	local data=$RESULTS/$1.tsv row column=2 plots=()

	awk -F '\t' -v case_="$3" -v rows="$(rows | tr '\n' ' ')" '
		BEGIN {
			count = split(rows, row, " ")
		}
		$2 == case_ {
			if (!($3 in known))
				peers[++p] = $3
			known[$3] = 1
			cost[$1, $3] = $4
		}
		END {
			for (j = 1; j <= p; j++) {
				line = peers[j]
				for (i = 1; i <= count; i++)
					line = line "\t" ((row[i], peers[j]) in cost ? cost[row[i], peers[j]] : "NaN")
				print line
			}
		}' "$ALL" >"$data"
	[ -s "$data" ] || return 0
	for row in $(rows); do
		plots+=("'$data' using $column:xtic(1) title '$row' linetype $((column - 1))")
		column=$((column + 1))
	done
	draw "$1" <<-EOF
		set title "$2"
		set ylabel "instructions a page"
		set xtics rotate by -35
		set yrange [0:*]
		plot $(listed "${plots[@]}")
	EOF
}

# listed WORD...: with commas between them.
listed()
{
	printf '%s, ' "$@" | sed 's/, $//'
}

# The strategies, what ratios are to, and what a message can go through: the others hide them.
readonly DRAWN_GROWING='^(remap|pfn|page|page-contig|page-populate|insert|cache|anon|huge|filemap|pipe|socket)$|^'$BESIDE

# growth FAMILY TITLE UNIT: points a peer, and the line that was fitted to them, as far as they go.
growth()
{
	local peer number=0 plots=() axis a b data tics='set format x "%.0s%c"'

	axis=$(awk -F '\t' -v row="$PLOTTED" -v family="$1" '$1 == row && $2 == family { print $8; exit }' "$FITS")
	[ -n "$axis" ] || return 0
	[ "$axis" != bytes ] || tics='set logscale x 2; set xtics 64, 16; set format x "%.0b%B"'
	while IFS=$'\t' read -r peer a b; do
		number=$((number + 1))
		data=$RESULTS/$1-$peer.tsv
		awk -F '\t' -v row="$PLOTTED" -v family="$1" -v peer="$peer" '
			{ name = $2; sub(/-[^-]*$/, "", name) }
			$1 == row && name == family && $3 == peer { print $8 "\t" $4 }' "$ALL" >"$data"
		plots+=("'$data' using 1:2 with points linetype $number title '$peer'"
			"[$(sed -n '1s/\t.*//p' "$data"):$(sed -n '$s/\t.*//p' "$data")] $a + $b * x with lines linetype $number notitle")
	done < <(awk -F '\t' -v row="$PLOTTED" -v family="$1" -v drawn="$DRAWN_GROWING" -v OFS='\t' \
		'$1 == row && $2 == family && $3 ~ drawn { print $3, $4, $5 }' "$FITS")
	draw "growth-$1" <<-EOF
		set title "$2"
		set xlabel "$axis"
		set ylabel "instructions a $3"
		set logscale xy
		$tics
		set format y "%.0s%c"
		set samples 200
		plot $(listed "${plots[@]}")
	EOF
}

plots()
{
	bars write-fault 'A first write to a page that the object has' fault-write
	bars read-fault 'A first read of a page that the object has' fault-read
	bars sparse-write-fault 'The same, one page in 16 written' fault-write-sparse
	growth map 'mmap and munmap' call
	growth create 'An object made and closed' call
	growth read 'read(2)' call
	growth write 'write(2)' call
	growth message 'A message to another process, and a byte back' message
	growth fork 'fork, and the end of the child' call
	growth mprotect 'mprotect' call
	growth mremap 'mremap' call
	growth vmas '64 KiB mapped, written and unmapped, with n VMAs in the process' call
	growth regions 'A region made and closed, with n of them alive' call
	growth list 'The list of n regions read' call
	growth processes 'ZAP of 1 MiB that n processes map' call
	growth mappings 'ZAP of 1 MiB that n VMAs of a process map' call
}
