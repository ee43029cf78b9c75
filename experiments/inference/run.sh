#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole inferences of published shapes, machine against machine; prints the table
# as CSV: results.csv; --some leaves out DDR5 and most of HBM3.
# --map times 4 batches x 5 contexts x 5 machines of Llama-2-7B.
# usage: run.sh [--quick | --some | --chip | --map] [DB]
set -eu

form=full
case ${1-} in
--quick) form=quick; shift ;;
--some) form=some; shift ;;
--chip) form=chip; shift ;;
--map) form=map; shift ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
flexcim=${FLEXCIM:-$here/../../build/flexcim}
db=${1:-inference.db}

# MODEL MEMORY PROMPT BATCH [SETTING]: both FlexCiM and dense on 4:8, and a machine that
# is fixed to 2:4 on its own plan.  Every machine has two banks of weights.
infer() {
    model=$1 memory=$2 prompt=$3 batch=$4
    shift 4
    set -- --set weights.banks=2 "$@" --memory "$memory" --prompt "$prompt" \
        --generate 128 --batch "$batch" --db "$db" -q
    "$flexcim" infer "$model" --pattern 4:8 --machine flexcim,flexcim-merged,dense "$@" >/dev/null
    "$flexcim" infer "$model" --pattern 2:4 --machine fixed-2-4 "$@" >/dev/null
}

# A published chip, of three assumptions about keys and values.
if [ $form = chip ]; then
    for prompt in 1 1024 2048; do
        "$flexcim" infer llama-2-7b --pattern dense --machine "$here/chip.yaml" \
            --prompt $prompt --generate 3 --db "$db" -q >/dev/null
    done
    exec "$flexcim" query "SELECT prompt, round(tokens_per_s, 2) AS tokens_per_s,
        round(time_to_first_token_ms / prompt, 3) AS ms_a_prompt_token
        FROM v_inference WHERE machine = 'chip' ORDER BY prompt" \
        --db "$db" --format csv
fi

# Where a pattern gains, over batch and context: `flexcim report` draws it.
if [ $form = map ]; then
    for batch in 1 4 16 64; do
        for prompt in 128 512 1024 2048 4096; do
            "$flexcim" infer llama-2-7b --pattern 4:8 --prompt $prompt --batch $batch \
                --machine flexcim,flexcim-merged,fixed-4-8,fixed-2-4,dense \
                --set weights.banks=2 --generate 16 --db "$db" -q >/dev/null
        done
    done
    exec "$flexcim" query "SELECT batch, prompt, machine,
        round(ms_per_token, 3) AS ms_per_token, round(uj_per_token / 1e3, 3) AS mj_per_token
        FROM v_inference ORDER BY batch, prompt, machine" --db "$db" --format csv
fi

for code in cell bitmap; do
    infer llama-2-7b lpddr5-6400 128 1 --set "dram.code=$code"
done
models='llama-2-7b qwen2.5-3b mamba-2.8b mamba2-2.7b'

# All prompts and batches in one memory.
infer_all() {
    for model in $models; do
        for prompt in 128 2048; do
            for batch in 1 4 16 64; do
                infer "$model" "$1" "$prompt" "$batch"
            done
        done
    done
}

if [ $form != quick ]; then
    infer llama-2-7b lpddr5-6400 128 1 --set dram.code=enumerated
    infer mamba-2.8b lpddr5-6400 128 1 --set scan.fused=no
    infer_all lpddr5-6400
    for model in $models; do
        for batch in 1 16; do
            infer "$model" hbm3 128 "$batch"
            infer "$model" hbm3 128 "$batch" --set weights.port_bytes=2048
        done
    done
fi
if [ $form = full ]; then
    infer_all ddr5-6400
    infer_all hbm3
fi
"$flexcim" query "$here/table.sql" --db "$db" --format csv
