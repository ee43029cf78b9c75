#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# installed.sh SOURCE BUILD: installs the kernel into an empty folder, builds the
# model that doc/kernel.md shows against it, outside the tree, and runs it; compares
# what the library exports with what its headers declare.
set -eu
source=$1
build=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

DESTDIR=$folder/root meson install --no-rebuild --quiet -C "$build" >/dev/null
pc=$(find root -name flexcim-kernel.pc)
library=$(dirname "$(dirname "$pc")")
headers=$(find root -type d -name kernel)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$folder/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

awk '/^<!-- kernel: model.c -->$/ { found = 1; next }
    found && /^```/ { inside = !inside; if (!inside) exit; next }
    inside' "$source/doc/kernel.md" >model.c
# shellcheck disable=SC2046  # several words
${CC:-cc} -Wall -Werror -o model model.c $(pkg-config --cflags --libs flexcim-kernel)
LD_LIBRARY_PATH=$library ./model | tr '\n' ' ' >said
[ "$(cat said)" = '0 1 2 3 4 ' ]

# Each header stands alone.
for header in "$headers"/*.h; do
    echo "#include <kernel/$(basename "$header")>" >alone.c
    # shellcheck disable=SC2046
    ${CC:-cc} -Wall -Werror -fsyntax-only $(pkg-config --cflags flexcim-kernel) alone.c
done

# Without comments: what is declared, but for what is defined in the header.
cat "$headers"/*.h | ${CC:-cc} -fpreprocessed -dD -E -P - 2>/dev/null |
    tr '\n' ' ' >text
grep -o '\bsim_[a-z_0-9]*(' text | tr -d '(' | sort -u >called
tr ';' '\n' <text | tr '}' '\n' | grep 'static inline' |
    sed 's/(.*//; s/.*\(sim_[a-z_0-9]*\)$/\1/' | sort -u >inline
comm -23 called inline >declared
nm -D --defined-only "$library/libflexcim-kernel.so" | awk '$2 ~ /[TDBR]/ { print $3 }' |
    sort -u >exported
diff declared exported
! grep -v '^sim_' exported
