#!/usr/bin/env bash
# clang-tidy on the library's sources, with the checks of .clang-tidy and the flags of the build.
#   lint.sh BUILD
set -euo pipefail
build=$1
command -v clang-tidy >/dev/null || { echo "scripts/lint.sh: install clang-tidy" >&2; exit 2; }
cd "$(dirname "$0")/.."
git ls-files -z 'dovetail/*.cpp' | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p "$build"
