# SPDX-License-Identifier: GPL-3.0-or-later
# short.csv, in the folder where it is run, as figure.svg: how much sooner, and
# with how much less energy, FlexCiM does the layers than each rival on its own
# best plan: the mean of all cases.
set datafile separator ","
set terminal svg size 1100,760 dynamic font "sans-serif,11"
set output "figure.svg"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set key outside top center horizontal
set grid ytics
set xtics rotate by -20
set ylabel "times"
readings = "flexcim flexcim-shared flexcim-serial"
colours = "#0b6e99 #e69f00 #999999"
rows(reading) = sprintf("< grep '^%s,own best,' short.csv", reading)
set multiplot layout 2,1
set title "Latency at equal area, FlexCiM's best free plan: mean"
plot 1 title "" lc "#000000", \
    for [i = 1:3] rows(word(readings, i)) using 8:xtic(3) \
        title word(readings, i) lc rgb word(colours, i)
set title "Energy at equal multipliers: mean"
plot 1 title "" lc "#000000", \
    for [i = 1:3] rows(word(readings, i)) using 12:xtic(3) \
        title word(readings, i) lc rgb word(colours, i)
unset multiplot
