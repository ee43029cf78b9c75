# SPDX-License-Identifier: GPL-3.0-or-later
# short.csv, in the folder where it is run, as figure.svg: how much sooner, and
# with how much less energy, FlexCiM does a prompt of the published shapes, weights
# resident, than each rival on its own best plan.  Bars are the mean of models and
# sparsities, marks the most of them.
set datafile separator ","
set terminal svg size 1200,900 dynamic font "sans-serif,11"
set output "figure.svg"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set grid ytics
set xtics rotate by -20
set ylabel "times"
set yrange [0:*]
# Readings with free masks, and the one select a row with masks that agree.
bar(i) = i == 1 ? "flexcim,own best" : \
         i == 2 ? "flexcim-merged,own best" : \
         i == 3 ? "flexcim-shared,own best" : "flexcim-shared,agreed"
name(i) = i == 1 ? "a selector in every cell, merged as needed" : \
          i == 2 ? "a selector in every cell, all merged" : \
          i == 3 ? "one select a row, all merged" : \
          "one select a row, all merged, masks agree"
colour(i) = word("#0b6e99 #56b4e9 #999999 #e69f00", i)
rows(equal, i) = sprintf("< tr -d '\"' <short.csv | grep '^%s,published,%s,'", equal, bar(i))
across(i) = (i - 2.5) * 0.2
set multiplot layout 2,2
do for [equal in "multipliers area"] {
    do for [what in "latency energy"] {
        mean = what eq "latency" ? 8 : 15
        most = what eq "latency" ? 7 : 14
        claim = what eq "latency" ? 1.75 : 1.5
        set title sprintf("%s at equal %s", what, equal)
        set key top right
        plot 1 title "" lc "#000000", \
            claim title "claimed" lc "#cc0000" dt 2, \
            for [i = 1:4] rows(equal, i) using mean:xtic(5) title name(i) \
                lc rgb colour(i), \
            for [i = 1:4] rows(equal, i) using ($0 + across(i)):most \
                with points title (i == 1 ? "most" : "") lc "#000000" pt 2 ps 0.6
    }
}
unset multiplot
