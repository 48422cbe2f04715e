#!/usr/bin/env bash
# Prints docs/warnings.md, made of what the command says of its warnings.
#   warnings_page.sh build/dovetail >docs/warnings.md
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/warnings_page.sh build/dovetail >docs/warnings.md" >&2; exit 2; }
dovetail=$1

cat <<'END'
# Warnings

<!-- Made by scripts/warnings_page.sh of `dovetail help`; a test compares. The words are in dovetail/diagnose/warnings.cpp. -->

Every run ends with `no problems detected`, with warnings, or with `incomplete` and why. A warning names the quantity that is worst, its
value, and what to do first; this page says what it means, why it comes, and what else helps. `dovetail help W104` prints the same,
`dovetail help warnings` the list. With `--strict` a run that warns exits with code 4. Numbers are never given to another warning.

What is measured, and at which value it warns, stands in [diagnostics](diagnostics.md#warnings); how the same trouble looks in a picture
in [reading plots](reading-plots.md). That a run has no warning is no proof that its answer is right: a mode that no chain came near
leaves no trace.
END
family=
"$dovetail" help warnings | sed -n 's/^  \(W[0-9]*\)  \(.*\)/\1 \2/p' | while read -r id title; do
  if [ "${id:0:2}" != "$family" ]; then
    family=${id:0:2}
    case $family in
      W1) printf '\n## Draws\n' ;;
      W2) printf '\n## The ladder and the evidence of `temper`, and the model\n' ;;
      W3) printf '\n## Sites and the answer of `ep`\n' ;;
      *) echo "$0: no heading for $id" >&2; exit 1 ;;
    esac
  fi
  printf '\n### %s\n\n**%s.**\n' "$id" "$title"
  "$dovetail" help "$id" | tail -n +2  # without the line that the heading stands for
done
