#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Before work of over ten seconds it is told how long it takes, how much memory
# and how much disk.  Each command is begun, and ended as soon as it has said so;
# recording Llama-2-7B's shape must say it within fifteen seconds of its start.
# usage: told.sh FLEXCIM [all]
# all: also accuracy and prune, and a step of run; else one command of each way.
set -eu
flexcim=$(realpath "$1")
source=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d /tmp/flexcim-told-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
count=0

# says LINE SECONDS WORDS...: `flexcim WORDS` says LINE within SECONDS.
says() {
    line=$1 most=$2 good='not ok'
    shift 2
    count=$((count + 1))
    begun=$(date +%s)
    "$flexcim" "$@" -j 1 >out 2>said &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ $(($(date +%s) - begun)) -le "$most" ]; do
        if grep -Eq "$line" said; then
            good=ok
            break
        fi
        sleep 0.1
    done
    kill -INT $pid 2>/dev/null || true
    wait $pid || true
    [ "$good" = ok ] || sed 's/^/# /' said
    echo "$good $count - $*"
}

# told NAME SECONDS WORDS...: as NAME, with all that it takes.
told() {
    name=$1
    shift
    says "$name: about [0-9]+ (s|min|h), by 1 process of 1 thread and [0-9]+ MB; (up to [0-9]+|less than 1) MB beside [^ ]+ meanwhile" "$@"
}

make=$source/experiments/scale/make.sh
"$make" large 32 4096 11008 32 32000 2048
told record 15 record large --tokens large/tokens.safetensors -o large.trace
"$make" middle 8 1024 2752 8 4000 2048
told perplexity 60 perplexity middle --tokens middle/tokens.safetensors

small=$source/traces/checkpoints/llama-7m
tokens=$source/traces/checkpoints/tokens.safetensors
if [ "${2-}" = all ]; then
    told accuracy 60 accuracy middle --tokens middle/tokens.safetensors
    "$flexcim" record "$small" --tokens "$tokens" --rows 2 --inputs 16 -o small.trace \
        -q >out
    "$flexcim" select small.trace --method uniform --pattern 4:8 --update reconstruct \
        -o plan.json -q >out
    told prune 60 prune "$small" --plan plan.json -o sparse.trace
    told select 60 run "$small" --tokens "$tokens" --calibration-rows 2 --rows 1 \
        --methods sensitivity --machines none
    says 'run: about [0-9]+ (s|min) and [0-9]{4} MB of memory .* replay [0-9]+ s, infer [0-9]{2,} (s|min)$' \
        60 run "$small" --tokens "$tokens" --calibration-rows 2 --rows 1 \
        --methods uniform --machines dense,flexcim --infer --prompt 16384 --generate 64
fi
says 'replay: 560 layers, about [0-9]{2,} (s|min) and [0-9]+ MB of memory$' 60 \
    replay llama-3.1-70b --tokens 64 --pattern 4:8 --machine flexcim-shared
says 'infer: 3 inferences, about [0-9]{2,} s and [0-9]+ MB of memory$' 60 \
    infer llama-2-7b --machine flexcim --prompt 4096 --generate 4096

# What is short, or asked to be quiet, says nothing.
"$flexcim" perplexity "$small" --tokens "$tokens" --rows 1 >out 2>said
count=$((count + 1)) good=ok
! grep about said || good='not ok'
echo "$good $count - a row of a small model is short"

# What is trained needs its memory whatever it starts from, and less time the less
# that is.
"$flexcim" record "$small" --tokens "$tokens" --rows 1 -q -o model.trace >/dev/null
for start in --keep-masks '--start refit' '--start admm'; do
    # shellcheck disable=SC2086  # an option with its value
    "$flexcim" select model.trace --method uniform --pattern 4:8 -q -o plan.json \
        --update reconstruct --steps 1 $start >/dev/null
    "$flexcim" prune "$small" --plan plan.json -q -j 1 --estimate
done | awk '$1 == 1' >told
count=$((count + 1)) good=ok
awk 'NR > 1 && ($3 <= seconds || $4 < 0.99 * memory || $4 > 1.3 * memory) { exit 1 }
    { seconds = $3; memory = $4 }
    END { exit NR != 3 }' told || good='not ok'
[ "$good" = ok ] || sed 's/^/# /' told
echo "$good $count - training is told whatever it starts from"

# A layer that stays dense takes no update, and where all of an input's do, no rows
# are looked at.
while read -r dense reached; do
    "$flexcim" select model.trace --method uniform --pattern 4:8 -q -o plan.json \
        --update admm >/dev/null
    awk -v dense="$dense" -v reached="$reached" '/"name"/ { stays = $0 ~ dense }
        stays && /"pattern"/ { sub(/4:8/, "dense") }
        /"reached"/ { sub(/0.5/, reached) }
        { print }' plan.json >part.json
    "$flexcim" prune "$small" --plan part.json -q -j 1 --estimate
done <<END | awk '$1 == 1' >told
none 0.5
mlp 0.133333333333333
(attn|mlp) 0
END
count=$((count + 1)) good=ok
awk 'NR > 1 && $3 > 0.7 * seconds { exit 1 }
    { seconds = $3 }
    END { exit NR != 3 }' told || good='not ok'
[ "$good" = ok ] || sed 's/^/# /' told
echo "$good $count - layers that stay dense are told as that"
echo "1..$count"
