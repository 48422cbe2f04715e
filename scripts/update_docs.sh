#!/usr/bin/env bash
# Renews the output that the documentation shows. After a line
#   <!-- printed by: COMMAND -->
# the next fenced block becomes what COMMAND prints on stdout.
#   update_docs.sh COMMAND FILE...        COMMAND: the built dovetail
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: scripts/update_docs.sh build/dovetail README.md ..." >&2; exit 2; }
path=$(cd "$(dirname "$1")" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
shift

for file in "$@"; do
  renewed=$(mktemp)
  state=text
  while IFS= read -r line || [ -n "$line" ]; do
    if [ "$state" = old ]; then
      [ "$line" = '```' ] || continue
      state=text
    fi
    printf '%s\n' "$line" >>"$renewed"
    if [[ "$line" == '<!-- printed by: '*' -->' ]]; then
      command=${line#'<!-- printed by: '}
      command=${command%' -->'}
      IFS= read -r fence
      printf '%s\n' "$fence" >>"$renewed"
      work=$(mktemp -d)
      ln -s "$root/examples" "$work/examples"
      (cd "$work" && PATH="$path:$PATH" bash -euo pipefail -c "$command") >>"$renewed"
      rm -rf "$work"
      state=old
    fi
  done <"$file"
  cat "$renewed" >"$file"
  rm "$renewed"
done
