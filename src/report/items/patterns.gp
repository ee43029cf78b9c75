stats data using "decoder_block" name 'block' nooutput
stats data using (strlen(strcol("layer_kind"))) name 'kind' nooutput
stats data using "line" name 'line' nooutput
wide = block_max > 15
across = wide || |panel| == 1 ? 1 : 2
down = (|panel| + across - 1) / across
eval open(920, down * (90 + 24 * line_max) + 10)
set multiplot layout down, across
unset grid
set border 0
set lmargin kind_max + 1
set tics scale 0
unset ytics
set xrange [-0.8:block_max + 0.5]
set yrange [line_max + 0.5:0.5]
set xtics 0, block_max > 31 ? 4 : 1 offset 0, 0.4
set xlabel 'decoder block' offset 0, 0.8
set cbrange [0:100]
set palette defined (0 '#ffffff', 50 '#bcdcf0', 100 '#56a5dc')
unset colorbox
do for [p = 1:|panel|] {
    set title panel[p] offset -(kind_max + 1) / 2.0, -0.6
    plot data using "decoder_block":(in_panel(p, column("line"))):(0.5):(0.5):\
        "kept_percent" \
        with boxxyerror fillcolor palette fillstyle solid 1 border linecolor '#ffffff', \
        data using "decoder_block":(in_panel(p, column("line"))):\
        (strcol("pattern")) with labels font small, \
        data using (column("decoder_block") == 0 ? -0.7 : NaN):\
        (in_panel(p, column("line"))):(strcol("layer_kind")) with labels right
}
unset multiplot
