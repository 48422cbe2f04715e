#!/bin/sh
# Usage: check_docs.sh ROOT. Prints every path under docs/ that a source or page names and that is not there, every cited
# section without a heading, every relative link or anchor of a page that leads nowhere, and every decision whose number
# is taken or is not its heading's; exit code 1 when there are any. check_docs_test.sh plants one of each.
set -eu
cd "$1"
files() {
  find . \( -path './.git' -o -path './build*' -o -path './.cache' -o -path './dovetail-runs' -o -path './runs' \) -prune -o "$@" -print |
    sed 's,^\./,,' | LC_ALL=C sort
}
pages=$(files -type f -name '*.md')
named_in=$(files -type f \( -name '*.md' -o -name '*.?pp' -o -name '*.[hc]' -o -name '*.inc' -o -name '*.sh' -o -name '*.py' \
  -o -name '*.cmake' -o -name CMakeLists.txt -o -name CMakePresets.json -o -name Makefile -o -name NOTICE \))

# The list of all files and folders comes first, then the pages for their headings, then everything to be checked.
# shellcheck disable=SC2086
{ files -type d; files -type f; } | LC_ALL=C awk '
function report(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what
  bad = 1
}
function slug(heading) {  # as GitHub makes anchors of headings
  heading = tolower(heading)
  gsub(/[`!-,.\/:-@\[-^{-~]/, "", heading)
  gsub(/ /, "-", heading)
  return heading
}
function resolved(from, target,    parts, kept, n, i, out, depth) {
  if (from ~ /\//) {
    sub(/\/[^\/]*$/, "/", from)
    target = from target
  }
  n = split(target, parts, "/")
  depth = 0
  for (i = 1; i <= n; ++i) {
    if (parts[i] == "." || parts[i] == "") continue
    if (parts[i] == "..") {
      if (--depth < 0) return "(outside)"
      continue
    }
    kept[++depth] = parts[i]
  }
  out = kept[1]
  for (i = 2; i <= depth; ++i) out = out "/" kept[i]
  return depth < 1 ? "." : out
}
function check_decision(number) {
  if (!(number in decision)) report("names decision " number ", which is not in docs/adr")
}
# The numbers that follow a path: "docs/adr/0011, 0012" or "page.md sections 1 and 2".
function check_sections(page, rest,    number) {
  if (!match(rest, /^,? sections? [0-9]+/)) return
  while (match(rest, /^(,? sections? |, | and )[0-9]+/)) {
    number = substr(rest, 1, RLENGTH)
    sub(/^[^0-9]*/, "", number)
    if (!((page, number) in section)) report("names section " number " of " page ", which has no such heading")
    rest = substr(rest, RLENGTH + 1)
  }
}
function check_named(line,    token, before, rest) {
  while (match(line, /(docs|adr)\/[A-Za-z0-9_.\/-]*[A-Za-z0-9]/)) {
    token = substr(line, RSTART, RLENGTH)
    before = RSTART > 1 ? substr(line, RSTART - 1, 1) : " "
    rest = substr(line, RSTART + RLENGTH)
    line = rest
    if (before ~ /[A-Za-z0-9_\/.-]/ || token ~ /NNNN/) continue  # the middle of another path or address; a pattern
    if (token ~ /^(docs\/)?adr\/[0-9][0-9][0-9][0-9]$/) {
      check_decision(substr(token, length(token) - 3))
      while (match(rest, /^(, | and )[0-9][0-9][0-9][0-9]/)) {
        check_decision(substr(rest, RLENGTH - 3, 4))
        rest = substr(rest, RLENGTH + 1)
      }
    } else if (token ~ /^docs\//) {
      if (!(token in there)) report("names " token ", which is not there")
      else check_sections(token, rest)
    }
  }
}
function check_links(line,    target, path, anchor) {
  gsub(/`[^`]*`/, "", line)
  while (match(line, /\]\([^)]*\)/)) {
    target = substr(line, RSTART + 2, RLENGTH - 3)
    line = substr(line, RSTART + RLENGTH)
    if (target ~ /^[a-z]+:/) continue
    path = target
    sub(/#.*/, "", path)
    anchor = target ~ /#/ ? target : ""
    sub(/^[^#]*#/, "", anchor)
    path = path == "" ? FILENAME : resolved(FILENAME, path)
    if (!(path in there)) report("links to " target ", which is not there")
    else if (anchor != "" && !((path, anchor) in heading)) report("links to " target ", but there is no such heading")
  }
}

FILENAME == "-" || FILENAME == "" {
  there[$0] = 1
  if ($0 !~ /^docs\/adr\/./) next
  name = substr($0, 10)
  number = substr(name, 1, 4)
  if (name !~ /^[0-9][0-9][0-9][0-9]-[a-z0-9-]+[.]md$/) { print $0 ": is not called NNNN-title.md"; bad = 1 }
  else if (number in decision) { print $0 ": its number is that of " decision[number]; bad = 1 }
  else decision[number] = name
  next
}
FNR == 1 { fenced = 0 }
FILENAME ~ /[.]md$/ && /^ *```/ { fenced = !fenced }
pass == 1 {
  if (fenced || !/^#+ /) next
  title = $0
  sub(/^#+ */, "", title)
  heading[FILENAME, slug(title)] = 1
  if (title ~ /^[0-9]+[.] /) section[FILENAME, title + 0] = 1
  next
}
{
  line = $0
  if (FILENAME ~ /[.]md$/ && !fenced) gsub(/\]\([^)]*\)/, "]", line)  # links are checked as links
  check_named(line)
}
FILENAME ~ /^docs\/adr\/[0-9]/ && FNR == 1 && $0 !~ ("^# " (substr(FILENAME, 10, 4) + 0) "[.] ") {
  report("its heading does not begin with its number")
}
FILENAME ~ /[.]md$/ && !fenced { check_links($0) }
END { exit bad }
' - pass=1 $pages pass=2 $named_in
