stats data using "line" name 'line' nooutput
stats data using (strlen(strcol("setting"))) name 'name' nooutput
eval open(920, |panel| * (130 + 20 * line_max))
set multiplot layout |panel|, 1
set key outside top center horizontal
set lmargin name_max * (format eq 'pdf' ? 0.9 : 1.0) + 2
set border 1
set ytics scale 0
unset grid
set grid xtics
set logscale x
set xlabel 'beside the mean of all points (1: the same)'
set xtics (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000)
array of[3] = ['time', 'energy', 'area']
widest = 2
do for [a = 1:3] {
    stats data using (abs(log(column(of[a])))) name 'wide' nooutput
    if (exists('wide_max') && wide_max < 700 && 1.1 * exp(wide_max) > widest) {
        widest = 1.1 * exp(wide_max)
    }
}
do for [p = 1:|panel|] {
    set xrange [*:*]
    set yrange [*:*] # what is out of range has no statistics
    stats data using (in_panel(p, column("line"))) name 'here' nooutput
    set xrange [1 / widest:widest]
    set yrange [here_max + 0.7:0.3]
    set title panel[p]
    set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead \
        linecolor rgb '#555555' dashtype 3
    plot data using (column("is_first") == 1 ? 1 / widest : NaN):\
        (in_panel(p, column("line") - 0.5)):(widest):(0) with vectors nohead \
        linecolor rgb '#cccccc', \
        for [a = 1:3] data using (column(of[a])):(in_panel(p, column("line"))):\
        ytic(strcol("setting")) with points linecolor rgb colour[a] \
        pointtype mark[a] pointsize 1.1 linewidth 1.5 title of[a]
}
unset multiplot
