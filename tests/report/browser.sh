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

# browse NAME PAGE OPTIONS...: writes NAME.out, NAME.log and NAME.net.
browse() {
    name=$1 page=$2
    shift 2
    chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update \
        --disable-sync --disable-dev-shm-usage --hide-scrollbars \
        --host-resolver-rules='MAP * ~NOTFOUND' \
        --enable-logging=stderr --log-net-log="$folder/$name.net" \
        --user-data-dir="$folder/user-$name" "$@" \
        "file://$folder/$page" >"$name.out" 2>"$name.log"
}

fail() {
    echo "$1"
    cat "$2"
    exit 1
}

# What a page asked of the network; Chromium itself looks for its makers.
fetched() {
    grep -Eo '"url":"(https?|wss?|ftp):[^"]*"' "$1.net" |
        grep -vE '://[a-z0-9.]*\.(google|googleapis|gvt1)\.com/'
}

# These looks do see what is wrong with a page.
cat >bad.html <<'END'
<img src="http://192.0.2.1/x.png"><script>console.error("wrong")</script>
END
browse bad bad.html --dump-dom
grep -q CONSOLE bad.log || fail 'a bad console is not seen' bad.log
fetched bad >/dev/null || fail 'a fetch is not seen' bad.log

for scheme in dark light; do
    # Blink's PreferredColorScheme: 0 is dark, 1 is light.
    number=$([ $scheme = dark ] && echo 0 || echo 1)
    browse $scheme report.html --window-size=1200,2000 \
        --blink-settings=preferredColorScheme="$number" \
        --screenshot="$folder/$scheme.png"
    [ "$(wc -c <$scheme.png)" -gt 50000 ] || fail 'no picture' $scheme.log
    if grep CONSOLE $scheme.log; then fail 'its console' $scheme.log; fi
    if fetched $scheme; then fail 'it fetched something' $scheme.log; fi
done
cmp -s dark.png light.png && fail 'dark is as light' light.log
browse dom report.html --dump-dom
[ "$(grep -c '<svg ' dom.out)" = "$(grep -c '<svg ' report.html)" ] || fail 'figures are missing' dom.log
[ "$(grep -c '</section>' dom.out)" -gt 10 ] || fail 'cut off' dom.out
[ -z "${KEEP-}" ] || cp dark.png light.png report.html "$KEEP"
