#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and does the job that is asked for.
set -eu
cd "$(dirname "$0")"

# Debian's names.  What the program needs, and what its tests need besides.
packages_to_run='gcc gnuplot-nox libc6-dev libglpk-dev libgsl-dev libjansson-dev
    libopenblas-dev libsqlite3-dev libyaml-dev meson nettle-dev ninja-build
    pkg-config sqlite3'
packages_to_test='check clang clang-format coinor-cbc g++ git gtkwave iverilog
    libopenmpi-dev libsystemc-dev openmpi-bin shellcheck strace
    universal-ctags valgrind'
# Ubuntu has no package of it, and skips the test that needs it.
grep -qs '^ID=ubuntu' /etc/os-release || packages_to_test="$packages_to_test chromium"
packages_to_soak='debootstrap gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    libclang-rt-14-dev poppler-utils qemu-user qflow-tech-osu018 yosys'

usage() {
    cat <<'END'
Usage: ./go [--no-install] [JOB]
       ./go [--no-install] soak PART...

  (no job)  the main job: a trained model, pruned at 50 and 60 %, replayed on
            five machines; prints the table, leaves results.db and report.html
            (on part of the test rows, so that it takes minutes)
  full      the same on all test rows
  build     only build what runs, into build/ (tests are built when tested)
  install   build, and install into PREFIX (/usr/local): PREFIX/bin/flexcim
  test      every test, with gcc and clang and under sanitizers
  soak      the long tests, in some 90 minutes; or a PART of them:
              tests     references, soaks of kernel, models and RTL
              thread    the quick tests under ThreadSanitizer
              valgrind  tests and commands under memcheck
              fuzz      ten minutes of libFuzzer for each reader of files, and
                        an hour of whole commands on damaged files; three
                        minutes each where all parts are asked for
              inject    one call fails, at every place, under each command; at
                        forty places of each kind where all parts are asked for
              kill      SIGKILL at random moments, 800 times; 100 times where all
                        parts are asked for
              mutants   one fault at a time, which the tests must see; a quarter
                        of them, each day another, where all parts are asked for
              coverage  lines that the quick tests run, by folder
              updates   perplexities of updated weights against PyTorch's, 90
                        minutes; seven where all parts are asked for;
                        with UPDATES_WITHOUT= those of reconstruct, too, half
                        a day
              bare      a minimal Debian installs, builds and does the main job

  --no-install  name what is missing instead of installing it
END
}

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "go: $*"
    exit 1
}

# ---- packages ---------------------------------------------------------------

missing_packages() {
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
            2>/dev/null) || status=none
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

# Without dpkg: look for the tools and libraries themselves.
missing_elsewhere() {
    for tool in cc gnuplot meson ninja pkg-config; do
        command -v "$tool" >/dev/null || printf '%s ' "$tool"
    done
    for library in gsl jansson nettle openblas sqlite3 yaml-0.1; do
        pkg-config --exists "$library" 2>/dev/null || printf '%s ' "$library"
    done
    echo '#include <glpk.h>' | cc -E - >/dev/null 2>&1 || printf 'glpk '
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root is needed for: $*"
    fi
}

need() {
    if ! command -v dpkg-query >/dev/null; then
        missing=$(missing_elsewhere)
        [ -z "$missing" ] || fail "missing: $missing
This is no Debian, so install them yourself; Debian calls all that is needed:
$*"
        return
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    [ "$install" = yes ] || fail "missing packages: $missing"
    say "installing: $missing"
    log=$(mktemp)
    # shellcheck disable=SC2086  # a list of words
    if ! { as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends $missing; } \
        >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "these packages could not be installed: $missing"
    fi
    rm -f "$log"
}

# ---- jobs -------------------------------------------------------------------

# What is built: everything, or only what runs.
targets=

# took SECONDS NAME: how long a stage was.
took() {
    say "$2 took $(($(date +%s) - $1)) s"
}

