#!/usr/bin/env bash
# clang-tidy on the library's sources, with the checks of .clang-tidy and the flags of the build; fails on any finding.
#   lint.sh BUILD [JOBS]   BUILD: a configured folder, best without tests: clang-tidy checks a source once for each
#                          target that compiles it, and main.cpp belongs to every mutant of the command
set -euo pipefail
build=$1
jobs=${2:-1}
command -v clang-tidy >/dev/null || { echo "scripts/lint.sh: install clang-tidy" >&2; exit 2; }
cd "$(dirname "$0")/.."
[ -f "$build/compile_commands.json" ] || { echo "scripts/lint.sh: configure $build first" >&2; exit 2; }
# Clang does not know all of g++'s warnings. The counts on stderr are of findings in headers of others, left out.
git ls-files -z 'dovetail/*.cpp' |
  xargs -0 -n 1 -P "$jobs" clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p "$build" \
    2> >(grep -v ' generated\.$' >&2)
