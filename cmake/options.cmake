# What a build may leave out. A lean build has none of the optional parts and says so in `dovetail doctor`.
option(DOVETAIL_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(DOVETAIL_BUILD_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(DOVETAIL_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(DOVETAIL_BUILD_MUTANTS "Build the mutants that tests must kill, as make test-full does" OFF)
option(DOVETAIL_BUILD_FUZZ "Build the fuzzers; needs clang" OFF)
option(DOVETAIL_WERROR "Treat warnings as errors" ON)
set(DOVETAIL_SANITIZE "" CACHE STRING "Sanitizers for every target: empty, address or thread")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
