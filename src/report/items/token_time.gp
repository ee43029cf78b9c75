array kind[5] = ['linear_ms', 'attention_ms', 'vector_ms', 'scan_ms', 'move_ms']
array kind_title[5] = ['linear layers', 'products', 'vector unit', 'scan', \
                       'moves']
kinds(i) = i == 0 ? 0 : sum [k = 1:i] column(kind[k])
stats data using "bar" name 'bar' nooutput
stats data using "to_ms" name 'to' nooutput
stats data using "from_ms" name 'from' nooutput
eval open(920, 160 + 26 * bar_max)
set key outside top center horizontal Left reverse
from = log_from(from_min, to_max)
if (from > 0) set logscale x
set xrange [from:room_for(to_max, from, 0.15)]
part_of(i) = along(kinds(i), column("token_ms"), from)
set yrange [bar_max + 0.6:0.4]
set xlabel 'time of a decoding step (ms)' . log_words(from)
unset grid
set grid xtics
set border 1
set ytics scale 0
plot for [i = 1:5] data using (part_of(i - 1)):"bar":(part_of(i - 1)):\
    (column(kind[i]) > 0 ? part_of(i) : NaN):(column("bar") - 0.35):\
    (column("bar") + 0.35):ytic(strcol("what") . ' on ' . strcol("machine")) \
    with boxxyerror linecolor rgb colour[i] fillstyle pattern hatch[i] \
    border linecolor rgb colour[i] title kind_title[i], \
    data using "token_ms":"bar":"from_ms":"to_ms" with xerrorbars \
    linecolor rgb '#000000' linewidth 1.5 pointtype 0 title 'not sure', \
    data using "to_ms":"bar":(sprintf('%.4g', column("token_ms"))) \
    with labels left offset 0.7, 0 font small
