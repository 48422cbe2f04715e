#!/bin/sh
# Usage: check_docs_test.sh ROOT. Proves check_docs.sh: a small project with good names and links passes, and each planted
# mistake is reported, alone.
set -eu
check=$1/tests/docs/check_docs.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
d=docs  # so that the names below are not taken for names in this file
mkdir -p "$work/$d/adr" "$work/$d/maths" "$work/dovetail/core"
printf '# One\n\n[page](maths/page.md#2-what-it-says), [other](adr), [self](#one), [far](https://example.org/%s/absent.md)\n```\n[no link](in-a-block.md)\n```\n' \
  "$d" >"$work/$d/README.md"
printf '# A page\n\n## 1. First\n\n## 2. What it says\n\n[up](../README.md#one)\n' >"$work/$d/maths/page.md"
printf '# 1. First decision\n' >"$work/$d/adr/0001-first.md"
printf '# 12. Second decision, see adr/0001\n' >"$work/$d/adr/0012-second.md"
printf '// %s/maths/page.md sections 1 and 2, %s/adr/0001, 0012; %s/adr/0012-second.md. See %s/adr/NNNN-title.md\n' $d $d $d $d \
  >"$work/dovetail/core/good.hpp"
sh "$check" "$work" || { echo "a project without mistakes was refused" >&2; exit 1; }

planted=0
# plant FILE TEXT MESSAGE: with TEXT as FILE, MESSAGE and nothing else must be reported
plant() {
  planted=$((planted + 1))
  printf '%b\n' "$2" >"$work/$1"
  if sh "$check" "$work" >"$work.found"; then
    echo "not reported: $3" >&2
    exit 1
  fi
  if [ "$(grep -c . "$work.found")" -ne 1 ] || ! grep -qF "$3" "$work.found"; then
    echo "expected only: $3" >&2
    cat "$work.found" >&2
    exit 1
  fi
  rm "$work/$1" "$work.found"
}
trap 'rm -rf "$work" "$work.found"' EXIT
plant dovetail/core/p.hpp "// see $d/absent.md" "names $d/absent.md, which is not there"
plant dovetail/core/p.cpp "int a;  // $d/maths/page.md section 3" "names section 3 of $d/maths/page.md"
plant dovetail/core/q.cpp "// $d/maths/page.md sections 2 and 4" "names section 4 of $d/maths/page.md"
plant dovetail/core/p.cmake "# $d/adr/0002" 'names decision 0002'
plant dovetail/core/q.cmake "# $d/adr/0001, 0003" 'names decision 0003'
plant dovetail/core/r.cmake "# $d/adr/0001-other-title.md" "names $d/adr/0001-other-title.md"
plant README.md "[dead]($d/dead.md)" "links to $d/dead.md, which is not there"
plant "$d/p.md" '[dead](maths/dead.md)' 'links to maths/dead.md, which is not there'
plant "$d/q.md" '[dead](maths/page.md#3-nothing)' 'but there is no such heading'
plant "$d/r.md" '[up](../../outside.md)' 'links to ../../outside.md, which is not there'
plant "$d/adr/0012-twin.md" '# 12. Twin' 'its number is that of'
plant "$d/adr/0013-mistitled.md" '# 14. Mistitled' 'its heading does not begin with its number'
plant "$d/adr/notes.md" '# Notes' 'is not called NNNN-title.md'
echo "$planted planted mistakes found"
