#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs commands on damaged files, under AddressSanitizer and
# UndefinedBehaviorSanitizer.
# usage: [COMMANDS_SECONDS=N] fuzz_commands.sh [SEED [FOLDER]]
# What is found within N seconds (an hour) stays in FOLDER (fuzz-commands).
set -eu
seconds=${COMMANDS_SECONDS:-3600} seed=${1-$(date +%s)}
folder=$(realpath -m "${2-fuzz-commands}")
here=$(dirname "$(realpath "$0")")
build=$here/../../build-fuzz
command -v clang >/dev/null || { echo 'no clang'; exit 77; }
mkdir -p "$build" "$folder"
exec 9>"$build/lock"
flock 9 # the searches of single readers build there, too
if [ ! -f "$build/build.ninja" ]; then
    CC=clang meson setup "$build" "$here/../.." -Db_sanitize=address,undefined \
        -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link \
        -Doptimization=1 >/dev/null
fi
ninja -C "$build" flexcim tests/fuzz/fuzz_commands >/dev/null
flock -u 9
# What a sanitizer finds must not look like an answer.
export ASAN_OPTIONS=exitcode=99:abort_on_error=0:allocator_may_return_null=0
export LSAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99
cd "$folder"
echo "seed $seed"
exec "$build/tests/fuzz/fuzz_commands" "$build/flexcim" "$here/../.." \
    "$seconds" "$seed"
