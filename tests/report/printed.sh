#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The page as it is printed: to PDF, and that to PNG.  Every row of every table is
# read back from it, column by column: each cell apart from its neighbours, within
# the sheet, numbers under each other, and ink where the PDF says that text is.
# The figures for papers are as wide as two columns, and bring their fonts along.
# usage: printed.sh FLEXCIM EXAMPLE
set -eu
flexcim=$(realpath "$1")
example=$(realpath "$2")
for tool in chromium gnuplot pdffonts pdfinfo pdftoppm pdftotext; do
    command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
done
folder=$(mktemp -d /tmp/flexcim-printed-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$example" results.db
"$flexcim" report --figures figures -q

# A figure as a paper takes it: 7.2 inches wide, all fonts in the file, and words of
# 8 points, 7 at the least (a line of DejaVu Sans is 1.163 times as high).
for_a_paper() {
    pdfinfo "$1" | grep -q '^Page size: *517 x' || return 1
    pdffonts "$1" | awk 'NR > 2 { n++; if ($0 !~ / yes yes yes /) bad = 1 }
        END { exit bad || n == 0 }' || return 1
    pdftotext -bbox "$1" - | awk -F'"' '/<word / {
            width = $6 - $2
            height = $8 - $4
            whole += height > 9.2 && height < 9.4
            small += height < 8.1 && width > height
        } END { exit whole < 3 || small > 0 }'
}
for figure in figures/*.pdf; do
    for_a_paper "$figure" || {
        echo "$figure is not as a paper takes it"
        exit 1
    }
done

browse() {
    chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-dev-shm-usage --disable-background-networking \
        --enable-logging=stderr --host-resolver-rules='MAP * ~NOTFOUND' \
        --user-data-dir="$folder/user" "$@" >browse.out 2>browse.log
}

# read_back PAGE: prints it, and puts all of it into one page, where a script can
# look at it; browse.log has what it saw.
read_back() {
    rm -f sheet-*.png
    browse --no-pdf-header-footer --print-to-pdf="$folder/report.pdf" \
        "file://$folder/$1"
    pdftotext -raw -bbox report.pdf words.html
    pdftoppm -r 144 -png report.pdf sheet
    look >look.html
    browse --dump-dom "file://$folder/look.html"
}
look() {
    echo '<!DOCTYPE html><meta charset="utf-8">'
    sed -n '/<main/,/<\/main>/p' report.html
    for sheet in sheet-*.png; do
        printf '<img class="sheet" src="data:image/png;base64,'
        base64 -w 0 "$sheet"
        echo '">'
    done
    echo '<script type="text/plain" id="pdf">'
    grep -E '<(page|word) ' words.html
    cat <<'END'
</script>
<script>
const wrong = [];
const must = (holds, what) => holds || wrong.push(what);
const bare = (text) => text.replace(/\s+/g, '');
const all = (choice, at = document) => [...at.querySelectorAll(choice)];

// The words of the PDF in its order, and all of their letters in a row.
let letters = '';
const words = [], of = [], sheets = [];
for (const line of document.getElementById('pdf').textContent.split('\n')) {
    const n = (name) => +(line.match(name + '="([\\d.]+)"') || [])[1];
    if (line.includes('<page ')) sheets.push({ width: n('width'), height: n('height') });
    if (!line.includes('<word ')) continue;
    const parsed = new DOMParser().parseFromString(line.replace(/^[^>]*>/, '')
        .replace(/<\/word>.*/, ''), 'text/html').body.textContent;
    const word = { sheet: sheets.length - 1, left: n('xMin'), right: n('xMax'),
        top: n('yMin'), bottom: n('yMax') };
    for (let i = 0; i < bare(parsed).length; i++) of.push(words.length);
    words.push(word);
    letters += bare(parsed);
}

addEventListener('load', () => {
    const ink = all('img.sheet').map((img) => {
        const canvas = document.createElement('canvas');
        canvas.width = img.naturalWidth;
        canvas.height = img.naturalHeight;
        const pen = canvas.getContext('2d', { willReadFrequently: true });
        pen.drawImage(img, 0, 0);
        return pen;
    });
    must(ink.length === sheets.length, ink.length + ' pictures of ' + sheets.length);
    const isInked = (word) => {
        const dots = 2; // a point
        const data = ink[word.sheet].getImageData(dots * word.left, dots * word.top,
            Math.max(1, dots * (word.right - word.left)),
            Math.max(1, dots * (word.bottom - word.top))).data;
        for (let i = 0; i < data.length; i += 4)
            if (data[i] < 200) return true;
        return false;
    };
    let cells = 0, from = 0;
    const tables = all('main table').filter((at) => !at.closest('details'));
    for (const table of tables) {
        const name = bare(table.caption.textContent).slice(0, 12);
        const edges = {}; // of numbers: sheet and column
        for (const row of all('tr', table)) {
            const texts = [...row.cells].map((at) => bare(at.textContent));
            let at = letters.indexOf(texts.join(''), from);
            must(at >= 0, name + ' lacks the row ' + texts.join(' '));
            if (at < 0) continue;
            from = at;
            let before = null;
            texts.forEach((text, column) => {
                if (!text) return;
                const own = [...new Set(of.slice(at, at + text.length))];
                at += text.length;
                cells++;
                const cell = own.map((i) => words[i]);
                const left = Math.min(...cell.map((w) => w.left));
                const right = Math.max(...cell.map((w) => w.right));
                const sheet = sheets[cell[0].sheet];
                const say = name + ', column ' + column + ', ' + text.slice(0, 30);
                must(left >= 0 && right <= sheet.width, say + ' leaves the sheet');
                must(cell.every((w) => w.bottom <= sheet.height), say + ' lies too low');
                must(cell.every(isInked), say + ' is not to be seen');
                if (before) {
                    must(!own.includes(before.last), say + ' runs into its neighbour');
                    must(left >= before.right - 0.5, say + ' overlaps its neighbour');
                }
                before = { right, last: own[own.length - 1] };
                if (row.cells[column].className !== 'n' || row.parentNode.tagName !== 'TBODY')
                    return;
                must(own.length === 1, say + ' is a broken number');
                const key = cell[0].sheet + ' ' + column;
                must(!(Math.abs(edges[key] - right) > 1.5), say + ' is out of its column');
                edges[key] = right;
            });
        }
    }
    must(tables.length > 3 && cells > 200, tables.length + ' tables, ' + cells + ' cells');
    console.log('READ ' + cells + ' cells, wrong: ' + wrong.length + '\n' +
        wrong.slice(0, 20).join('\n'));
});
</script>
END
}
good='READ [0-9]+ cells, wrong: 0'

read_back report.html
grep -qE "$good" browse.log || {
    echo 'the printed page cannot be read back'
    grep -A25 CONSOLE browse.log || cat browse.log
    exit 1
}
# This does see a page whose columns run over the sheet and into each other.
sed 's/table { font-size: 7pt; }/table { font-size: 15pt; }/
    s/white-space: normal; overflow-wrap: anywhere/white-space: nowrap/' \
    report.html >wide.html
read_back wide.html
grep -qE "READ [0-9]+ cells, wrong: [1-9]" browse.log || {
    echo 'a page that is cut looks whole'
    exit 1
}
