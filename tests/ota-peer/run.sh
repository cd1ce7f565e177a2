#!/usr/bin/env bash
# Our packets against codecs that were not written here: run.sh OTA_PEER [SEED [COUNT]]
# OTA_PEER is the example program of card-ota (`cargo build -p card-ota --example ota_peer`). pycrate reads what we make and
# we read what it makes; if tshark is there, it dissects our messages as TPDUs and over SMPP. Without a seed it is 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peer=$(realpath "$1")
seed=${2:-1}
count=${3:-10000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
"$work/venv/bin/python" "$here/peer.py" "$peer" "$seed" "$count"

if command -v tshark >/dev/null; then
  "$peer" make "$seed" "$count" >"$work/lines.jsonl"
  python3 "$here/capture.py" "$work/lines.jsonl" "$work"
  python3 "$here/dissect.py" "$work/lines.jsonl" "$work"
elif [ -n "${CI:-}" ]; then
  echo "tshark is not installed" >&2
  exit 1
else
  echo "skipped: tshark is not installed"
fi
