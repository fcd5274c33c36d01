#!/usr/bin/env bash
# Builds the tests that hold recorded bits with clang and runs them: what g++ recorded must come out again.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${1:-$(nproc)}
build=build/clang
cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
  -DDYNKIN_BUILD_BENCHMARKS=OFF ${DYNKIN_CMAKE_ARGUMENTS:-} >/dev/null
cmake --build "$build" --parallel "$jobs" --target test_noise test_core test_particle
for level in v4 v3 baseline; do
  for room in noise core particle; do
    DYNKIN_VECTOR_LEVEL=$level "$build/tests/unit/$room/test_$room" --gtest_filter='*Recorded*' --gtest_brief=1
  done
done
echo "clang gives the bits that g++ recorded"
