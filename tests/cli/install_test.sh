#!/usr/bin/env bash
# Installs a build, then configures, builds and runs the examples against the installed package as a project of their own.
#   install_test.sh CMAKE BUILD SOURCE
set -euo pipefail
cmake=$1 build=$2 source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
"$work/prefix/bin/dovetail" --version
for file in man/man1/dovetail.1 man/man1/dovetail-temper.1 bash-completion/completions/dovetail \
  zsh/site-functions/_dovetail fish/vendor_completions.d/dovetail.fish; do
  test -s "$work/prefix/share/$file"
done
"$cmake" -S "$source/examples" -B "$work/examples" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
grep -q "$work/prefix" "$work/examples/CMakeCache.txt"  # the installed package, not the source tree
"$cmake" --build "$work/examples" >/dev/null
"$work/examples/example_two_gates" >/dev/null
echo "installed, found, built and run"
