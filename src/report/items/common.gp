# What the figures have in common.
#   gnuplot NAME.gp                        writes NAME.svg
#   gnuplot -e "format = 'pdf'" NAME.gp    writes NAME.pdf
# Every series has its own colour, mark and dash, so that no colour is needed.
if (!exists("format")) format = 'svg'
# pdfcairo takes two thirds of a font's points unless it is told otherwise.
open(width, height) = (format eq 'pdf' \
    ? sprintf("set terminal pdfcairo noenhanced size %gin, %gin font 'sans,8' fontscale 0.75", \
              width / 128.0, height / 128.0) \
    : sprintf("set terminal svg noenhanced dynamic size %d, %d font 'sans-serif,14'", \
              width, height)) . sprintf("; set output '%s.%s'", name, format)

small = format eq 'pdf' ? ',7' : ',12'
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing NaN # a line goes on over rows of other series
array colour[8] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', \
                   '#a6761d', '#7570b3', '#000000', '#666666']
array mark[8] = [7, 4, 9, 12, 5, 6, 11, 2]
array hatch[6] = [3, 5, 1, 7, 2, 6]
turn(i, n) = (i - 1) % n + 1
in_panel(p, value) = strcol("panel") eq panel[p] ? value : NaN
in_series(p, s, value) = \
    strcol("series") eq series[s] ? in_panel(p, value) : NaN

# An axis of numbers up to `most` in units that keep its tics short.
unit_of(most) = most >= 2e9 ? 1e9 : most >= 2e6 ? 1e6 : most >= 2e3 ? 1e3 : 1
unit_name(unit) = unit == 1e9 ? ' (billions)' : unit == 1e6 ? ' (millions)' : \
    unit == 1e3 ? ' (thousands)' : ''

# A step between tics of an axis from 0 to `most`.
step_of(most) = (most / 10 ** floor(log10(most)) < 2 ? 0.5 : \
    most / 10 ** floor(log10(most)) < 5 ? 1 : 2) * 10 ** floor(log10(most))

# Bars that differ by more than twenty times are as long as their logarithm, and
# what a bar is made of shares its length.  They begin at `from`; 0: linear.
log_from(least, most) = least > 0 && most > 20 * least ? least / 2.0 : 0
log_words(from) = from > 0 ? '; logarithmic, parts share the length' : ''
along(part, whole, from) = \
    from > 0 ? from * (whole / from) ** (1.0 * part / whole) : part
room_for(most, from, share) = from > 0 ? most * (most / from) ** share : \
    most * (1 + share)

# The categories of cycles; `until(i)` is where the i-th ends in a stacked bar.
array part[6] = ['compute', 'weight_load', 'memory_stall', 'activation_stall', \
                 'output_stall', 'drain']
array part_title[6] = ['compute', 'weight load', 'memory stall', \
                       'activation stall', 'output stall', 'drain']
until(i) = i == 0 ? 0 : sum [k = 1:i] column(part[k])
if_any(i, value) = column(part[i]) > 0 ? value : NaN # boxes of nothing are not drawn
array part_total[6]
do for [i = 1:6] {
    part_total[i] = 0
}

set linetype 1 linecolor '#000000'
set border 3 linecolor '#555555'
set tics nomirror out textcolor '#000000'
set grid linecolor '#cccccc' linetype 1 linewidth 0.5
set key noautotitle
set boxwidth 1
