#!/usr/bin/env bash
# The documentation as a site that needs no network: pages by MkDocs, the C++ reference by Doxygen. Warnings are errors.
#   build.sh FOLDER        is made anew
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/site/build.sh FOLDER" >&2; exit 2; }
root=$(realpath "$(dirname "$0")/../..")
out=$(realpath -m "$1")
for tool in mkdocs doxygen; do
  command -v $tool >/dev/null || {
    echo "$0: there is no $tool. On Debian: make deps-docs, which installs mkdocs-material and doxygen" >&2
    exit 2
  }
done
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

headers=$(sed -n 's/^set(interface_folders \(.*\))$/\1/p' cmake/install.cmake | sed 's,[^ ][^ ]*,dovetail/&,g')
{
  cat scripts/site/Doxyfile
  echo "INPUT = scripts/site/reference.md dovetail/dovetail.hpp $headers"
  echo "OUTPUT_DIRECTORY = $work"
  echo "GENERATE_TAGFILE = $work/dovetail.tag"
  echo "STRIP_FROM_PATH = $root"
} | doxygen -

# Doxygen 1.9.4 leads from classes whose nested ones are all private to a list that it then leaves out.
grep -L 'name="nested-classes"' "$work"/html/class*.html |
  xargs sed -i 's,<a href="#nested-classes">Classes</a> &#124;,,'

DOVETAIL_REFERENCE="$work" mkdocs build --quiet --strict --clean --site-dir "$out"
cp -R "$work/html/." "$out/reference/"
echo "$out/index.html  (with search: python3 -m http.server --directory $1)"
