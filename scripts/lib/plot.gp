# SPDX-License-Identifier: GPL-2.0-or-later
# The style of every plot here. Before it: file = what to write.
set terminal svg size 860,440 dynamic background "#ffffff" font "sans-serif,13" linewidth 1.2
set output file
set encoding utf8
set border 3 linecolor "#888888"
set tics nomirror textcolor "#333333"
set grid ytics linecolor "#dddddd" linewidth 0.6 dashtype solid
set key outside right top vertical reverse Left textcolor "#333333" samplen 1.5
set style fill solid 1.0 noborder
set style data histogram
set style histogram clustered gap 1
set boxwidth 0.9 relative
set format y "%'.0f"
set datafile separator "\t"
set title font ",15" textcolor "#111111"
# Safe for those who do not see colours alike; the module's strategies come first.
set linetype 1 linecolor "#0072b2" pointtype 7 pointsize 0.6
set linetype 2 linecolor "#d55e00" pointtype 5 pointsize 0.6
set linetype 3 linecolor "#009e73" pointtype 9 pointsize 0.7
set linetype 4 linecolor "#cc79a7" pointtype 11 pointsize 0.7
set linetype 5 linecolor "#e69f00" pointtype 13 pointsize 0.7
set linetype 6 linecolor "#56b4e9" pointtype 4 pointsize 0.7
set linetype 7 linecolor "#7a5195" pointtype 6 pointsize 0.7
set linetype 8 linecolor "#8c564b" pointtype 8 pointsize 0.7
set linetype 9 linecolor "#222222" pointtype 2 pointsize 0.7
set linetype 10 linecolor "#888888" pointtype 1 pointsize 0.7
set linetype 11 linecolor "#aaaa00" pointtype 3 pointsize 0.7
set linetype 12 linecolor "#bbbbbb" pointtype 10 pointsize 0.7
