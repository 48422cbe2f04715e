#!/bin/sh
# Usage: check_objects.sh OBJDUMP NM CONTRACTED CALLER OBJECT... The objects and libraries must hold no fused
# multiply-add and call none of the mathematics that glibc chooses by processor. Controls: the object CONTRACTED, built
# with contraction for a processor that has it, must show some; the object CALLER, which calls std::exp, must show that.
set -eu
objdump=$1 nm=$2 contracted=$3 caller=$4
shift 4
fused() { "$objdump" -d --no-show-raw-insn "$1" | grep -cE '[[:space:]]vfn?m(add|sub)' || true; }
glibc_calls() {
  "$nm" --undefined-only "$1" | awk '$1 == "U" && $2 ~ /^(exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|sin|cos|sincos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|lgamma|lgamma_r|tgamma|cbrt|hypot|fma)f?l?(@.*)?$/ { print $2 }' | sort -u
}
bad=0
if [ "$(fused "$contracted")" -eq 0 ]; then
  echo "control: no fused multiply-add found where there must be some, so the search finds nothing" >&2
  bad=1
fi
if [ "$(glibc_calls "$caller")" != exp ]; then
  echo "control: the call of std::exp was not found" >&2
  bad=1
fi
[ $# -gt 5 ] || { echo "only $# objects to check" >&2; bad=1; }
for object in "$@"; do
  [ -s "$object" ] || { echo "$object is missing" >&2; bad=1; continue; }
  count=$(fused "$object")
  calls=$(glibc_calls "$object" | tr '\n' ' ')
  echo "$(basename "$object"): $count fused multiply-adds; calls of glibc's mathematics: ${calls:-none}"
  [ "$count" -eq 0 ] || bad=1
  [ -z "$calls" ] || bad=1
done
exit $bad
