#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# arm64.sh SOURCE: the kernel, compiled for arm64 and run in an emulator, answers
# the rules, runs threads and runs random programmes as it does here.  Skipped
# where there is no cross compiler (gcc-aarch64-linux-gnu) or no qemu-user.
set -eu
source=$1
arm=aarch64-linux-gnu-gcc
command -v $arm >/dev/null && command -v qemu-aarch64 >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
flags="-std=gnu17 -O2 -D_GNU_SOURCE -I$source/src -I$source"

for file in "$source"/src/kernel/*.c; do
    echo "#include \"$file\""
done >kernel.c
for cc in $arm ${CC:-cc}; do
    static=
    [ "$cc" != $arm ] || static=-static
    # shellcheck disable=SC2086  # several words
    {
        $cc $flags $static -o "rules-$cc" kernel.c \
            "$source"/tests/kernel/rules*.c -lm
        $cc $flags $static -o "programme-$cc" kernel.c \
            "$source/tests/kernel/programme_print.c" \
            "$source/tests/kernel/programme_kernel.c" -lm
        $cc $flags $static -o "bench-$cc" kernel.c \
            "$source"/experiments/kernel_speed/bench_*.c \
            "$source/experiments/kernel_speed/kernel_bench.c" -lm
    }
done

answers() {
    run=$1 cc=$2
    $run "./rules-$cc" 2>/dev/null
    for seed in 1 2 3; do
        $run "./programme-$cc" $seed 20000
    done
    for work in 'pingpong thread delta 200000' 'pingpong thread timed 20000' \
        'fifo plain 1 100000' 'fifo timed 16 20000' 'hold uni 100 20000'; do
        # shellcheck disable=SC2086
        $run "./bench-$cc" $work | cut -f 2-5
    done
}
answers qemu-aarch64 $arm >there
answers '' "${CC:-cc}" >here
[ "$(wc -l <here)" -gt 50000 ]
cmp here there
