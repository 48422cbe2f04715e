#!/usr/bin/env bash
# The Debian package of a build: what it says of itself, what it holds, and that the command runs from it.
#   deb_test.sh CPACK BUILD VERSION
set -euo pipefail
cpack=$1 build=$2 version=$3
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v $tool >/dev/null || { echo "skipped: there is no $tool (Debian: dpkg-dev)"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$cpack" --config "$build/CPackConfig.cmake" -B "$work" >log 2>&1 || { cat log; exit 1; }
deb=dovetail_${version}_$(dpkg --print-architecture).deb
[ "$(ls ./*.deb)" = "./$deb" ]

[ "$(dpkg-deb -f "$deb" Package)" = dovetail ]
[ "$(dpkg-deb -f "$deb" Version)" = "$version" ]
depends=$(dpkg-deb -f "$deb" Depends)
for library in libc6 libstdc++6 libfmt libssl zlib1g; do
  case $depends in *"$library"*) ;; *) echo "does not depend on $library: $depends"; exit 1 ;; esac
done

dpkg-deb -c "$deb" | awk '{print $1, $2, $6}' >content
# all below /usr, of root, writable by nobody else, and no part of the library
if awk '$3 != "./" && $3 !~ /^[.]\/usr\// || $2 != "root/root" || substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w"' \
  content | grep .; then
  echo "these should not be in the package so"
  exit 1
fi
if grep -E '[.](hpp|a|cmake)$' content; then
  echo "the package is of the command alone"
  exit 1
fi
for file in bin/dovetail share/man/man1/dovetail.1 share/man/man1/dovetail-export.1 \
  share/bash-completion/completions/dovetail share/zsh/site-functions/_dovetail \
  share/fish/vendor_completions.d/dovetail.fish share/doc/dovetail/LICENSE share/doc/dovetail/NOTICE; do
  grep -q " [.]/usr/$file\$" content || { echo "$file is not there"; exit 1; }
done

dpkg-deb -x "$deb" root
if readelf -d root/usr/bin/dovetail | grep -E 'RPATH|RUNPATH'; then
  echo "the command looks for libraries where it was built"
  exit 1
fi
[ "$(root/usr/bin/dovetail --version)" = "$("$build/dovetail" --version)" ]
root/usr/bin/dovetail doctor >/dev/null
root/usr/bin/dovetail temper builtin:mvn --rounds 3 --seed 1 --quiet --out run >/dev/null
"$build/dovetail" verify run --quiet
echo "built, looked at and run: $deb"
