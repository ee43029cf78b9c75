stats data using "speed_up" name 'up' nooutput
stats data using "row" name 'row' nooutput
stats data using "place" name 'place' nooutput
panels = |panel|
eval open(920, panels * (110 + 44 * row_max))
set multiplot layout panels, 1
set xrange [0.4:place_max + 0.6]
set yrange [0.4:row_max + 0.6]
set cbrange [1:(up_max > 1.01 ? up_max : 1.01)]
set palette defined (0 '#f7f7f7', 1 '#0072b2')
unset colorbox
unset grid
set xlabel 'tokens of the prompt'
set ylabel 'sequences'
do for [p = 1:panels] {
    set title panel[p]
    plot data using (in_panel(p, column("place"))):"row":\
        (column("place") - 0.5):(column("place") + 0.5):\
        (column("row") - 0.5):(column("row") + 0.5):"speed_up":\
        xtic(strcol("prompt")):ytic(strcol("batch")) \
        with boxxyerror fillstyle solid 0.7 border linecolor rgb '#555555' \
        linecolor palette, \
        data using (in_panel(p, column("place"))):"row":\
        (sprintf('%.2f', column("speed_up"))) with labels
}
unset multiplot
