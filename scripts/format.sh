#!/usr/bin/env bash
# clang-format on every source that git knows, in place; with --check, changes nothing and fails where it would.
set -euo pipefail
command -v clang-format >/dev/null || { echo "scripts/format.sh: install clang-format" >&2; exit 2; }
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format "${mode[@]}"
