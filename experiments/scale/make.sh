#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: make.sh FOLDER BLOCKS WIDTH FEED HEADS WORDS TOKENS
# A checkpoint of a Llama's shape whose weights are a hole in the file, all 0,
# and eight rows of TOKENS tokens beside it: as large as it says, and no room on
# disk.  Times and memory are those of any weights; costs and masks mean nothing.
set -eu
folder=$1 blocks=$2 width=$3 feed=$4 heads=$5 words=$6 length=$7
mkdir -p "$folder"

cat >"$folder/config.json" <<END
{"model_type": "llama", "architectures": ["LlamaForCausalLM"],
 "hidden_size": $width, "intermediate_size": $feed,
 "num_hidden_layers": $blocks, "num_attention_heads": $heads,
 "num_key_value_heads": $heads, "vocab_size": $words, "rms_norm_eps": 1e-5,
 "max_position_embeddings": 4096, "rope_theta": 10000.0, "hidden_act": "silu",
 "tie_word_embeddings": false, "torch_dtype": "float16"}
END

# usage: tensor NAME ROWS [COLUMNS]: into `json`, behind `end`
tensor() {
    begin=$end
    end=$((end + 2 * $2 * ${3:-1}))
    json="$json${json:+,}\"$1\":{\"dtype\":\"F16\",\"shape\":[$2${3:+,$3}],"
    json="$json\"data_offsets\":[$begin,$end]}"
}

# usage: write FILE BYTES: header `json`, then as many bytes of hole
write() {
    size=${#json}
    {
        for byte in 1 256 65536 16777216 0 0 0 0; do
            [ $byte = 0 ] && n=0 || n=$((size / byte % 256))
            # shellcheck disable=SC2059  # an escape
            printf "\\$(printf %03o "$n")"
        done
        printf %s "$json"
    } >"$1"
    truncate -s $((8 + size + $2)) "$1"
}

json='' end=0
tensor model.embed_tokens.weight "$words" "$width"
block=0
while [ $block -lt "$blocks" ]; do
    at=model.layers.$block
    tensor $at.input_layernorm.weight "$width"
    for name in q k v o; do
        tensor $at.self_attn.${name}_proj.weight "$width" "$width"
    done
    tensor $at.post_attention_layernorm.weight "$width"
    tensor $at.mlp.gate_proj.weight "$feed" "$width"
    tensor $at.mlp.up_proj.weight "$feed" "$width"
    tensor $at.mlp.down_proj.weight "$width" "$feed"
    block=$((block + 1))
done
tensor model.norm.weight "$width"
tensor lm_head.weight "$words" "$width"
json="{$json}"
write "$folder/model.safetensors" $end

json='' end=$((8 * length * 4))
for name in calibration test; do
    json="$json${json:+,}\"$name\":{\"dtype\":\"I32\",\"shape\":[8,$length],"
    [ $name = calibration ] && begin=0 || begin=$end
    json="$json\"data_offsets\":[$begin,$((begin + end))]}"
done
json="{$json}"
write "$folder/tokens.safetensors" $((2 * end))
