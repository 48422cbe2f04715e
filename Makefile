# The commands of the README. `make demo` and `make test` are all a bare Debian 12 needs.
BUILD ?= build
MUTANTS ?= OFF
JOBS ?= $(shell nproc)
CTEST = ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help deps deps-stan deps-python deps-browser deps-docs configure build deb demo test test-full mpich sanitize fuzz golden bench screenshots docs format lint install clean

help:
	@echo "make demo       install what is missing, build, and run the main job on real data"
	@echo "make test       install what is missing, build, and run the tests"
	@echo "make build      build/dovetail"
	@echo "make test-full  mutants, the long statistical and fault suites, sanitizers, fuzzing as well"
	@echo "make mpich      runs over ranks with MPICH beside the MPI of the build"
	@echo "make fuzz       a million inputs for each reader of what others write (with clang)"
	@echo "make golden     pin the digests of small runs anew, after a change of results on purpose"
	@echo "make bench      the benchmarks"
	@echo "make deps-stan  install what Stan programs need: dovetail compile model.stan"
	@echo "make deps-python  install what the tests of python/ need (docs/python.md)"
	@echo "make screenshots  pictures of reports, into docs/images, with Chromium"
	@echo "make docs       these pages and the C++ reference as a site, in build-docs (deps-docs: what that needs)"
	@echo "make install    into PREFIX (default /usr/local)"
	@echo "make deb        a Debian package of the command, in $(BUILD)"
	@echo "make format     clang-format on every source"
	@echo "make lint       clang-tidy on the library; takes minutes"
	@echo "make clean      remove $(BUILD)"

deps:
	@scripts/deps.sh

deps-stan:
	@scripts/deps-stan.sh

deps-python:
	@scripts/deps.sh python3-xarray python3-netcdf4 python3-pip python3-setuptools python3-wheel mypy

# What the tests of reports open pages with; skipped without it.
deps-browser:
	@scripts/deps.sh chromium chromium-driver python3 fonts-dejavu-core

deps-docs:
	@scripts/deps.sh mkdocs mkdocs-material doxygen

configure: deps
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DDOVETAIL_BUILD_MUTANTS=$(MUTANTS) --log-level=WARNING

build: configure
	@cmake --build $(BUILD) -j $(JOBS)

# The command alone: the demo needs no tests built.
demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target dovetail
	@scripts/demo.sh $(BUILD)/dovetail

test: build
	@$(CTEST) -LE full

test-full: MUTANTS = ON
test-full: deps-stan deps-python build
	@$(CTEST)
	@$(MAKE) --no-print-directory mpich
	@$(MAKE) --no-print-directory sanitize
	@$(MAKE) --no-print-directory fuzz

# The runs over ranks once more, with the other MPI of Debian, which nothing installs unasked.
mpich: deps
	@if ! command -v mpicc.mpich >/dev/null; then echo "make mpich: skipped, there is no MPICH (Debian: libmpich-dev mpich)"; else \
	  cmake -S . -B build-mpich -G Ninja -DCMAKE_BUILD_TYPE=Release -DDOVETAIL_MPI=ON -DMPI_C_COMPILER=mpicc.mpich \
	    -DMPIEXEC_EXECUTABLE=$$(command -v mpiexec.mpich) -DDOVETAIL_BUILD_MUTANTS=OFF --log-level=WARNING && \
	  cmake --build build-mpich -j $(JOBS) --target ranks && build-mpich/tests/ranks/ranks; fi

# Address and undefined-behaviour sanitizers over the quick suite but its layouts; the thread sanitizer over what runs
# on threads, layouts among it (target and preset `threads`, `tsan`).
sanitize: deps
	@cmake --preset asan --log-level=WARNING && cmake --build --preset asan -j $(JOBS) && ctest --preset asan -j $(JOBS)
	@cmake --preset tsan --log-level=WARNING && cmake --build --preset tsan -j $(JOBS) && ctest --preset tsan -j $(JOBS)

# A million inputs for each reader of what others write. libFuzzer comes with clang, which nothing installs unasked.
fuzz: deps
	@if ! command -v clang++ >/dev/null; then echo "make fuzz: skipped, there is no clang++ (Debian: clang)"; else \
	  cmake -S . -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++ -DDOVETAIL_BUILD_FUZZ=ON \
	    -DDOVETAIL_BUILD_MUTANTS=OFF --log-level=WARNING && cmake --build build-fuzz -j $(JOBS) --target fuzzers && \
	  ctest --test-dir build-fuzz -R '^fuzz[.]' --output-on-failure; fi

golden: configure
	@cmake --build $(BUILD) -j $(JOBS) --target dovetail
	@tests/golden/golden.sh --write $(BUILD)/dovetail

bench: configure
	@cmake --build $(BUILD) -j $(JOBS) --target dovetail_bench
	@[ -e corpus/small.gz ] || scripts/make-corpus.sh corpus
	@$(BUILD)/bench/dovetail_bench

screenshots: deps-browser configure
	@cmake --build $(BUILD) -j $(JOBS) --target dovetail
	@scripts/screenshots.sh $(BUILD)/dovetail docs/images

docs: deps-docs
	@scripts/site/build.sh build-docs

PREFIX ?= /usr/local
install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

# The command alone: who builds on the library has the sources. dpkg-dev tells which packages its libraries are in.
deb: configure
	@scripts/deps.sh dpkg-dev
	@cmake --build $(BUILD) -j $(JOBS) --target dovetail shell_files
	@cpack --config $(BUILD)/CPackConfig.cmake -B $(BUILD)

format:
	@scripts/format.sh

lint: deps
	@cmake --preset lean -DDOVETAIL_MPI=AUTO --log-level=WARNING >/dev/null
	@scripts/lint.sh build-lean $(JOBS)

clean:
	@cmake -E rm -rf $(BUILD)
