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
git ls-files -z 'dovetail/*.cpp' ':!dovetail/compile/stan_shim/' |
  xargs -0 -n 1 -P "$jobs" clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option -p "$build" \
    2> >(grep -v ' generated\.$' >&2)

# What `dovetail compile` builds around Stan programs is no part of the build.
stan=/usr/lib/R/site-library
if [ -d "$stan/StanHeaders" ]; then
  clang-tidy --quiet dovetail/compile/stan_shim/*.cpp -- -std=c++17 -I. -w -DSTAN_THREADS -DBOOST_DISABLE_ASSERTS \
    -isystem "$stan/StanHeaders/include/src" -isystem "$stan/StanHeaders/include" -isystem "$stan/RcppEigen/include" \
    2> >(grep -v ' generated\.$' >&2)
else
  echo "scripts/lint.sh: dovetail/compile/stan_shim left out, without Stan's headers (make deps-stan)" >&2
fi
