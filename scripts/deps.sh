#!/usr/bin/env bash
# Installs the Debian packages that a build needs and this machine lacks, or those that are named. Asks for nothing when
# all are there; where it may not install, prints the command to run and exits 2.
set -euo pipefail

packages=(
  g++ cmake ninja-build make
  librandom123-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev libboost-dev
  libssl-dev zlib1g-dev libzstd-dev libnetcdf-dev musl-dev libmpfr-dev libgtest-dev libopenmpi-dev openmpi-bin
  redis-server stunnel4
)
[ $# -eq 0 ] || packages=("$@")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  sudo=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  sudo=(sudo)
else
  echo "$0: packages are missing and this user may not install them. Run:" >&2
  echo "  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 2
fi
echo "installing: ${missing[*]}" >&2
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
