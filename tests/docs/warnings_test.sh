#!/bin/sh
# Usage: warnings_test.sh COMMAND ROOT. docs/warnings.md is what COMMAND says of its warnings.
set -eu
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$2/scripts/warnings_page.sh" "$1" >"$page"
diff "$2/docs/warnings.md" "$page" || {
  echo "docs/warnings.md is not what $1 says: run scripts/warnings_page.sh $1 >docs/warnings.md" >&2
  exit 1
}
