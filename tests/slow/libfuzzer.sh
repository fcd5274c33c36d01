#!/usr/bin/env bash
# libfuzzer.sh SOURCE BUILD SECONDS: every fuzz target under libFuzzer, from a copy of its corpus.
set -euo pipefail
cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DDYNKIN_BUILD_FUZZERS=ON \
  -DDYNKIN_BUILD_BENCHMARKS=OFF "-DCMAKE_CXX_FLAGS=-fsanitize=address,fuzzer-no-link" >/dev/null
targets=$(cmake --build "$2" --target help | grep -oE 'libfuzzer_[a-z0-9_]+' | sort -u)
for target in $targets; do
  cmake --build "$2" --target "$target"
  name=${target#libfuzzer_}
  corpus=$(mktemp -d)
  cp "$1/tests/fuzz/${name}_corpus"/* "$corpus"
  "$(find "$2" -name "$target" -type f)" -max_total_time="$3" -max_len=2000 -timeout=10 "$corpus"
  rm -rf "$corpus"
done