# build FOLDER [MESON OPTIONS]: configures if there are new options, then builds
# what changed.
build() {
    build_begun=$(date +%s)
    folder=$1
    shift
    log=$(mktemp)
    if [ ! -f "$folder/build.ninja" ] || { [ $# -gt 0 ] &&
        [ "$(cat "$folder/options" 2>/dev/null)" != "$*" ]; }; then
        say "configuring $folder"
        again=
        [ ! -f "$folder/build.ninja" ] || again=--reconfigure
        # shellcheck disable=SC2086  # a word or nothing
        if ! meson setup $again "$folder" "$@" >"$log" 2>&1; then
            cat "$log" >&2
            rm -f "$log"
            fail "$folder could not be configured"
        fi
        echo "$*" >"$folder/options"
    fi
    say "building $folder"
    # shellcheck disable=SC2086  # a list of words
    if ! ninja -C "$folder" $targets >"$log" 2>&1; then
        grep -v '^\[' "$log" >&2
        rm -f "$log"
        fail "$folder could not be built"
    fi
    rm -f "$log"
    [ "$job" != test ] || took "$build_begun" "building $folder"
}

# OpenBLAS takes its slowest kernels, of 2004, on a processor that is newer than
# the library itself: then it is told what the processor can do.
choose_kernels() {
    [ -z "${OPENBLAS_CORETYPE:-}" ] || return 0
    build/flexcim --version | grep -q '^ *openblas core: Prescott' || return 0
    if grep -q '^flags.* avx512vl' /proc/cpuinfo; then
        export OPENBLAS_CORETYPE=SkylakeX
    elif grep -q '^flags.* avx2' /proc/cpuinfo; then
        export OPENBLAS_CORETYPE=Haswell
    fi
}

main_job() {
    build/flexcim run traces/checkpoints/llama-7m \
        --tokens traces/checkpoints/tokens.safetensors \
        --infer --db results.db "$@"
    build/flexcim report --db results.db -o report.html --quiet
    say "The same as a page to look at: $PWD/report.html"
    command -v flexcim >/dev/null ||
        say "The program is build/flexcim; \`./go install\` puts it where a shell finds it."
}

passed=0 failed=0 skipped=0

# check NAME COMMAND...: one check that is no test program.
check() {
    name=$1
    shift
    begun=$(date +%s)
    say "checking $name"
    if "$@" >&2; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        say "FAILED: $name"
    fi
    took "$begun" "checking $name"
}

# run_tests FOLDER [MESON TEST OPTIONS]: adds every sub-test to the counts.
run_tests() {
    folder=$1
    shift
    begun=$(date +%s)
    say "testing $folder"
    log=$(mktemp)
    meson test -C "$folder" --no-rebuild --print-errorlogs "$@" \
        >"$log" 2>&1 || true
    grep -vE ' OK +[0-9.]+s' "$log" >&2 || true
    counts=$(awk '
        /^Summary of Failures/ { exit }
        $0 ~ /^ *[0-9]+\/[0-9]+ / {
            n = 1
            if (match($0, /[0-9]+ subtests passed/))
                n = substr($0, RSTART, RLENGTH) + 0
            if ($0 ~ / OK /) ok += n
            else if ($0 ~ / SKIP /) skip += 1
            else bad += 1
        }
        END { print ok + 0, bad + 0, skip + 0 }' "$log")
    rm -f "$log"
    # shellcheck disable=SC2086  # three numbers
    set -- $counts
    [ $(($1 + $2)) -gt 0 ] || fail "no test ran in $folder"
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    took "$begun" "testing $folder"
}

# The soak's own tests, of which a whole one has a share.
run_long_tests() {
    export SOAK_SHARE="$share"
    run_tests build --setup soak "$@"
    unset SOAK_SHARE
}

sources() {
    find src models tests experiments -name '*.[ch]' 2>/dev/null
}

well_formatted() {
    # shellcheck disable=SC2046  # no blanks in our file names
    clang-format --dry-run --Werror $(sources)
}

well_shelled() {
    # shellcheck disable=SC2046  # no blanks in our file names
    shellcheck go .ci/run $(find tests experiments -name '*.sh')
}

test_job() {
    build build --werror
    choose_kernels
    check 'format of the sources' well_formatted
    check 'shell scripts' well_shelled
    run_tests build
    # For its warnings, which are the same unoptimised; its tests: in the soak.
    CC=clang build build-clang --werror -Doptimization=0
    # gcc warns of what only the instrumented code does: no --werror here.
    build build-sanitize -Db_sanitize=address,undefined
    # Experiments run what the other suites do, for minutes more; a browser and
    # other people's simulators are not instrumented: in the soak, as are long
    # tests.
    run_tests build-sanitize --no-suite soak --no-suite experiments \
        --no-suite house --no-suite report --no-suite rtl --no-suite long \
        --timeout-multiplier 5
}

parts='bare tests updates thread valgrind inject kill mutants coverage fuzz'

# Of the quick tests without those that look at the sources, not at what runs;
# a browser and other people's simulators are not built for these tools.
run_instrumented() {
    run_tests "$@" --no-suite soak --no-suite house --no-suite experiments \
        --no-suite rtl --no-suite report
}

soak_part() {
    case $1 in
    tests)
        # Minutes that a whole soak has not.
        alone=
        [ -n "$asked" ] || alone='--no-suite alone'
        # shellcheck disable=SC2086  # two words or none
        run_long_tests --suite soak --no-suite fuzzing \
            --no-suite failures --no-suite kills --no-suite mutants \
            --no-suite memcheck --no-suite updates \
            $alone
        # Whole commands are the same code, called from a shell.
        CC=clang build build-clang --werror
        run_tests build-clang --suite base --suite kernel --suite tensor \
            --suite trace --suite llm --suite flow --suite models \
            --suite replay --suite store --no-suite soak
        build build-sanitize -Db_sanitize=address,undefined
        run_tests build-sanitize --suite experiments --suite report \
            --suite rtl --suite long --no-suite soak --timeout-multiplier 5
        ;;
    thread)
        build build-thread -Db_sanitize=thread
        export OPENBLAS_NUM_THREADS=1 # its own threads are not instrumented
        # The store and the machines' models have one thread.
        run_instrumented build-thread --no-suite store --no-suite models \
            --timeout-multiplier 10
        unset OPENBLAS_NUM_THREADS
        ;;
    valgrind)
        # Not what only computes, for minutes even alone: models, flow.
        run_tests build --timeout-multiplier 30 --no-suite long \
            --wrapper 'valgrind -q --error-exitcode=99' \
            --suite base --suite kernel --suite tensor --suite trace \
            --suite store --suite replay --suite fuzz
        run_long_tests --suite memcheck
        ;;
    fuzz) run_long_tests --suite fuzzing ;;
    inject) run_long_tests --suite failures ;;
    kill) run_long_tests --suite kills ;;
    mutants) run_long_tests --suite mutants ;;
    updates) run_long_tests --suite updates ;;
    coverage)
        build build-coverage -Db_coverage=true
        run_instrumented build-coverage --timeout-multiplier 3
        run_tests build-coverage hatch page report
        check 'coverage' tests/coverage.sh build-coverage
        ;;
    bare) check 'a bare machine' tests/bare.sh ;;
    esac
}

