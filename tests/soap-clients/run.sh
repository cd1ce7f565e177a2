#!/usr/bin/env bash
# Unmodified SOAP stacks against a running platform: run.sh PATH-TO-SINETTI
# Starts `sinetti demo --auto` in a folder of its own and ends it again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sinetti=$(realpath "$1")
work=$(mktemp -d)
cleanup() {
  [ -n "${demo:-}" ] && kill "$demo" 2>/dev/null && wait "$demo" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

"$sinetti" demo --auto --free-ports --data "$work/data" >"$work/demo.out" 2>&1 &
demo=$!
for _ in $(seq 120); do
  [ -f "$work/data/demo.json" ] && break
  kill -0 "$demo" 2>/dev/null || { cat "$work/demo.out"; exit 1; }
  sleep 0.5
done

"$work/venv/bin/python" "$here/zeep_client.py" "$work/data/demo.json" || { tail -n 50 "$work"/data/logs/*.log; exit 1; }
cp "$here/package.json" "$here/package-lock.json" "$here/node_client.js" "$work"
(cd "$work" && npm ci --silent --no-audit --no-fund)
ap() { python3 -c "import json, sys; print(json.load(open(sys.argv[1]))['ap'][sys.argv[2]])" "$work/data/demo.json" "$1"; }
# node-soap reads a WSDL from a file more easily than through mutual TLS.
curl --silent --fail --cert "$(ap certificate)" --key "$(ap key)" --cacert "$(ap ca)" "$(ap endpoint)?wsdl" -o "$work/mss.wsdl"
node "$work/node_client.js" "$work/data/demo.json" "$work/mss.wsdl"
