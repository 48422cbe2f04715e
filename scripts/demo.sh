#!/usr/bin/env bash
# The main job on real data: how many groups are there among 82 galaxies, judged by the evidence of normal mixtures?
# The posterior of a mixture with k groups has k! equal modes, so a single chain stays in one; tempering visits them all.
#   demo.sh COMMAND [FOLDER]
set -euo pipefail
dovetail=$1
folder=${2:-dovetail-runs/demo}
mkdir -p "$folder"

for k in 1 2 3 4 5; do
  echo
  echo "== $k group(s): dovetail temper builtin:galaxies,k=$k --rounds 10 --out $folder/k$k --force"
  if [ "$k" -eq 3 ]; then
    "$dovetail" temper "builtin:galaxies,k=$k" --rounds 10 --out "$folder/k$k" --force
  else
    "$dovetail" temper "builtin:galaxies,k=$k" --rounds 10 --out "$folder/k$k" --force --quiet | tail -n 1
  fi
done

echo
echo "== The groups compared: dovetail summary $folder/k*"
"$dovetail" summary "$folder"/k*
echo
echo "== A page to look at in a browser: dovetail report $folder/k3"
"$dovetail" report "$folder/k3"
echo
echo "Draws, figures and settings of each run are in $folder/k1 ... k5; try: $dovetail verify $folder/k3"
