#!/bin/sh
# Usage: check_sources.sh ROOT. Prints every include against the layers, banned header, banned call and banned compiler
# flag in the sources under ROOT; exit code 1 when there are any. check_sources_test.sh plants one of each.
set -eu
cd "$1"
sources=$(find dovetail -mindepth 2 \( -name '*.hpp' -o -name '*.cpp' -o -name '*.h' -o -name '*.c' \) | LC_ALL=C sort)
flags=$(find . -path './build*' -prune -o \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json -o -name Makefile \) \
  -print | LC_ALL=C sort)

# shellcheck disable=SC2086
awk '
function report(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what
  bad = 1
}

BEGIN {
  # Which folders each folder may include, besides itself. A new folder needs a row here and in the header table.
  may["core"] = ""
  may["math"] = may["store"] = "core"
  may["execute"] = "store core"
  may["compile"] = "store core"
  may["stan_shim"] = "compile model"
  may["kernel"] = may["tempering"] = may["diagnose"] = "math core"
  may["ep"] = may["lda"] = "math core"
  may["adapt"] = "kernel math core"
  may["model"] = "kernel tempering math core"
  may["output"] = "diagnose store math core"
  may["run"] = "execute store output core"
  may["jobs"] = "run execute output store model tempering ep lda adapt kernel diagnose math core"
  may["report"] = "jobs " may["jobs"]
  may["cli"] = "report compile " may["report"]

  # Headers that a folder may not use. The distributions and hash tables of libraries differ between implementations.
  everywhere = "random|unordered_map|unordered_set|execution|regex"
  pure = everywhere "|thread|mutex|shared_mutex|condition_variable|atomic|future|chrono|iostream|fstream|ostream" \
    "|istream|sstream|filesystem|cstdio|cstdlib|ctime|csignal|clocale|locale|stdio[.]h|stdlib[.]h|time[.]h|unistd[.]h" \
    "|fcntl[.]h|dlfcn[.]h|sys/.*|fmt/.*|nlohmann/.*|openssl/.*|Eigen/.*|CLI/.*|boost/.*|mpi[.]h|hiredis/.*|zlib[.]h|zstd[.]h|netcdf[.]h"
  not_core = "|Random123/.*"
  banned["core"] = pure
  banned["math"] = banned["kernel"] = banned["adapt"] = banned["tempering"] = banned["ep"] = banned["lda"] = banned["diagnose"] = pure not_core
  banned["model"] = everywhere "|thread|chrono|iostream|fstream|filesystem|mpi[.]h|hiredis/.*|fmt/.*|Eigen/.*" not_core
  banned["store"] = everywhere "|thread|iostream|dlfcn[.]h|mpi[.]h|Eigen/.*" not_core
  banned["compile"] = everywhere "|thread|mutex|chrono|iostream|fstream|dlfcn[.]h|mpi[.]h|Eigen/.*" not_core
  banned["stan_shim"] = "random|regex|thread|chrono"
  banned["output"] = everywhere "|thread|mutex|chrono|iostream|dlfcn[.]h|mpi[.]h|hiredis/.*|Eigen/.*" not_core
  banned["execute"] = everywhere "|iostream|fstream|filesystem|dlfcn[.]h|hiredis/.*|Eigen/.*" not_core
  banned["run"] = everywhere "|thread|iostream|fstream|dlfcn[.]h|mpi[.]h|hiredis/.*|Eigen/.*" not_core
  banned["jobs"] = banned["report"] = banned["cli"] = everywhere "|dlfcn[.]h|mpi[.]h|hiredis/.*|Eigen/.*" not_core
  # What may stand against that table, each with its reason.
  exempt["dovetail/core/error.cpp cstdio"] = "says which bug it found, then stops"
  exempt["dovetail/core/error.cpp cstdlib"] = "says which bug it found, then stops"
  exempt["dovetail/math/processor.c sys/platform/x86.h"] = "asks for AVX2; the answer changes no bit"

  # Files whose calls are free: they are compiled into the library of a user, whose mathematics is his own.
  users["dovetail/model/plugin/types.hpp"] = users["dovetail/model/plugin/instance.hpp"] = 1
  users["dovetail/model/plugin_stan_math.hpp"] = 1

  third_party = "^(Random123|zlib|zstd|fmt|nlohmann|openssl|Eigen|CLI|boost|toml[+][+]|hiredis|gtest|gmock|mpi|netcdf)[/.]"
  calls = "(exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh" \
    "|erf|erfc|lgamma|tgamma|cbrt|hypot|beta|fma|reduce|transform_reduce|inner_product|shuffle|sample|hash" \
    "|random_device|mt19937|mt19937_64|[a-z_]+_distribution)"
  bad_flags = "-ffast-math|-Ofast|-funsafe-math-optimizations|-fassociative-math|-freciprocal-math" \
    "|-ffinite-math-only|-mfpmath=387|-march=native|-mtune=native"
}

FILENAME !~ /^dovetail\// || FILENAME ~ /(CMakeLists.txt|[.]cmake)$/ {
  sub(/#.*/, "")
  if ($0 ~ bad_flags) report("a compiler flag that changes results: " $0)
  next
}

FNR == 1 {
  split(FILENAME, path, "/")
  folder = path[3] == "stan_shim" ? path[3] : path[2]  # compiled into the libraries of users, beside Stan
  if (!(folder in may)) report("the folder " folder " has no row in check_sources.sh")
}

/^ *# *include *["<]/ && folder in may {
  header = $0
  sub(/^ *# *include *["<]/, "", header)
  sub(/[">].*/, "", header)
  if (header ~ /^dovetail\/[a-z_]+\//) {
    split(header, part, "/")
    if (index(" " folder " " may[folder] " ", " " part[2] " ") == 0)
      report("includes dovetail/" part[2] ", which " folder " may not depend on")
  } else if (header ~ ("^(" banned[folder] ")$") && !((FILENAME " " header) in exempt)) {
    report("includes <" header ">, which " folder " may not use")
  } else if (header ~ third_party && FILENAME ~ /[.]hpp$/ && FILENAME !~ /\/detail\//) {
    report("includes <" header ">, third party, in a public header")
  }
  next
}

{
  sub(/\/\/.*/, "")
  gsub(/"[^"]*"/, "")
  if (FILENAME in users) next
  if ($0 ~ ("std::" calls "([^a-zA-Z0-9_]|$)") || $0 ~ ("(^|[^a-zA-Z0-9_:])::" calls "[(]"))
    report("a call whose result may differ between machines, use dovetail/math: " $0)
}

END { exit bad }
' $sources $flags
