#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How much of each folder the tests ran that were run in BUILD, which was set up
# with -Db_coverage=true: lines of src/ and models/, as gcov counts them.
# usage: coverage.sh BUILD
set -eu
cd "$1"
find . -name '*.gcda' ! -path '*test*' -exec gcov -n {} + 2>/dev/null |
    awk -F "'" '
        /^File/ { file = $2 }
        /^Lines executed/ && file != "" {
            split($0, part, /[:% ]+/) # Lines executed:85.71% of 28
            if (match(file, /(src|models)\/([a-z0-9_]+\/)?[a-z0-9_]+\.c$/)) {
                file = substr(file, RSTART)
                total[file] = part[5]
                run = part[5] * part[3] / 100
                if (run > seen[file])
                    seen[file] = run
            }
            file = ""
        }
        END {
            for (file in total) {
                folder = file
                sub(/\/[^\/]*$/, "", folder)
                lines[folder] += total[file]
                ran[folder] += seen[file]
                all += total[file]
                all_ran += seen[file]
            }
            for (folder in lines)
                printf "%-12s %6d %6.1f %%\n", folder, lines[folder],
                    100 * ran[folder] / lines[folder] | "sort"
            close("sort")
            if (all == 0)
                exit 1
            printf "%-12s %6d %6.1f %%\n", "all", all, 100 * all_ran / all
        }' >covered
echo 'folder        lines  run by the tests'
cat covered
grep -q '^all' covered