soak_job() {
    export CK_TIMEOUT_MULTIPLIER=30 # instrumented code is slow
    # Alone, each search of the fuzzer has its ten minutes, or an hour, calls
    # fail at every place, all updates are measured (but for those that train,
    # which UPDATES_WITHOUT= lets in), every fault is put in, and random cases
    # are ten times as many.
    share=${SOAK_SHARE:-1}
    unset SOAK_SHARE
    export UPDATES_WITHOUT="${UPDATES_WITHOUT-reconstruct}"
    if [ -z "$asked" ]; then
        export FUZZ_SECONDS=30 COMMANDS_SECONDS=180 INJECT_PLACES=40 \
            MUTANTS_SHARE=6
        share=10
    fi
    build build --werror
    choose_kernels
    for part in ${asked:-$parts}; do
        part_begun=$(date +%s)
        soak_part "$part"
        took "$part_begun" "$part"
    done
}

install=yes job=main asked=
for word in "$@"; do
    case " $job  $parts " in
    *" soak "*" $word "*)
        asked="$asked $word"
        continue
        ;;
    esac
    case $word in
    --no-install) install=no ;;
    -h | --help)
        usage
        exit 0
        ;;
    full | build | install | test | soak) job=$word ;;
    *)
        usage >&2
        fail "unknown: $word"
        ;;
    esac
done

# shellcheck disable=SC2086  # lists of words
case $job in
test) need $packages_to_run $packages_to_test ;;
soak) need $packages_to_run $packages_to_test $packages_to_soak ;;
*) need $packages_to_run ;;
esac

case $job in
build | main | full) targets=flexcim ;;
esac

case $job in
build) build build ;;
install)
    prefix=${PREFIX:-/usr/local}
    build build
    meson configure build --prefix "$prefix" >/dev/null
    if [ -w "$prefix" ] || mkdir -p "$prefix" 2>/dev/null && [ -w "$prefix" ]; then
        meson install -C build --quiet
    else
        as_root meson install -C build --quiet
    fi
    say "installed: $prefix/bin/flexcim"
    ;;
main)
    build build
    choose_kernels
    main_job --rows 32
    ;;
full)
    build build
    choose_kernels
    main_job
    ;;
test | soak)
    "${job}_job"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    ;;
esac
