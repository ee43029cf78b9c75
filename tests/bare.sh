#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The bare machine: a minimal Debian 12 made by debootstrap, this checkout's
# last commit cloned into it, and ./go run there, twice.  Needs root, debootstrap
# and a Debian mirror ($MIRROR); takes some minutes.
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

# once WHICH LIMIT: runs ./go there; fails past LIMIT seconds.
once() {
    begun=$(date +%s)
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        chroot "$machine" /root/flexcim/go
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
