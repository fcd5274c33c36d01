#!/usr/bin/env bash
# clang_bits.sh SOURCE DYNKIN BUILD: builds the command with clang and compares every number of two runs with those of DYNKIN,
# at every vector level this machine has.
set -euo pipefail
source_dir=$1 dynkin=$2 build=$3
cmake -S "$source_dir" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
  -DDYNKIN_BUILD_TESTS=OFF -DDYNKIN_BUILD_BENCHMARKS=OFF >/dev/null
cmake --build "$build"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for experiment in double_well own_model; do
  DYNKIN_VECTOR_LEVEL=v4 "$dynkin" run "$source_dir/data/experiments/$experiment.toml" -q -s particles.n=20000 -o "$scratch/gcc" >/dev/null
  for level in baseline v3 v4; do
    for binary in "$dynkin" "$build/bin/dynkin"; do
      DYNKIN_VECTOR_LEVEL=$level "$binary" run "$source_dir/data/experiments/$experiment.toml" -q -s particles.n=20000 -o "$scratch/other" >/dev/null
      cmp "$scratch/gcc/verdict.json" "$scratch/other/verdict.json"
      h5diff --exclude-path=/provenance "$scratch/gcc/run.h5" "$scratch/other/run.h5"
      echo "$experiment: $level of $binary has the same bits"
    done
  done
done
