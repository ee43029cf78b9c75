array share[6] = ['array_uj', 'buffers_uj', 'units_uj', 'moving_uj', \
                  'standing_by_uj', 'leakage_uj']
array share_title[6] = ['array', 'buffers', 'units beside the array', \
                        'memory moving', 'memory standing by', 'leakage']
shares(i) = i == 0 ? 0 : sum [k = 1:i] column(share[k])
stats data using "bar" name 'bar' nooutput
stats data using "to_uj" name 'to' nooutput
stats data using "from_uj" name 'from' nooutput
eval open(920, 160 + 26 * bar_max)
set key outside top center horizontal Left reverse
from = log_from(from_min, to_max)
if (from > 0) set logscale x
set xrange [from:room_for(to_max, from, 0.15)]
part_of(i) = along(shares(i), column("token_uj"), from)
set yrange [bar_max + 0.6:0.4]
set xlabel 'energy of a token (µJ)' . log_words(from)
unset grid
set grid xtics
set border 1
set ytics scale 0
plot for [i = 1:6] data using (part_of(i - 1)):"bar":(part_of(i - 1)):\
    (column(share[i]) > 0 ? part_of(i) : NaN):(column("bar") - 0.35):\
    (column("bar") + 0.35):ytic(strcol("what") . ' on ' . strcol("machine")) \
    with boxxyerror linecolor rgb colour[i] fillstyle pattern hatch[i] \
    border linecolor rgb colour[i] title share_title[i], \
    data using "token_uj":"bar":"from_uj":"to_uj" with xerrorbars \
    linecolor rgb '#000000' linewidth 1.5 pointtype 0 title 'not sure', \
    data using "to_uj":"bar":(sprintf('%.4g', column("token_uj"))) \
    with labels left offset 0.7, 0 font small
