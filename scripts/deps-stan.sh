#!/usr/bin/env bash
# Installs what `dovetail compile` needs for Stan programs: Stan 2.21 of Debian 12, with what its headers stand on. R comes
# with it as a dependency and is not run.
exec "$(dirname "$0")/deps.sh" g++ r-cran-stanheaders r-cran-rcppeigen r-cran-bh libtbb-dev nlohmann-json3-dev
