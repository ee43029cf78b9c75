#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Lets libFuzzer search for inputs that break a reader, under AddressSanitizer
# and UndefinedBehaviorSanitizer.  usage: [FUZZ_SECONDS=N] fuzz.sh NAME [FOLDER]
# What is found within N seconds (600) stays in FOLDER (fuzz-NAME), and belongs
# into corpus/NAME.
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ ! -d "$(dirname "$0")/corpus/$1" ]; then
    echo "usage: [FUZZ_SECONDS=S] fuzz.sh NAME [FOLDER]; NAME is one of"
    ls "$(dirname "$0")/corpus"
    exit 64
fi >&2
name=$1 seconds=${FUZZ_SECONDS:-600}
folder=$(realpath -m "${2-fuzz-$name}")
here=$(dirname "$(realpath "$0")")
build=$here/../../build-fuzz
command -v clang >/dev/null || { echo 'no clang'; exit 77; }
mkdir -p "$build"
exec 9>"$build/lock"
flock 9 # several targets may be built at a time
if [ ! -f "$build/build.ninja" ]; then
    CC=clang meson setup "$build" "$here/../.." -Db_sanitize=address,undefined \
        -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link \
        -Doptimization=1 >/dev/null
fi
ninja -C "$build" build.ninja >/dev/null
ninja -C "$build" -t targets all | grep -q "^tests/fuzz/search_$name:" ||
    { echo 'no libFuzzer: Debian has it in libclang-rt-14-dev'; exit 77; }
ninja -C "$build" "tests/fuzz/search_$name" >/dev/null
flock -u 9
mkdir -p "$folder/found"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# Anything else than 0 is a finding: a crash, a hang, a leak, too much memory.
"$build/tests/fuzz/search_$name" -max_total_time="$seconds" -timeout=10 \
    -error_exitcode=1 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -verbosity=0 \
    -dict="$here/words.dict" -artifact_prefix="$folder/" \
    "$folder/found" "$here/corpus/$name"
