# The commands of the README. `make demo` and `make test` are all a bare Debian 12 needs.
BUILD ?= build
JOBS ?= $(shell nproc)
CTEST = ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

.PHONY: deps configure build demo test test-full bench format lint clean

deps:
	@scripts/deps.sh

configure: deps
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release --log-level=WARNING

build: configure
	@cmake --build $(BUILD) -j $(JOBS)

test: build
	@$(CTEST) -LE full

clean:
	@cmake -E rm -rf $(BUILD)
