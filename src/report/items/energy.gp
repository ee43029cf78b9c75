stats data using "bar" name 'bar' nooutput
stats data using "to_uj" name 'to' nooutput
stats data using "from_uj" name 'from' nooutput
eval open(920, 120 + 26 * bar_max)
set key outside top center horizontal Left reverse
from = log_from(from_min, to_max)
if (from > 0) set logscale x
set xrange [from:room_for(to_max, from, 0.1)]
set yrange [bar_max + 0.6:0.4]
set xlabel 'energy (µJ)' . log_words(from)
unset grid
set grid xtics
set border 1
set ytics scale 0
part_of(name) = along(column(name), column("energy_uj"), from)
plot data using (from):"bar":(from):(part_of("macros_uj")):(column("bar") - 0.35):\
    (column("bar") + 0.35):ytic(strcol("plan") . ' on ' . strcol("machine")) \
    with boxxyerror linecolor rgb colour[1] \
    fillstyle pattern hatch[1] border linecolor rgb colour[1] title 'macros', \
    data using (from):"bar":(part_of("macros_uj")):(part_of("worked_uj")):(column("bar") - 0.35):\
    (column("bar") + 0.35) with boxxyerror linecolor rgb colour[2] \
    fillstyle pattern hatch[2] border linecolor rgb colour[2] \
    title 'buffers and memories', \
    data using (from):"bar":(part_of("worked_uj")):"energy_uj":(column("bar") - 0.35):\
    (column("bar") + 0.35) with boxxyerror linecolor rgb colour[3] \
    fillstyle pattern hatch[3] border linecolor rgb colour[3] \
    title 'leakage', \
    data using "energy_uj":"bar":"from_uj":"to_uj" with xerrorbars \
    linecolor rgb '#000000' linewidth 1.5 pointtype 0 title 'not sure', \
    data using "to_uj":"bar":(sprintf('%.4g', column("energy_uj"))) \
    with labels left offset 0.7, 0 font small
