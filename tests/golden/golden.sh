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
temper builtin:mvn,d=5 --rounds 7
temper builtin:mvn,d=5 --rounds 7 --seed 18446744073709551615 --kernel slice --replicas 6
temper builtin:mvn,d=3 --rounds 6 --kernel exact --replicas 5
temper builtin:mvn,d=3 --rounds 8 --reference variational --legs 2 --every-rung --keep all
temper builtin:modes --rounds 8 --copies 4
temper builtin:banana --rounds 7 --kernel automala
temper builtin:funnel --rounds 7
temper builtin:eight_schools --rounds 7 --reference gaussian
temper builtin:unid --rounds 7 --schedule 0,0.001,0.01,0.1,0.3,1
temper builtin:ising,L=4 --rounds 8
temper builtin:spike_slab --rounds 7
temper builtin:galaxies,k=3 --rounds 7 --copies 2
sample builtin:eight_schools --draws 200
sample builtin:eight_schools --draws 200 --kernel mh --warmup 100
sample builtin:slopes,groups=4,rows=5 --draws 100 --warmup-scheme stan --warmup 100 --chains 3
sample builtin:galaxies --draws 100 --kernel 0.5*slice|0.5*mala --warmup 60 --thin 2
sample builtin:sky --draws 200 --warmup 60 --kernel nuts+slice
RUNS
}

digests() {
  configurations | while read -r words; do
    # shellcheck disable=SC2086 # words are words
    set -f
    "$1" $words --out "$folder/run" --force -q >/dev/null
    digest=$("$1" digest "$folder/run")
    echo "$digest $words"
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
