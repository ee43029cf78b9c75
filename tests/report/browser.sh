#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Opens the page in headless Chromium, light and dark: it renders, its console is
# empty, nothing is fetched; it can be walked through by keyboard, and printed.
# usage: browser.sh FLEXCIM EXAMPLE [all]
# all: at 400 and 1400 pixels, dark, light and as printed; else one of each.
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
const printed = location.pathname.endsWith('printed.html');
const stops = printed ? [] : all('a[href], summary, [tabindex]');
if (!printed) all('details').forEach((at) => { at.open = true; });
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
for (const at of all('table')) {
    must(at.caption, 'has no caption', at);
    const heads = [...at.tHead.rows[0].cells];
    for (const head of heads) must(words(head), 'heads a column without words', head);
    for (const row of at.tBodies[0].rows)
        must(row.cells.length === heads.length, 'has cells without a head', row);
}

// WCAG 2, 1.4.3 and 1.4.11: contrast of colours as they are seen.
const channel = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) +
    0.0722 * channel(c[2]);
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) /
    (Math.min(light(a), light(b)) + 0.05);
const colour = (text) => {
    const n = text.match(/[\d.]+/g).map(Number);
    return n.length > 3 && n[3] === 0 ? null : n.slice(0, 3).map((c) => c / 255);
};
const behind = (at) => {
    for (; at; at = at.parentElement) {
        const seen = colour(getComputedStyle(at).backgroundColor);
        if (seen) return seen;
    }
    return [1, 1, 1];
};
// What `invert(1) hue-rotate(180deg)` makes of a colour (Filter Effects 1).
const turned = ([r, g, b]) => [
    0.574 * r - 1.43 * g - 0.144 * b + 1, -0.426 * r - 0.43 * g - 0.144 * b + 1,
    -0.426 * r - 1.43 * g + 0.856 * b + 1].map((c, i) => Math.min(1, Math.max(0, c)));
const own = (at) => [...at.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
let texts = 0, marks = 0;
for (const at of all('body *')) {
    if (at.closest('svg') || !own(at) || at.closest('script, style')) continue;
    texts++;
    must(contrast(colour(getComputedStyle(at).color), behind(at)) >= 4.5,
        'is hard to read', at);
}
const plain = ['rgb(204, 204, 204)', 'rgb(255, 255, 255)']; // grid, paper
for (const svg of all('section svg')) {
    const filter = getComputedStyle(svg).filter;
    must(filter === 'none' || filter === 'invert(1) hue-rotate(180deg)',
        'has a filter that is not known', svg);
    const seen = filter === 'none' ? (c) => c : turned;
    const paper = behind(svg);
    // Cells of a map have their value as text, and colours from pale on.
    const map = ['patterns', 'batch_context'].includes(svg.closest('.item')?.id);
    for (const at of svg.querySelectorAll('*')) {
        const style = getComputedStyle(at);
        if (at.closest('defs')) continue;
        if (at.tagName === 'text') {
            texts++;
            must(contrast(seen(colour(style.fill)), map ? seen([0.34, 0.65, 0.86]) :
                paper) >= 4.5, 'is hard to read', at);
        } else if (!map && ['path', 'circle', 'polygon', 'use', 'rect'].includes(at.tagName)) {
            for (const text of [style.fill, style.stroke]) {
                const of = text.startsWith('rgb') && !plain.includes(text) && colour(text);
                if (!of) continue;
                marks++;
                must(contrast(seen(of), paper) >= 3, 'is hard to see, ' + text, at);
            }
        }
    }
}
must(texts > 100 && marks > 100, 'few texts and marks were looked at', document.body);
if (innerWidth >= 1400)
    for (const at of all('.scroll'))
        must(at.scrollWidth <= at.clientWidth + 1,
            'is cut (' + at.scrollWidth + ' of ' + at.clientWidth + ')', at);
let level = 0;
for (const at of all('h1, h2, h3, h4')) {
    must(at.tagName[1] - level <= 1, 'skips a level', at);
    level = +at.tagName[1];
}
must(document.documentElement.lang, 'has no language', document.body);
must(all('main').length === 1, 'has no main part', document.body);
if (printed) {
    const tables = all('table').filter((at) => at.getClientRects().length > 0);
    must(tables.length > 3, 'few tables are printed', document.body);
    for (const at of tables)
        must(at.getBoundingClientRect().right <= innerWidth + 1, 'is cut', at);
    for (const at of all('td.n')) {
        const range = document.createRange();
        range.selectNodeContents(at);
        must(range.getClientRects().length < 2, 'is a broken number', at);
    }
}
console.log('WALKED ' + stops.length + ' stops, wrong: ' + wrong.length +
    '\n' + wrong.join('\n'));
</script>
END
# usage: walk SCHEME WIDTH [printed | PAGE]: as on screen, or with what is for print.
walk() {
    number=$([ "$1" = dark ] && echo 0 || echo 1)
    page=${3-walk.html} stops='[0-9]{2,}'
    if [ "${3-}" = printed ]; then
        page=printed.html stops=0
        sed 's/@media print/@media all/; s/@media screen/@media none/' walk.html >$page
    fi
    browse "walk-$1-$2" "$page" --window-size="$2,2000" --dump-dom \
        --blink-settings=preferredColorScheme="$number"
    grep -qE "WALKED $stops stops, wrong: 0" "walk-$1-$2.log" ||
        fail "not for every reader ($1, $2 pixels ${3-})" "walk-$1-$2.log"
}
if [ "${3-}" = all ]; then
    for scheme in dark light; do
        walk $scheme 400
        walk $scheme 1400
    done
    walk light 718 printed
    # Machines with long names, and tables with many columns: a swept experiment.
    cat >block.yaml <<'END'
name: Llama-2-7B-of-one-block
blocks: 1
prefix: model.layers
layers:
  self_attn.q_proj: {inputs: 512, outputs: 512}
  mlp.down_proj: {inputs: 1376, outputs: 512}
END
    cat >space.yaml <<'END'
shapes: ./block.yaml
tokens: [1, 64]
patterns: [4:8, dense]
machines: [flexcim, dense]
parameters:
  macro.rows: [16, 64, 128]
  macro.columns: [32, 64]
  weights.banks: [1, 2]
  outputs.banks: [32, 64]
END
    "$flexcim" sweep space.yaml --db swept.db -q >swept
    "$flexcim" report --db swept.db -o swept.html -q
    sed /Content-Security-Policy/d swept.html >wide.html
    sed -n '/^<script>$/,$p' walk.html >>wide.html
    walk light 1400 wide.html
else
    walk light 1400
fi

# A sheet of figures with hatched boxes prints in seconds and kilobytes.
browse print report.html --no-pdf-header-footer \
    --print-to-pdf="$folder/report.pdf"
[ "$(wc -c <report.pdf)" -lt 1000000 ] || fail 'printed as images' print.log
[ "$(grep -ac '/Type */Page\b' report.pdf)" -gt 3 ] || fail 'cut off' print.log
[ -z "${KEEP-}" ] || cp dark.png light.png report.html report.pdf "$KEEP"
