#!/bin/sh
# Usage: make_corpus_test.sh SCRIPT DOVETAIL. Corpora of a folder's files: the rules, the same bytes twice, and that
# `dovetail lda` reads them.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
files=$place/files
mkdir -p "$files/a b"
printf 'Apple apple, PEAR-plum ox; apple7pear\n' >"$files/first"
printf 'pear plum pear plum fig\n' >"$files/a b/second file.txt"
printf 'apple\tfig fig fig fig abcdefghijklmnopqrstuvwxyz\n' | gzip -n >"$files/third.gz"
printf 'too few words\n' >"$files/short"
printf 'apple apple apple apple apple\0\n' >"$files/binary"
printf 'apple apple apple apple apple\n' >"$files/copyright"
printf 'apple apple apple apple apple\n' >"$files/picture.png"
printf 'pear apple pear apple pear\n' >"$files/zero"
ln -s first "$files/link"

printf 'a_b/second_file.txt\tfig:1\tpear:2\tplum:2\nfirst\tapple:3\tpear:2\tplum:1\nthird.gz\tapple:1\tfig:4\nzero\tapple:2\tpear:3\n' \
  >"$place/wanted"
"$1" "$place/one" mine="$files" >"$place/said" 2>&1
gzip -dc "$place/one/mine.gz" | cmp - "$place/wanted"
grep -q '^4 documents, 4 words, 21 tokens$' "$place/said"
"$1" "$place/two" mine="$files" >/dev/null 2>&1
cmp "$place/one/mine.gz" "$place/two/mine.gz"
[ "$(ls "$place/one")" = mine.gz ]

"$2" lda "$place/one/mine.gz" --topics 2 --sweeps 5 --out "$place/run" --quiet
"$2" lda "$place/wanted" --topics 2 --sweeps 5 --out "$place/plain" --quiet
[ "$("$2" digest "$place/run")" = "$("$2" digest "$place/plain")" ]

fails() {
  if "$@" >"$place/said" 2>&1; then
    echo "passes: $*"
    exit 1
  fi
}
fails "$1"
fails "$1" "$place/three" unknown
grep -q 'there is no corpus "unknown"' "$place/said"
fails "$1" "$place/three" mine="$place/none"
grep -q 'is no folder' "$place/said"
mkdir "$place/empty"
fails "$1" "$place/three" mine="$place/empty"
grep -q 'no document among these files' "$place/said"
[ ! -e "$place/three/mine.gz" ]
echo "corpora of files are as they should be"
