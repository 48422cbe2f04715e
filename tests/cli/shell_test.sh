#!/usr/bin/env bash
# What shells offer, asked of the shells themselves, and manual pages without a complaint of groff. Exit code 77 where a
# program is missing.
#   shell_test.sh DOVETAIL bash|zsh|fish|man
set -euo pipefail
dovetail=$1 what=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
has() { command -v "$1" >/dev/null || { echo "skipped: there is no $1"; exit 77; }; }
expect() {  # NAME WANTED GOT, both one word a line, in any order
  diff <(sort -u <<<"$2") <(sort -u <<<"$3") >/dev/null || { printf '%s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$3"; exit 1; }
}

case $what in
bash)
  has bash
  source <("$dovetail" completion bash)
  offers() {  # the words of the line; the last is to be completed
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _dovetail
    printf '%s\n' "${COMPREPLY[@]}"
  }
  cd "$work" && touch model.stan
  expect commands temper "$(offers dovetail tem)"
  expect options "$(printf '%s\n' --round-timeout --rounds)" "$(offers dovetail temper m --roun)"
  expect values "$(printf '%s\n' score)" "$(offers dovetail ep m --estimator sc)"
  expect models mvn "$(offers dovetail temper builtin : mv)"
  expect files model.stan "$(offers dovetail sample mod)"
  expect 'words and files' "$(printf '%s\n' auto uniform prior model.stan)" "$(offers dovetail sample m --init '')"
  ;;
zsh)
  has zsh
  "$dovetail" completion zsh >"$work/_dovetail"
  # Its own completion system wants a terminal; here what it would be given is looked at.
  got=$(zsh -f -c '
    _describe() { print -l -- ${(P)2%%:*} }
    _arguments() { print -l -- "$@" }
    compdef() { : }
    source $1
    words=(dovetail tem) CURRENT=2; _dovetail | grep -x temper
    words=(dovetail ep m --estimator sc) CURRENT=5; _dovetail | grep -o "^--estimator=.*(score lap .*)"' \
    zsh "$work/_dovetail")
  [[ $got == temper$'\n'--estimator=* ]] || { echo "$got"; exit 1; }
  ;;
fish)
  has fish
  "$dovetail" completion fish >"$work/dovetail.fish"
  offers() { HOME=$work fish --no-config -c "source $work/dovetail.fish; complete -C '$1'" | cut -f1; }
  expect commands temper "$(offers 'dovetail tempe')"
  expect values "$(printf '%s\n' score)" "$(offers 'dovetail ep m --estimator sc')"
  offers 'dovetail temper --round' | grep -qx -- --rounds
  ;;
man)
  has groff
  "$dovetail" manual --all "$work/man"
  [ "$(ls "$work/man" | wc -l)" -gt 20 ]
  for page in "$work"/man/*.1; do
    complaints=$(groff -man -ww -Tascii -z "$page" 2>&1)
    [ -z "$complaints" ] || { echo "$page: $complaints"; exit 1; }
  done
  groff -man -Tascii -P-cbou "$work/man/dovetail-temper.1" >"$work/page"
  grep -q -- '--rounds N' "$work/page"
  "$dovetail" manual temper | cmp - "$work/man/dovetail-temper.1"
  ;;
esac
