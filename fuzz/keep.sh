#!/bin/sh
# Takes the least part of a campaign's corpus (fuzz/work) that reaches every edge it reaches into fuzz/corpus: at
# most 200 files of all sizes and 200 kB for each target.
#
#   fuzz/keep.sh [TARGET...]
set -eu
cd "$(dirname "$0")"
target_dir=${FUZZ_TARGET_DIR:-target}
host=$(rustc -vV | sed -n 's/^host: //p')
names() { sed -n 's/^name = "\(.*\)"/\1/p' Cargo.toml | tail -n +2; }
for name in ${*:-$(names)}; do
    least="work/$name.least" whole="work/$name.whole"
    rm -rf "$least" "$whole"
    mkdir -p "$least" "$whole" "work/$name" "corpus/$name"
    # A campaign that still runs takes files away.
    cp -r "work/$name/." "$whole" 2>/dev/null || true
    # An empty folder merges what adds something, from the smallest on.
    "$target_dir/$host/release/$name" -merge=1 -use_counters=0 "$least" "$whole" "corpus/$name" >"work/$name.merge.log" 2>&1
    rm -rf "corpus/$name"
    mkdir -p "corpus/$name"
    files=0 octets=0
    count=$(ls "$least" | wc -l)
    for file in $(ls -Sr "$least" | awk -v all="$count" 'all <= 200 || int(NR * 200 / all) > int((NR - 1) * 200 / all)'); do
        size=$(wc -c <"$least/$file")
        [ $((files + 1)) -le 200 ] && [ $((octets + size)) -le 204800 ] || break
        # Short names are enough to tell 200 files apart.
        cp "$least/$file" "corpus/$name/$(printf '%.16s' "$file")"
        files=$((files + 1)) octets=$((octets + size))
    done
    rm -rf "$least" "$whole"
    echo "$name: $files files, $octets octets of $count files"
done
