#!/bin/sh
# Usage: masked_command.sh DOVETAIL MATH_IDENTITY. Whole runs must have the same digest when glibc is told that the
# processor lacks FMA and AVX2: a second processor on one machine. Control: glibc's own exp must change, or the mask did
# nothing. (Names of glibc 2.36; others know AVX2_Usable and FMA_Usable instead, unknown names are ignored.)
set -eu
mask=glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-AVX2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

plain=$("$2" | sed -n 's/^glibc //p')
masked=$(GLIBC_TUNABLES=$mask "$2" | sed -n 's/^glibc //p')
[ -n "$plain" ]
if ! grep -qw fma /proc/cpuinfo; then
  echo "this processor has no FMA: nothing to mask, the control does not apply"
elif [ "$plain" = "$masked" ]; then
  echo "glibc's exp did not change under the mask, so the mask did nothing and this test shows nothing" >&2
  exit 1
fi

while read -r name words; do
  # shellcheck disable=SC2086 # words are words
  "$1" $words --out "$folder/$name" -q >/dev/null
  # shellcheck disable=SC2086
  GLIBC_TUNABLES=$mask "$1" $words --out "$folder/$name-masked" -q >/dev/null
  one=$("$1" digest "$folder/$name")
  other=$("$1" digest "$folder/$name-masked")
  echo "$one $other $words"
  if [ "$one" != "$other" ]; then
    echo "the result of \`temper $words\` follows the processor" >&2
    exit 1
  fi
  GLIBC_TUNABLES=$mask "$1" verify "$folder/$name" -q
done <<RUNS
modes temper builtin:modes --rounds 8
ising temper builtin:ising,L=4 --rounds 8
spike_slab temper builtin:spike_slab --rounds 7
galaxies temper builtin:galaxies,k=2 --rounds 7 --copies 2
mvn temper builtin:mvn,d=5 --rounds 8 --reference variational --legs 2 --every-rung
eight_schools temper builtin:eight_schools --rounds 7 --kernel automala
funnel temper builtin:funnel --rounds 7
slopes sample builtin:slopes,groups=10,rows=5 --draws 100 --chains 2
mh sample builtin:eight_schools --draws 200 --kernel mh
RUNS
