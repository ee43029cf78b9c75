stats data using "bar" name 'bar' nooutput
stats data using "machine_mm2" name 'area' nooutput
eval open(920, 150 + 26 * bar_max)
set key outside top center horizontal Left reverse
from = log_from(area_min, area_max)
if (from > 0) set logscale x
set xrange [from:room_for(area_max, from, 0.1)]
set yrange [bar_max + 0.6:0.4]
set xlabel 'area (mm²)' . log_words(from)
part_of(name) = along(column(name), column("machine_mm2"), from)
unset grid
set grid xtics
set border 1
set ytics scale 0
plot for [s = 1:|series|] data using (from):\
    (strcol("series") eq series[s] ? column("bar") : NaN):\
    (part_of("from_mm2")):(part_of("to_mm2")):\
    (column("bar") - 0.35):(column("bar") + 0.35) \
    with boxxyerror linecolor rgb colour[turn(s, 8)] \
    fillstyle pattern hatch[turn(s, 6)] border linecolor rgb colour[turn(s, 8)] \
    title series[s], \
    data using (column("from_mm2") == 0 ? column("machine_mm2") : NaN):"bar":\
    (sprintf("%.3g", column("machine_mm2"))):\
    ytic(strcol("machine")) with labels left offset 0.5, 0 font small
