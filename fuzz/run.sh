#!/bin/sh
# A fuzzing campaign: every target, or those named, for a number of executions; prints a table.
#
#   fuzz/run.sh [RUNS [TARGET...]]        RUNS is 10000000 for each target when absent, a tenth of it for the XML ones
#
# Needs a nightly compiler (TOOLCHAIN, default "nightly"; or a stable one with RUSTC_BOOTSTRAP=1) and cargo-fuzz.
# The growing corpus is in fuzz/work, which git does not see; fuzz/keep.sh takes the best of it into fuzz/corpus.
# SECONDS_EACH, when set, is the longest time of one target. TABLE is the file that the rows are written to as well.
set -eu
cd "$(dirname "$0")"
runs=${1:-10000000}
[ $# -gt 0 ] && shift
toolchain=${TOOLCHAIN:-nightly}
target_dir=${FUZZ_TARGET_DIR:-target}
seconds=${SECONDS_EACH:-0}
table=${TABLE:-/dev/null}

names() { sed -n 's/^name = "\(.*\)"/\1/p' Cargo.toml | tail -n +2; }
wanted=${*:-$(names)}

# Safe Rust alone is fuzzed, so no sanitizer: overflow checks and debug assertions are on, and memory is bounded below.
cargo "+$toolchain" fuzz build --sanitizer none --target-dir "$target_dir" >&2
(cd .. && cargo run --quiet --package sinetti-fuzz-targets --example write-seeds) >&2
host=$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')

row() { printf '%s\n' "$1" | tee -a "$table"; }
row "| target | executions | executions/s | edges | features | largest memory, MB | findings |"
row "|---|---|---|---|---|---|---|"
failed=0
for name in $wanted; do
    case $name in
        soap*) count=$((runs / 10)) dictionary="-dict=dictionaries/soap.dict" longest=8192 ;;
        config) count=$runs dictionary="-dict=dictionaries/config.dict" longest=4096 ;;
        ca_json) count=$runs dictionary="-dict=dictionaries/ca_json.dict" longest=2048 ;;
        cms | x509) count=$runs dictionary="" longest=3072 ;;
        role_*) count=$runs dictionary="" longest=512 ;;
        *) count=$runs dictionary="" longest=1600 ;;
    esac
    mkdir -p "work/$name" "artifacts/$name" "corpus/$name"
    log="work/$name.log"
    status=0
    # 512 MB in all, the corpus included, is a finding: no decoder may be made to hold much by a short input.
    "$target_dir/$host/release/$name" "work/$name" "seeds/$name" "corpus/$name" \
        -runs="$count" -max_total_time="$seconds" -max_len="$longest" $dictionary \
        -rss_limit_mb=512 -timeout=10 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="artifacts/$name/" >"$log" 2>&1 || status=$?
    stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
    field() { grep -o "$1: [0-9]*" "$log" | tail -n 1 | cut -d' ' -f2; }
    finding=none
    if [ "$status" -ne 0 ]; then
        finding=$(grep -m1 -o 'Test unit written to .*' "$log" || echo "status $status")
        failed=1
    fi
    row "| $name | $(stat number_of_executed_units) | $(stat average_exec_per_sec) | $(field cov) | $(field ft) | $(stat peak_rss_mb) | $finding |"
done
exit $failed
