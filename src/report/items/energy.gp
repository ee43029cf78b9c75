stats data using "bar" name 'bar' nooutput
stats data using "to_uj" name 'to' nooutput
eval open(920, 120 + 26 * bar_max)
set key outside top center horizontal Left reverse
set xrange [0:1.1 * to_max]
set yrange [bar_max + 0.6:0.4]
set xlabel 'energy (µJ)'
unset grid
set grid xtics
set border 1
set ytics scale 0
plot data using (0):"bar":(0):"macros_uj":(column("bar") - 0.35):\
    (column("bar") + 0.35):ytic(strcol("plan") . ' on ' . strcol("machine")) \
    with boxxyerror linecolor rgb colour[1] \
    fillstyle pattern hatch[1] border linecolor rgb colour[1] title 'macros', \
    data using (0):"bar":"macros_uj":"worked_uj":(column("bar") - 0.35):\
    (column("bar") + 0.35) with boxxyerror linecolor rgb colour[2] \
    fillstyle pattern hatch[2] border linecolor rgb colour[2] \
    title 'buffers and memories', \
    data using (0):"bar":"worked_uj":"energy_uj":(column("bar") - 0.35):\
    (column("bar") + 0.35) with boxxyerror linecolor rgb colour[3] \
    fillstyle pattern hatch[3] border linecolor rgb colour[3] \
    title 'leakage', \
    data using "energy_uj":"bar":"from_uj":"to_uj" with xerrorbars \
    linecolor rgb '#000000' linewidth 1.5 pointtype 0 title 'not sure', \
    data using "to_uj":"bar":(sprintf('%.4g', column("energy_uj"))) \
    with labels left offset 0.7, 0 font small
