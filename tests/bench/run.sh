#!/usr/bin/env bash
# Runs mpim and the peers that are installed side by side and writes docs/benchmarks.md.
#   RUNS=3 SECONDS_EACH=8 PEERS="raw redis mosquitto" tests/bench/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/bench/bench.py "$@"
