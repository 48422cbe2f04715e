#!/usr/bin/env bash
# Pictures of the report of each job, the first in dark too, and single charts of good and bad runs.
#   screenshots.sh COMMAND FOLDER
set -euo pipefail
dovetail=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$dovetail" sample builtin:eight_schools,centred=true --out sample --quiet >/dev/null
"$dovetail" temper builtin:galaxies,k=3 --copies 2 --swap-history --out temper --quiet >/dev/null
"$dovetail" ep builtin:hierarchical_logistic --data "$root/examples/ep/clinics.csv" --by clinic --out ep --quiet >/dev/null
"$root/scripts/make-corpus.sh" corpus docs="$root/docs" sources="$root/dovetail" >/dev/null
"$dovetail" lda corpus/*.gz --topics 12 --sweeps 300 --out lda --quiet >/dev/null
for run in sample temper ep lda; do
  "$dovetail" report "$run" >/dev/null
done
python3 "$root/tests/report/screenshots.py" temper sample ep lda "$out"

# The runs of docs/reading-plots.md, as it tells to make them.
ln -s "$root/examples" examples
awk '/^<!-- run by the tests -->$/ { marked = 1; next } marked && /^```sh$/ { inside = 1; marked = 0; next } /^```$/ { inside = 0 } inside' \
  "$root/docs/reading-plots.md" >runs.sh
PATH="$(dirname "$dovetail"):$PATH" bash -euo pipefail runs.sh >/dev/null 2>&1
python3 "$root/tests/report/plots.py" . "$out"
