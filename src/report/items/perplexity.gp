stats data using "perplexity" name 'high' nooutput
stats data using "dense_perplexity" name 'low' nooutput
if (!exists('low_min')) low_min = high_min # nobody measured it
eval open(920, 360 * |panel|)
set multiplot layout |panel|, 1
set key right outside Left reverse
if (high_max > 20 * low_min) set logscale y
set xlabel 'weights pruned (%)'
set ylabel 'perplexity'
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
do for [p = 1:|panel|] {
    set title panel[p]
    plot for [s = 1:|series|] data \
        using "pruned_percent":(in_series(p, s, column("perplexity"))) \
        with linespoints linecolor rgb colour[turn(s, 8)] linewidth 2 \
        dashtype turn(s, 5) pointtype mark[turn(s, 8)] pointsize 1 \
        title series[s], \
        data using "pruned_percent":(in_panel(p, column("dense_perplexity"))) \
        smooth unique with lines linecolor rgb '#666666' dashtype 3 title 'not pruned'
}
unset multiplot
