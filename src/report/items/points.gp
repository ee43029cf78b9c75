stats data using "perplexity" name 'loss' nooutput
across = exists('loss_records') && loss_records > 0 ? 3 : 2
eval open(920, 60 + 350 * |panel|)
set multiplot layout |panel|, across
set key bmargin center horizontal Left reverse samplen 1
array axis[3] = ['energy_uj', 'area_mm2', 'perplexity']
array axis_title[3] = ['energy (µJ)', 'area (mm²)', 'perplexity']
is_on(front) = column("on_front") == front
do for [p = 1:|panel|] {
    set xrange [*:*] # what is out of range has no statistics
    set yrange [*:*]
    stats data using (in_panel(p, column("milliseconds"))) name 'time' nooutput
    unit = time_max < 0.01 ? 1e-3 : 1
    set xlabel unit == 1 ? 'time (ms)' : 'time (µs)'
    set xlabel offset 0, 0.4
    do for [a = 1:across] {
        unset logscale
        set xrange [*:*]
        set yrange [*:*]
        stats data using (in_panel(p, column(axis[a]))) name 'high' nooutput
        if (!exists('high_max')) { # nobody knows it of this plot's points
            high_min = 1
            high_max = 1
        }
        if (a == 1) { # down to what is left without leakage
            undefine left_*
            stats data using (in_panel(p, column("without_leakage_uj"))) \
                name 'left' nooutput
            if (exists('left_min') && left_min > 0 && left_min < high_min) {
                high_min = left_min
            }
        }
        set xrange [0:1.1 * time_max / unit]
        set xtics autofreq step_of(time_max / unit)
        if (time_max > 20 * time_min) {
            set logscale x
            set xtics autofreq
            set xrange [time_min / unit / 1.5:1.5 * time_max / unit]
        }
        set yrange [0:1.1 * high_max]
        if (high_max > 20 * high_min) {
            set logscale y
            set yrange [high_min / 1.5:1.5 * high_max]
        }
        set ylabel axis_title[a]
        set title a == 1 ? panel[p] : ' ' offset 8, 0
        plot data using (a == 1 ? column("milliseconds") / unit : NaN):\
            (in_panel(p, column("without_leakage_uj"))):(0):\
            (column("energy_uj") - column("without_leakage_uj")) \
            with vectors nohead linecolor rgb '#555555' linewidth 1 \
            title a == 1 ? 'leakage' : '', \
            for [s = 1:|series|] data using (is_on(0) ? \
            column("milliseconds") / unit : NaN):(in_series(p, s, column(axis[a]))) \
            with points linecolor rgb colour[turn(s, 8)] \
            pointtype mark[turn(s, 8)] pointsize 0.5 title '', \
            for [s = 1:|series|] data using (is_on(1) ? \
            column("milliseconds") / unit : NaN):(in_series(p, s, column(axis[a]))) \
            with points linecolor rgb colour[turn(s, 8)] \
            pointtype mark[turn(s, 8)] pointsize 1.3 linewidth 1.5 title '', \
            for [s = 1:|series|] NaN with points linecolor rgb colour[turn(s, 8)] \
            pointtype mark[turn(s, 8)] title a == 1 ? series[s] : \
            s == 1 ? 'large: not beaten' : ''
    }
}
unset multiplot
