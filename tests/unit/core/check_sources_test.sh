#!/bin/sh
# Usage: check_sources_test.sh ROOT. Plants one violation of each kind in a copy of the sources and demands that
# check_sources.sh reports every one, and nothing in the copy as it was.
set -eu
check=$(dirname "$0")/check_sources.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cmake"
cp -R "$1/dovetail" "$work/"
cp "$1"/cmake/*.cmake "$work/cmake/"
cp "$1/CMakeLists.txt" "$work/"
sh "$check" "$work" || { echo "the sources were not clean before anything was planted" >&2; exit 1; }

planted=0
: >"$work.expected"
# plant FILE LINE MESSAGE: a new file with that line, in which MESSAGE must be found
plant() {
  planted=$((planted + 1))
  mkdir -p "$(dirname "$work/$1")"
  printf '// planted\n%s\n' "$2" >"$work/$1"
  printf '%s:2: %s\n' "$1" "$3" >>"$work.expected"
}
trap 'rm -rf "$work" "$work.expected" "$work.found"' EXIT
plant dovetail/core/p1.hpp '#include "dovetail/math/sums.hpp"' 'includes dovetail/math, which core may not depend on'
plant dovetail/kernel/p2.cpp '#include "dovetail/jobs/temper.hpp"' 'includes dovetail/jobs, which kernel may not depend on'
plant dovetail/execute/p3.cpp '#include "dovetail/run/run.hpp"' 'includes dovetail/run, which execute may not depend on'
plant dovetail/math/p4.cpp '#include <thread>' 'includes <thread>, which math may not use'
plant dovetail/tempering/deeper/p5.cpp '#  include <chrono>' 'includes <chrono>, which tempering may not use'
plant dovetail/cli/p6.cpp '#include <random>' 'includes <random>, which cli may not use'
plant dovetail/model/p7.cpp '#include <unordered_map>' 'includes <unordered_map>, which model may not use'
plant dovetail/diagnose/p8.cpp '#include <iostream>' 'includes <iostream>, which diagnose may not use'
plant dovetail/adapt/p9.cpp '#include <fstream>' 'includes <fstream>, which adapt may not use'
plant dovetail/kernel/p10.cpp '#include <filesystem>' 'includes <filesystem>, which kernel may not use'
plant dovetail/math/p11.cpp '#include <Eigen/Dense>' 'includes <Eigen/Dense>, which math may not use'
plant dovetail/core/p12.hpp '#include <Random123/philox.h>' 'includes <Random123/philox.h>, third party'
plant dovetail/kernel/p13.cpp 'double a(double x) { return std::exp(x); }' 'a call whose result may differ'
plant dovetail/jobs/p14.cpp 'double b(double x) { return ::log1p(x); }' 'a call whose result may differ'
plant dovetail/model/p15.cpp 'std::normal_distribution<double> c;' 'a call whose result may differ'
plant dovetail/model/p16.cpp 'using std::lgamma;' 'a call whose result may differ'
plant cmake/p17.cmake 'add_compile_options(-O3 -ffast-math)' 'a compiler flag that changes results'
plant dovetail/math/nested/CMakeLists.txt 'target_compile_options(x PRIVATE -march=native)' 'a compiler flag that changes results'
plant dovetail/novel/p19.cpp 'int d;' 'the folder novel has no row'
# And what must not be reported.
plant dovetail/kernel/q1.cpp '// std::exp(x) and #include <thread> in a comment' none
plant dovetail/kernel/q2.cpp 'double e(double x) { return math::exp(x) + std::sqrt(x) + dovetail::math::log(x); }' none
plant dovetail/kernel/q3.cpp 'const char* f = "std::exp(x)";' none
sed -i 's/:2: the folder/:1: the folder/' "$work.expected"

sh "$check" "$work" >"$work.found" && { echo "planted violations, but the check passed" >&2; exit 1; }
failures=0
while IFS= read -r line; do
  case $line in
    *': none')
      if grep -qF "${line%%:*}:" "$work.found"; then
        echo "reported wrongly: ${line%%:*}" >&2
        failures=$((failures + 1))
      fi
      ;;
    *)
      if ! grep -qF "$line" "$work.found"; then
        echo "not reported: $line" >&2
        failures=$((failures + 1))
      fi
      ;;
  esac
done <"$work.expected"
[ "$(wc -l <"$work.found")" -eq $((planted - 3)) ] || { echo "reports beyond what was planted:" >&2; cat "$work.found" >&2; exit 1; }
[ "$failures" -eq 0 ]
