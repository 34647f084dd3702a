#!/bin/sh
# run_fuzz.sh BUILD_DIR SECONDS: runs every fuzz target of the build for that long. New inputs are
# kept in BUILD_DIR/corpus. tests/fuzz/corpus/line holds the seeds of fuzz_line_codec and its like.
set -eu
build=$1
seconds=$2
here=$(cd "$(dirname "$0")" && pwd)/fuzz

found=0
for target in "$build"/bin/fuzz_*; do
  [ -x "$target" ] || continue
  found=$((found + 1))
  name=$(basename "$target")
  kept=$build/corpus/$name
  mkdir -p "$kept"
  set -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
  seeds=
  for folder in "$here"/corpus/*; do
    case ${name#fuzz_} in $(basename "$folder")*) seeds=$folder ;; esac
  done
  echo "$name: $seconds s"
  (cd "$build" && exec "./bin/$name" "$@" "corpus/$name" ${seeds:+"$seeds"}) \
    >"$build/$name.log" 2>&1 || { tail -40 "$build/$name.log"; exit 1; }
  sed -n 's/^stat::number_of_executed_units: */  inputs tried: /p' "$build/$name.log"
done
[ "$found" -gt 0 ] || { echo "there is no fuzz target in $build/bin" >&2; exit 1; }
