# SPDX-License-Identifier: GPL-3.0-or-later
# usage: awk -F'|' -f recount.awk TABLE=costs FILE TABLE=machines FILE ...
# Area, energy and leakage of every run from rows of tables, by the rules that
# doc/numbers.md tells, and nothing of flexcim's views: RUN AREA-MM2 ENERGY-NJ
# LEAKAGE-NJ WEIGHTS-MM2 a line.  Tables come in the order in which they are
# needed: costs, machines, runs, layers, activities, parts, counters.
TABLE == "costs" {
    class[$1] = $2; fj[$1] = $3; um2[$1] = $4; nw[$1] = $5
}
TABLE == "machines" { multipliers[$1] = $2; mhz[$1] = $3 }
TABLE == "runs" { machine[$1] = $2; trace[$1] = $3 }
TABLE == "layers" {
    cycles[$1] += $3; kept[$1, $2] = $4; tokens[$1, $2] = $5
}
TABLE == "activities" { toggle[$1, $2] = $3; ones[$1, $2] = $4 }
TABLE == "counters" { value[$1, $2, $3, $4] = $5 }

TABLE == "parts" && $2 == "area" {
    all[$1] += $6 * um2[$5]
    if ($3 !~ /^(activation_buffer|output_buffer|weight_loader|weight_memory|staging|image_decoder|dram)$/)
        within[$1] += $6 * um2[$5]
    if (class[$5] == "dram")
        stands[$1] += $6 * nw[$5] # off the chip: energy, and no leakage
    else
        leaks[$1] += $6 * nw[$5]
}
TABLE == "parts" && $2 ~ /energy|resident/ { part[++parts] = $0 }

# What a component takes for one unit of its counter, as a share of its price.
function active(run, layer, how, name,   moved, busy) {
    if (class[name] == "sram" || class[name] == "dram" || how == "always")
        return 1
    moved = toggle[trace[run], layer]
    if (how == "input")
        return moved
    moved *= ones[trace[run], layer]
    if (how == "sum") {
        busy = value[run, layer, "sub_macro_array", "cell_operations"]
        if (busy > kept[run, layer])
            moved *= kept[run, layer] / busy
    }
    return moved
}

END {
    for (key in value) {
        split(key, at, SUBSEP)
        layer_of[at[1], at[2]] = at[1]
    }
    for (run in machine) {
        hash = machine[run]
        energy = memory_bits_um2 = memory_lines = memory_nw = 0
        for (i = 1; i <= parts; i++) {
            split(part[i], p, "|")
            if (p[1] != hash)
                continue
            for (rl in layer_of) {
                if (layer_of[rl] != run)
                    continue
                split(rl, at, SUBSEP)
                layer = at[2]
                if (!((run, layer, p[7], p[8]) in value))
                    continue
                n = p[6] * value[run, layer, p[7], p[8]]
                if (p[2] == "resident" && class[p[5]] == "sram") {
                    # every block of tokens loads all images: 1 / blocks are held
                    n *= value[run, layer, "controller", "vectors"] / tokens[run, layer]
                    n /= value[run, layer, "controller", "waves"]
                    memory_bits_um2 += n * um2[p[5]]
                    memory_nw += n * nw[p[5]]
                } else if (p[2] == "resident")
                    memory_lines += n * fj[p[5]]
                else {
                    long = p[5] == "bus" ? sqrt(all[hash]) : 1
                    if (p[5] == "line")
                        long = sqrt(within[hash] / multipliers[hash])
                    energy += n * fj[p[5]] * long * active(run, layer, p[9], p[5])
                }
            }
        }
        leakage = (leaks[hash] + memory_nw) * cycles[run] / mhz[hash]
        energy += memory_lines * sqrt(memory_bits_um2) + leakage
        energy += cycles[run] * (all[hash] * fj["clock_network"] + stands[hash] / mhz[hash])
        printf "%s %.9g %.9g %.9g %.9g\n", run, all[hash] / 1e6, energy / 1e6,
               leakage / 1e6, memory_bits_um2 / 1e6
    }
}
