#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: vectors.sh PROGRAM
# Loops that are compiled for several instruction sets use them: in the copy for
# AVX2 each works on its wide registers, in that for AVX-512 on those.  Where the
# compiler makes no copies (another processor, clang, a sanitizer) there is nothing
# to ask.
set -eu
objdump -d --no-show-raw-insn "$1" | awk '
    BEGIN { wide["avx2"] = "%ymm"; wide["avx512f"] = "%zmm" }
    /^[0-9a-f]+ <vector_[a-z_]+\.avx[0-9a-z]+>:$/ {
        split(substr($2, 2, length($2) - 3), name, ".")
        at = name[1] "." name[2]
        seen[at] = 0
        set[at] = name[2]
        next
    }
    /^$/ { at = "" }
    at != "" && index($0, wide[set[at]]) { seen[at]++ }
    END {
        for (at in seen) {
            copies++
            if (seen[at] == 0) {
                print "# " at " has none"
                failed = 1
            }
        }
        if (!copies)
            print "# no copies in this program"
        print (failed ? "not ok" : "ok") " 1 - vectors are as wide as the machine"
        print "1..1"
    }'
