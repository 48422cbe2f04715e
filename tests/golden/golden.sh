#!/bin/sh
# Usage: golden.sh --check|--write DOVETAIL. The digests of small runs, pinned in digests.txt beside this script: a change
# of one bit of a draw, a tuning or an evidence changes them. `make golden` writes them anew; that is a commit of its own,
# with the reason, since it changes the results of everybody's seeds.
set -eu
pinned=$(dirname "$0")/digests.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

configurations() {
  cat <<RUNS
builtin:mvn,d=5 --rounds 7
builtin:mvn,d=5 --rounds 7 --seed 18446744073709551615 --kernel slice --replicas 6
builtin:mvn,d=3 --rounds 6 --kernel exact --replicas 5
builtin:mvn,d=3 --rounds 8 --reference variational --legs 2 --every-rung --keep all
builtin:modes --rounds 8 --copies 4
builtin:banana --rounds 7 --kernel automala
builtin:funnel --rounds 7
builtin:eight_schools --rounds 7 --reference gaussian
builtin:unid --rounds 7 --schedule 0,0.001,0.01,0.1,0.3,1
builtin:ising,L=4 --rounds 8
builtin:spike_slab --rounds 7
builtin:galaxies,k=3 --rounds 7 --copies 2
RUNS
}

digests() {
  configurations | while read -r words; do
    # shellcheck disable=SC2086 # words are words
    "$1" temper $words --out "$folder/run" --force -q >/dev/null
    digest=$("$1" digest "$folder/run")
    echo "$digest temper $words"
  done
}

case $1 in
--write)
  digests "$2" >"$folder/digests.txt"
  mv "$folder/digests.txt" "$pinned"
  echo "wrote $pinned"
  ;;
--check)
  digests "$2" >"$folder/digests.txt"
  if ! diff -u "$pinned" "$folder/digests.txt"; then
    echo "results have changed: with - the pinned ones, with + those of $2 (see the head of $0)" >&2
    exit 1
  fi
  ;;
*)
  echo "usage: golden.sh --check|--write DOVETAIL" >&2
  exit 2
  ;;
esac
