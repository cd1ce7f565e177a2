#!/usr/bin/env bash
# Foreign SMPP stacks between our ESME and our short-message centre, and tshark on what they saw: run.sh PATH-TO-SINETTI
# node-smpp and smpplib run at the same time, each with a platform of its own. Without tshark its part is left out, unless
# CI is set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sinetti=$(realpath "$1")
work=$(mktemp -d)
cleanup() {
  for process in "${node:-}" "${python:-}"; do
    [ -n "$process" ] && kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
mkdir "$work/node" "$work/python"
cp "$here/package.json" "$here/package-lock.json" "$here/relay.js" "$work"
(cd "$work" && npm ci --silent --no-audit --no-fund)

python3 "$here/scenario.py" "$sinetti" "$work/node" node "$work/relay.js" &
node=$!
python3 "$here/scenario.py" "$sinetti" "$work/python" "$work/venv/bin/python" "$here/relay.py" &
python=$!
failed=0
wait "$node" || failed=1
wait "$python" || failed=1
if [ "$failed" = 1 ]; then
  tail -n 40 "$work"/*/*/logs/{home,smsc}.log || true
  exit 1
fi

if command -v tshark >/dev/null; then
  "$here/dissect.sh" "$work/node" &
  node=$!
  "$here/dissect.sh" "$work/python"
  wait "$node"
elif [ -n "${CI:-}" ]; then
  echo "tshark is missing" >&2
  exit 1
else
  echo "skipped: tshark is not installed"
fi
