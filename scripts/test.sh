#!/usr/bin/env bash
# Installs what is missing, builds, runs every test. With --all also what is labelled slow.
set -euo pipefail
cd "$(dirname "$0")/.."

run_slow=false
case "${1:-}" in
  '') ;;
  --all) run_slow=true ;;
  *) echo "usage: scripts/test.sh [--all]" >&2; exit 2 ;;
esac

scripts/install_packages.sh
cmake --preset release
cmake --build --preset release
selection=(--label-exclude slow)
$run_slow && selection=()
ctest --test-dir build/release --output-on-failure --parallel "$(nproc)" "${selection[@]}"
