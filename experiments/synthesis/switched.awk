# SPDX-License-Identifier: GPL-3.0-or-later
# usage: awk -v clocks=N -f switched.awk LIBERTY NETLIST VCD
# fF that are switched in a clock: changes of every net but the clock, times the
# capacitance of the pins that it drives.
FNR == 1 { file++ }
file == 1 {
    if ($0 ~ /^ *cell *\(/) { cell = $0; gsub(/.*cell *\(|\).*/, "", cell) }
    else if ($0 ~ /^ *pin *\(/) { pin = $0; gsub(/.*pin *\(|\).*/, "", pin) }
    else if (pin != "" && $1 == "capacitance") {
        value = $0; gsub(/.*: */, "", value)
        load[cell, pin] = 1000 * (value + 0); pin = ""
    }
    next
}
file == 2 {
    line = $0; gsub(/^ +| +$/, "", line)
    if (line ~ /^[A-Z0-9]+ +[^ ]+ \($/) { split(line, word, / +/); gate = word[1] }
    else if (gate != "" && line ~ /^\./) {
        pin = line; sub(/^\./, "", pin); sub(/\(.*/, "", pin)
        net = line; sub(/^[^(]*\(/, "", net); sub(/\),?$/, "", net)
        gsub(/[ \\]/, "", net)
        if ((gate, pin) in load) driven[net] += load[gate, pin]
    } else if (line == ");") gate = ""
    next
}
/^\$var/ {
    if ($3 == 1) one[$4] = $5 ($6 == "$end" ? "" : $6)
    else { many[$4] = $5; width[$4] = $3 }
    next
}
/^[01]/ {
    id = substr($0, 2)
    if (id in seen && one[id] != "clock") switched += driven[one[id]]
    seen[id] = 1
    next
}
/^b/ && ($2 in many) {
    value = substr($1, 2)
    while (length(value) < width[$2])
        value = (value ~ /^[xz]/ ? substr(value, 1, 1) : "0") value
    if ($2 in before)
        for (i = 1; i <= width[$2]; i++)
            if (substr(value, i, 1) != substr(before[$2], i, 1))
                switched += driven[many[$2] "[" (width[$2] - i) "]"]
    before[$2] = value
}
END { printf "%.0f\n", switched / clocks }
