# SPDX-License-Identifier: GPL-3.0-or-later
# Perplexity against sparsity and against bytes, both models.
# usage: gnuplot -e "csv='table.csv'; svg='figure.svg'" figure.gp
set terminal svg size 900,720 font 'sans-serif,12' background 'white'
set output svg
set datafile separator ','
set logscale y
set yrange [18:2000]
set grid ytics
set ylabel 'perplexity'
methods = 'uniform flow-released flow-linear flow owl error block-error sensitivity'
# A method's rows of a model, N:8 and one-shot, in order of sparsity.
rows(model, method) = "< grep -E '^".model.",".method.",(N:8|powers of two),' ".csv." | sort -t, -k5n"
set multiplot layout 2,2
do for [model in 'llama-7m mamba2-6m'] {
    set title model
    set key off
    set xlabel 'sparsity'
    set xrange [0.48:0.76]
    plot for [i = 1:words(methods)] rows(model, word(methods, i)) \
        using 5:8 with linespoints linetype i title word(methods, i)
    if (model eq 'mamba2-6m') { set key left top invert samplen 2 }
    set xlabel 'bytes, as a share of the dense 8-bit model'
    set xrange [0.72:0.34]
    plot for [i = 1:words(methods)] rows(model, word(methods, i)) \
        using 6:8 with linespoints linetype i title word(methods, i)
}
unset multiplot
