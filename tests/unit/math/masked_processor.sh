#!/bin/sh
# Usage: masked_processor.sh PROGRAM. The mathematics' table must have the same bits when glibc is told that the processor
# lacks FMA and AVX2: a second processor on one machine. Control: glibc's own exp must change, or the mask did nothing.
# The names are those of glibc 2.36 (2.26 to 2.32 know AVX2_Usable and FMA_Usable instead; unknown names are ignored).
set -eu
plain=$("$1")
masked=$(GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-FMA_Usable,-AVX2 "$1")
printf 'plain:\n%s\nmasked:\n%s\n' "$plain" "$masked"
of() { printf '%s\n' "$2" | sed -n "s/^$1 //p"; }
[ -n "$(of portable "$plain")" ]
if [ "$(of portable "$plain")" != "$(of portable "$masked")" ]; then
  echo "the portable mathematics follows the processor" >&2
  exit 1
fi
if ! grep -qw fma /proc/cpuinfo; then
  echo "this processor has no FMA: nothing to mask, the control does not apply"
elif [ "$(of glibc "$plain")" = "$(of glibc "$masked")" ]; then
  echo "glibc's exp did not change under the mask, so the mask did nothing and this test shows nothing" >&2
  exit 1
fi
# Whole runs under the mask (invariance/masked_command.sh) rest on this.
if [ "$(of triangles "$masked")" != baseline ]; then
  echo "triangles are multiplied with AVX2 under the mask" >&2
  exit 1
fi
if grep -qw avx2 /proc/cpuinfo && [ "$(of triangles "$plain")" != avx2 ]; then
  echo "triangles are multiplied without AVX2, which this processor has" >&2
  exit 1
fi
