# The floating-point contract of docs/determinism.md: no contraction, baseline x86-64, no fast-math, for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
find_package(Threads REQUIRED)

add_library(dovetail_flags INTERFACE)
target_compile_features(dovetail_flags INTERFACE cxx_std_20)
target_compile_options(dovetail_flags INTERFACE -ffp-contract=off)

add_library(dovetail_warnings INTERFACE)
target_compile_options(dovetail_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion
  $<$<BOOL:${DOVETAIL_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 warns wrongly about std::string's operator+ (GCC bug 105651)

# -O1 and line tables: half the time to compile of -O2 -g, and all that a sanitizer's message shows.
if(DOVETAIL_SANITIZE)
  target_compile_options(dovetail_flags INTERFACE -O1 -g1)
endif()
if(DOVETAIL_SANITIZE STREQUAL "address")
  target_compile_options(dovetail_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dovetail_flags INTERFACE -fsanitize=address,undefined)
elseif(DOVETAIL_SANITIZE STREQUAL "thread")
  target_compile_options(dovetail_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(dovetail_flags INTERFACE -fsanitize=thread)
elseif(DOVETAIL_SANITIZE)
  message(FATAL_ERROR "DOVETAIL_SANITIZE is '${DOVETAIL_SANITIZE}': use address, thread or nothing")
endif()

# One target per folder, so that an include in a wrong direction also fails to link.
#   dovetail_folder(NAME [DEPENDS folder...] [PRIVATE third-party target...])
function(dovetail_folder name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$|/stan_shim/")  # the shim is compiled where Stan is: dovetail compile
  add_library(dovetail_${name} STATIC ${sources})
  add_library(dovetail::${name} ALIAS dovetail_${name})
  set_target_properties(dovetail_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(dovetail_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(dovetail_${name} PUBLIC dovetail_${dependency})
  endforeach()
  target_link_libraries(dovetail_${name} PUBLIC dovetail_flags PRIVATE $<BUILD_INTERFACE:dovetail_warnings> ${ARG_PRIVATE})
  set_property(GLOBAL APPEND PROPERTY DOVETAIL_FOLDERS dovetail_${name})
endfunction()
