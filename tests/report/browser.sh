#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Opens the page in headless Chromium, light and dark: it renders, its console is
# empty, nothing is fetched; it can be walked through by keyboard, and printed.
# usage: browser.sh FLEXCIM EXAMPLE
# KEEP=FOLDER keeps the screenshots and the printed page there.
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

# What a keyboard and a screen reader need, seen by a script in a copy.
sed /Content-Security-Policy/d report.html | cat - /dev/fd/3 3<<'END' >walk.html
<script>
const all = (choice) => [...document.querySelectorAll(choice)];
const wrong = [];
const must = (holds, what, at) =>
    holds || wrong.push(what + ': ' + at.outerHTML.slice(0, 99));
const words = (at) => (at.getAttribute('aria-label') || at.textContent).trim();
all('details').forEach((at) => { at.open = true; });
const stops = all('a[href], summary, [tabindex]');
for (const at of stops) {
    at.focus();
    must(document.activeElement === at, 'takes no focus', at);
    must(at.getClientRects().length > 0, 'is not to be seen', at);
    must(getComputedStyle(at).outlineStyle !== 'none', 'does not show it', at);
    must(words(at) !== '', 'says nothing', at);
    must(at.tabIndex === 0, 'is out of turn', at);
}
for (const at of all('*'))
    if (at.scrollWidth > at.clientWidth + 1 &&
        getComputedStyle(at).overflowX === 'auto')
        must(at.tabIndex === 0, 'scrolls by mouse only', at);
for (const at of all('a[href^="#"]'))
    must(document.getElementById(at.hash.slice(1)), 'leads nowhere', at);
for (const at of all('[id]'))
    must(all('[id="' + at.id + '"]').length === 1, 'is there twice', at);
for (const at of all('section svg'))
    must(at.getAttribute('role') === 'img' && words(at), 'is no image', at);
for (const at of all('th'))
    must(at.scope, 'heads neither row nor column', at);
for (const at of all('table'))
    must(at.caption, 'has no caption', at);
let level = 0;
for (const at of all('h1, h2, h3, h4')) {
    must(at.tagName[1] - level <= 1, 'skips a level', at);
    level = +at.tagName[1];
}
must(document.documentElement.lang, 'has no language', document.body);
must(all('main').length === 1, 'has no main part', document.body);
console.log('WALKED ' + stops.length + ' stops, wrong: ' + wrong.length +
    '\n' + wrong.join('\n'));
</script>
END
browse walk walk.html --dump-dom
grep -qE 'WALKED [0-9]{2,} stops, wrong: 0' walk.log ||
    fail 'not for keyboard or screen reader' walk.log

# A sheet of figures with hatched boxes prints in seconds and kilobytes.
browse print report.html --no-pdf-header-footer \
    --print-to-pdf="$folder/report.pdf"
[ "$(wc -c <report.pdf)" -lt 1000000 ] || fail 'printed as images' print.log
[ "$(grep -ac '/Type */Page\b' report.pdf)" -gt 3 ] || fail 'cut off' print.log
[ -z "${KEEP-}" ] || cp dark.png light.png report.html report.pdf "$KEEP"
