#!/bin/sh
# Usage: one_model_in_stan_test.sh COMMAND ROOT CACHE. docs/one-model.md with its Stan program too; exit code 77 where Stan's
# headers are not installed (make deps-stan).
set -eu
[ -e /usr/lib/R/site-library/StanHeaders/DESCRIPTION ] || { echo "skipped: no Stan headers (make deps-stan)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$2/examples" "$work/examples"
awk '/^<!-- run by the tests( with Stan)? -->$/ { marked = 1; next }
     marked && /^```sh$/ { inside = 1; marked = 0; next }
     /^```$/ { inside = 0 }
     inside' "$2/docs/one-model.md" >"$work/script.sh"
grep -q two_gates.stan "$work/script.sh"
cd "$work"
PATH="$(dirname "$1"):$PATH" DOVETAIL_CACHE="$3" bash -euo pipefail script.sh
