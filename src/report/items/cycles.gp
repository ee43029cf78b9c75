stats data using "bar" name 'bar' nooutput
do for [i = 1:6] {
    stats data using (column(part[i])) name 'sum' nooutput
    part_total[i] = sum_sum
}
stats data using "cycles" name 'cycles' nooutput
unit = unit_of(cycles_max)
eval open(920, 120 + 26 * bar_max)
set key outside top center horizontal Left reverse
from = log_from(cycles_min, cycles_max)
if (from > 0) set logscale x
set xrange [from / unit:room_for(cycles_max, from, 0.12) / unit]
set yrange [bar_max + 0.6:0.4]
set xlabel 'cycles' . unit_name(unit) . log_words(from)
unset grid
set grid xtics
set border 1
set ytics scale 0
plot for [i = 1:6] data using (from / unit):(if_any(i, column("bar"))):\
    (along(until(i - 1), column("cycles"), from) / unit):\
    (along(until(i), column("cycles"), from) / unit):(column("bar") - 0.35):\
    (column("bar") + 0.35):ytic(strcol("plan") . ' on ' . strcol("machine")) \
    with boxxyerror linecolor rgb colour[i] \
    fillstyle pattern hatch[i] border linecolor rgb colour[i] \
    title part_total[i] > 0 ? part_title[i] : '', \
    data using (column("cycles") / unit):"bar":(sprintf("%d", column("cycles"))) \
    with labels left offset 0.5, 0 font small
