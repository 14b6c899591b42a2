# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Which strategy to choose, by what scripts/bench-report read; it goes into README.md.

# guide: for what one wants, the strategies that cost least on $PLOTTED, and those that cost hardly
# more. A want is a sum of cases, so often each; with "pinned" only of strategies whose pages
# vmsplice can take. anon is left out: what is written to its region, nobody else reads.
guide()
{
	awk -F '\t' -v row="$PLOTTED" -v rows="$(rows | tr '\n' ' ')" -v beside="$BESIDE" '
		{ cost[$1, $2, $3] = $4 }
		$1 == row && $2 == "ioctl-info" && $3 != "anon" { strategies[++n] = $3 }
		function sum(row, wants, peer,	count, part, i, total) {
			count = split(wants, part, " ")
			for (i = 1; i < count; i += 2) {
				if (!((row, part[i + 1], peer) in cost))
					return -1
				total += part[i] * cost[row, part[i + 1], peer]
			}
			return total
		}
		function shown(value) {
			if (value >= 1e6)
				return sprintf("%.1f M", value / 1e6)
			return value >= 1e4 ? sprintf("%.0f k", value / 1e3) : sprintf("%.0f", value)
		}
		function want(what, wants, pinned,	i, least, best, names, other) {
			for (i = 1; i <= n; i++) {
				one[i] = sum(row, wants, strategies[i])
				if (pinned && !((row, "vmsplice-64K", strategies[i]) in cost))
					one[i] = -1
				if (one[i] >= 0 && (best == "" || one[i] < least)) {
					best = strategies[i]
					least = one[i]
				}
			}
			if (best == "")
				return
			for (i = 1; i <= n; i++)
				if (one[i] >= 0 && one[i] <= 1.03 * least)
					names = names (names == "" ? "" : ", ") "`" strategies[i] "`"
			printf "| %s | %s | %s", what, names, shown(least)
			for (i = 1; i <= row_count; i++) {
				other = sum(each[i], wants, beside)
				least = sum(each[i], wants, best)
				printf " | %s", (other > 0 && least >= 0 ? sprintf("%.2f", least / other) : "-")
			}
			print " |"
		}
		END {
			row_count = split(rows, each, " ")
			printf "| when you | choose | instructions"
			rule = "|---|---|--:"
			for (i = 1; i <= row_count; i++) {
				printf " | %s", each[i]
				rule = rule "|--:"
			}
			print " |"
			print rule "|"
			all = "1 map-64M 16384 fault-write"
			want("map 64 MiB and write all of it", all, 0)
			want("... that the kernel can pin (O_DIRECT, io_uring, vmsplice)", all, 1)
			want("map 64 MiB and read all of it", "1 map-64M 16384 fault-read", 0)
			want("... that the kernel can pin", "1 map-64M 16384 fault-read", 1)
			want("map 64 MiB and write one page in 16", "1 map-64M 1024 fault-write-sparse", 0)
			want("... in 256", "1 map-64M 64 fault-write-sparse", 0)
			want("map 4 KiB, write it, and unmap", "1 map-4K 1 fault-write", 0)
			want("write to each page of a private copy of 16 MiB", "4096 fault-cow", 0)
			want("fork with 16 MiB mapped", "1 fork-4096", 0)
			want("drop 1 MiB of PTEs in 64 processes", "1 processes-64", 0)
			want("make a region of 1 MiB, and close it", "1 create-1M", 0)
			want("make a region of 16 MiB, write all of it, and close it", "4096 fault-fresh-write", 0)
			want("read or write 64 KiB without a mapping", "0.5 read-64K 0.5 write-64K", 0)
			want("send 64 KiB to another process", "1 message-64K", 0)
		}' "$ALL"
}

summary()
{
	echo "By instructions on $PLOTTED, of strategies that do what you need; what costs up to 3 % more is named"
	echo "too; page-contig is page on a contiguous region: of large folios where the kernel had them side by"
	echo "side when it was made, else of single pages, and so its ratios differ. Beside that the ratio to $BESIDE,"
	echo "a kernel each. [What each costs](userspace/vmabench/REPORT.md), and why it cannot be less;"
	echo "\`make bench bench-report\` makes that and this anew."
	echo
	guide
}
