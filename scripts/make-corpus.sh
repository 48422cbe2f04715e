#!/usr/bin/env bash
# Makes corpora of files that a Debian machine has, for `dovetail lda` and its benchmark.
#
#   scripts/make-corpus.sh DIR [small] [large] [source] [NAME=FOLDER ...]
#
# DIR          where NAME.gz are written: bags of words, compressed; created if it is not there
# small        documentation of the installed packages (/usr/share/doc); made unasked
# large        documentation, manual pages, headers and scripts of installed packages
# source       sources of the kernel, some 70 million tokens: package linux-source-6.1 (139 MB), which apt-get downloads
#              into DIR unless it lies there already
# NAME=FOLDER  a corpus of your own files
#
# The same files give the same bytes. Rules stand in scripts/bag_of_words.pl. Needs perl and gzip, which every Debian has;
# `source` needs apt-get, dpkg-deb and tar too.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}
[ $# -ge 1 ] || usage
case $1 in -*) usage ;; esac
folder=$1
shift
[ $# -gt 0 ] || set -- small
mkdir -p "$folder"
trap 'rm -rf "$folder"/*.part "$folder/source.tree"' EXIT

# bag NAME MIN_COUNT MIN_DOCUMENTS ROOT FOLDER...: names of documents are paths below ROOT.
bag() {
  local name=$1 min_count=$2 min_documents=$3 root=$4
  shift 4
  local part="$folder/$name.gz.part"
  { find "$@" -type f -size -2048k -print0 2>/dev/null || true; } | sort -z |
    perl "$here/bag_of_words.pl" "$root" "$min_count" "$min_documents" "$folder/$name.txt.part" | gzip -n -6 >"$part"
  mv "$part" "$folder/$name.gz"
  sha256sum "$folder/$name.gz"
}

present() {
  local path
  for path in "$@"; do [ ! -d "$path" ] || echo "$path"; done
}

kernel_source() {
  local package=linux-source-6.1 deb tree
  deb=$(find "$folder" -maxdepth 1 -name "${package}_*.deb" | sort | tail -n 1)
  if [ -z "$deb" ]; then
    (cd "$folder" && apt-get -q download "$package" >&2)
    deb=$(find "$folder" -maxdepth 1 -name "${package}_*.deb" | sort | tail -n 1)
  fi
  tree=$folder/source.tree
  rm -rf "$tree"
  mkdir "$tree"
  dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/$package.tar.xz | tar -xJ -C "$tree" --strip-components=1
  bag source 20 5 "$tree/" "$tree"
}

for wanted in "$@"; do
  case $wanted in
    small) bag small 5 3 /usr/share/doc/ /usr/share/doc ;;
    large)
      mapfile -t folders < <(present /usr/share/doc /usr/share/man /usr/include /usr/share/perl /usr/share/perl5 \
        /usr/lib/python3 /usr/lib/python3.11)
      bag large 5 3 /usr/ "${folders[@]}"
      ;;
    source) kernel_source ;;
    *=*)
      [ -d "${wanted#*=}" ] || { echo "$0: ${wanted#*=} is no folder; give one whose files are documents" >&2 && exit 2; }
      bag "${wanted%%=*}" 1 1 "${wanted#*=}/" "${wanted#*=}"
      ;;
    *) echo "$0: there is no corpus \"$wanted\"; there are small, large, source and NAME=FOLDER" >&2 && exit 2 ;;
  esac
done
