#!/usr/bin/env bash
# Installs what is missing, builds, and runs the first experiment: a verdict on the screen, a run.h5 beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh
cmake --preset release -DDYNKIN_BUILD_TESTS=OFF -DDYNKIN_BUILD_BENCHMARKS=OFF -B build/demo
cmake --build build/demo
build/demo/bin/dynkin run data/experiments/double_well.toml -o runs/demo
