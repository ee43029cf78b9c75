stats data using "perplexity" name 'high' nooutput
stats data using "dense_perplexity" name 'low' nooutput
if (!exists('low_min')) low_min = high_min # nobody measured it
stats data using "cycles" name 'cycles' nooutput
unit = unit_of(cycles_max)
eval open(920, 440 * |panel|)
set multiplot layout |panel|, 1
set key right outside Left reverse
if (high_max > 20 * low_min) set logscale y
if (cycles_max > 20 * cycles_min) set logscale x
set xlabel 'cycles' . unit_name(unit)
set ylabel 'perplexity'
set offsets graph 0.25, graph 0.05, graph 0.05, graph 0.05
do for [p = 1:|panel|] {
    set title panel[p]
    plot data using (column("cycles") / unit):(column("on_front") == 1 ? \
        in_panel(p, column("perplexity")) : NaN) \
        with steps linecolor rgb '#555555' linewidth 1.5 title 'not beaten', \
        data using (column("cycles") / unit):(in_panel(p, column("dense_perplexity"))) \
        smooth unique with lines linecolor rgb '#666666' dashtype 3 title 'not pruned', \
        for [s = 1:|series|] data \
        using (column("cycles") / unit):(in_series(p, s, column("perplexity"))) \
        with points linecolor rgb colour[turn(s, 8)] linewidth 2 \
        pointtype mark[turn(s, 8)] pointsize 1.2 title series[s], \
        data using (column("cycles") / unit):(column("is_named") == 1 ? \
        in_panel(p, column("perplexity")) : NaN):(strcol("plan")) \
        with labels right offset -1.2, 0 font small
}
unset multiplot
