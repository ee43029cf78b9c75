#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Opens the page in headless Chromium, light and dark: it renders, its console is
# empty, nothing is fetched.  usage: browser.sh FLEXCIM EXAMPLE
# KEEP=FOLDER keeps the screenshots there.
set -eu
flexcim=$(realpath "$1")
example=$(realpath "$2")
for tool in chromium gnuplot; do
    command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
done
folder=$(mktemp -d /tmp/flexcim-browser-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$example" results.db
"$flexcim" report -q

# browse NAME OPTIONS...: writes NAME.dom, NAME.log and NAME.net.
browse() {
    name=$1
    shift
    chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update \
        --disable-sync --disable-dev-shm-usage --hide-scrollbars \
        --enable-logging=stderr --log-net-log="$folder/$name.net" \
        --user-data-dir="$folder/user-$name" "$@" \
        "file://$folder/report.html" >"$name.dom" 2>"$name.log"
}

fail() {
    echo "$1"
    cat "$2"
    exit 1
}

for scheme in dark light; do
    # Blink's PreferredColorScheme: 0 is dark, 1 is light.
    number=$([ $scheme = dark ] && echo 0 || echo 1)
    browse $scheme --window-size=1200,2000 \
        --blink-settings=preferredColorScheme=$number \
        --screenshot="$folder/$scheme.png"
    [ "$(wc -c <$scheme.png)" -gt 50000 ] || fail 'no picture' $scheme.log
    if grep CONSOLE $scheme.log; then fail 'console' $scheme.log; fi
    # Every request that the network stack began; the page itself is a file.
    if grep -Eo '"url":"(https?|wss?|ftp):[^"]*"' $scheme.net; then
        fail 'it fetched something' $scheme.log
    fi
done
cmp -s dark.png light.png && fail 'dark is as light' light.log
browse dom --dump-dom
[ "$(grep -c '<svg ' dom.dom)" = 5 ] || fail 'figures are missing' dom.log
[ "$(grep -c '</section>' dom.dom)" -gt 10 ] || fail 'cut off' dom.dom
[ -z "${KEEP-}" ] || cp dark.png light.png report.html "$KEEP"
