#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The bare machine: a minimal Debian 12 made by debootstrap, this checkout's
# last commit cloned into it, and ./go run there, twice.  Then every command of
# README's first screen is typed as it stands, in the order of the page, but those
# that take a quarter of an hour or more.  Needs root, debootstrap and a Debian
# mirror ($MIRROR); takes some minutes.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian}
machine=$(mktemp -d "${TMPDIR:-/tmp}/flexcim-bare-XXXXXX")

[ "$(id -u)" = 0 ] || { echo "bare.sh: must be root" >&2; exit 64; }

leave() {
    for place in proc dev; do
        mountpoint -q "$machine/$place" && umount -l "$machine/$place"
    done
    rm -rf --one-file-system "$machine"
}
trap leave EXIT
trap 'exit 130' INT TERM

debootstrap --variant=minbase bookworm "$machine" "$mirror" \
    >"$machine.log" 2>&1 || { tail "$machine.log" >&2; exit 1; }
rm -f "$machine.log"
mount -t proc proc "$machine/proc"
mount --bind /dev "$machine/dev"
cp /etc/resolv.conf "$machine/etc/resolv.conf"
git clone -q --no-hardlinks "file://$top" "$machine/root/flexcim"

# there COMMAND: typed by root, who has gone into the clone.
there() {
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LC_ALL=C.UTF-8 chroot "$machine" sh -c "cd /root/flexcim && $1"
}

# once WHICH LIMIT: runs ./go there; fails past LIMIT seconds.
once() {
    begun=$(date +%s)
    there ./go
    seconds=$(($(date +%s) - begun))
    echo "bare.sh: the $1 ./go took $seconds s (limit $2 s)"
    [ "$seconds" -le "$2" ]
}

once first 300
once second 90
rows=$(chroot "$machine" sqlite3 /root/flexcim/results.db \
    "SELECT count(*) FROM v_comparison WHERE model = 'llama-7m'")
echo "bare.sh: $rows rows in v_comparison"
[ "$rows" -ge 18 ]
[ -s "$machine/root/flexcim/report.html" ]

# first_screen: the commands of README before its table of pages, and those of the
# sentences under it, a line each; what stands for a word of the user's own is none.
# shellcheck disable=SC2016  # the page's own marks
first_screen() {
    sed -n '1,/^## Limits/p' "$machine/root/flexcim/README.md" |
        grep -oE '(^    \./go|`\./go|`flexcim|`man)[^`#]*' |
        sed 's/^[` ]*//; s/ *$//' | grep -v '[A-Z]' | awk '!seen[$0]++'
}

# The program is not installed before it is asked for: then nobody finds it.
there 'command -v flexcim' && exit 1
there './go install'
typed=0
first_screen >"$machine.typed"
while read -r command; do
    case $command in
    './go test' | './go soak'* | './go full')
        echo "bare.sh: $command is not typed here"
        continue
        ;;
    'man '*) # a minimal Debian has no man; its page is there
        command="test -s /usr/local/share/man/man1/${command#man }.1"
        ;;
    esac
    begun=$(date +%s)
    there "$command" >"$machine.said" 2>&1 </dev/null || {
        echo "bare.sh: $command failed:"
        cat "$machine.said"
        exit 1
    }
    typed=$((typed + 1))
    echo "bare.sh: $command took $(($(date +%s) - begun)) s, $(wc -l <"$machine.said") lines"
done <"$machine.typed"
rm -f "$machine.typed" "$machine.said"
echo "bare.sh: $typed commands typed"
[ "$typed" -ge 8 ]
