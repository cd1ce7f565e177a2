#!/usr/bin/env bash
# The phones' page in a real browser (Debian's Chromium): run.sh PATH-TO-SINETTI [FOLDER-FOR-SCREENSHOTS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sinetti=$(realpath "$1")
work=$(mktemp -d)
shots=${2:-$work}
mkdir -p "$shots"
cleanup() {
  [ -n "${demo:-}" ] && kill "$demo" 2>/dev/null && wait "$demo" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

cp "$here/package.json" "$here/package-lock.json" "$here/page.mjs" "$work"
(cd "$work" && npm ci --silent --no-audit --no-fund)

(cd "$work" && exec "$sinetti" demo --free-ports --data demo-data) >"$work/demo.out" 2>&1 &
demo=$!
for _ in $(seq 120); do
  [ -f "$work/demo-data/demo.json" ] && break
  kill -0 "$demo" 2>/dev/null || { cat "$work/demo.out"; exit 1; }
  sleep 0.5
done
node "$work/page.mjs" "$sinetti" "$work/demo-data" "$(realpath "$shots")"
