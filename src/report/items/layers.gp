do for [i = 1:6] {
    stats data using (column(part[i])) name 'sum' nooutput
    part_total[i] = sum_sum
}
array most_in[|panel|]
array from_in[|panel|]
do for [p = 1:|panel|] {
    stats data using (in_panel(p, column("cycles"))) name 'cycles' nooutput
    # no name of the data is that of the plot: gnuplot changed it
    most_in[p] = exists('cycles_max') ? cycles_max : 1
    from_in[p] = exists('cycles_max') ? log_from(cycles_min, cycles_max) : 0
}
stats data using "layer" name 'layer' nooutput
stats data using "decoder_block" name 'block' nooutput
eval open(920, 60 + 200 * |panel|)
set multiplot layout |panel|, 1
set key outside top center horizontal Left reverse
set xrange [-1:layer_max + 1]
unset grid
set grid ytics
per_block = (layer_max + 1.0) / (block_max + 1)
set xtics () scale 0
do for [b = 0:block_max] {
    set xtics add (sprintf("%d", b) b * per_block)
}
do for [p = 1:|panel|] {
    set title panel[p]
    most = most_in[p]
    unit = unit_of(most)
    from = from_in[p]
    set yrange [from / unit:room_for(most, from, 0.05) / unit]
    unset logscale
    set ytics step_of(most / unit)
    if (from > 0) {
        set logscale y
        set ytics autofreq
    }
    set ylabel 'cycles' . unit_name(unit) . (from > 0 ? ', logarithmic' : '')
    set xlabel p == |panel| ? \
        'layers; a number is the decoder block that begins there' : ''
    plot for [i = 1:6] data using "layer":(if_any(i, in_panel(p, 0))):\
        (column("layer") - 0.4):(column("layer") + 0.4):\
        (along(until(i - 1), column("cycles"), from) / unit):\
        (along(until(i), column("cycles"), from) / unit) \
        with boxxyerror linecolor rgb colour[i] \
        fillstyle pattern hatch[i] border linecolor rgb colour[i] \
        title p == 1 && part_total[i] > 0 ? part_title[i] : ''
}
unset multiplot
