#!/usr/bin/env bash
# The binary that an operator puts in front of Application Providers knows no card: looked at in the binary itself, beside
# the check of its dependencies in `cargo xtask tidy`. Builds it in the ordinary target folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-target}
banned='card_ota|mss_vault|softsim|role_home|role_me|role_ca|transport_key|SIGN_TEXT|bind_transceiver|4smpp'
names() { grep -aoE "$banned" "$1" | sort | uniq -c || true; }

cargo build --package sinetti --no-default-features --features ae --locked --target-dir "$target/ae-only"
found=$(names "$target/ae-only/debug/sinetti")
if [ -n "$found" ]; then
  echo "the ae-only binary holds card code:"
  echo "$found"
  exit 1
fi
# The same search in the whole binary finds something, so it can fail.
if [ $# -gt 0 ] && [ -z "$(names "$1")" ]; then
  echo "the search finds nothing in $1 either"
  exit 1
fi
echo "ae-only: $(stat -c %s "$target/ae-only/debug/sinetti") octets, no card code"
