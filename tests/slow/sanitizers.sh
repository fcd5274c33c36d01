#!/usr/bin/env bash
# sanitizers.sh SOURCE BUILD
set -euo pipefail
cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DDYNKIN_SANITIZE=ON -DDYNKIN_BUILD_BENCHMARKS=OFF >/dev/null
cmake --build "$2"
# The installed-tree and compile-failure tests say nothing about memory; experiments would take too long here.
export LSAN_OPTIONS=suppressions=$1/tests/slow/lsan.supp:print_suppressions=0
ctest --test-dir "$2" --output-on-failure --parallel "$(nproc)" --label-exclude slow --exclude-regex 'experiment_|consumer|compile_fail|docs'
