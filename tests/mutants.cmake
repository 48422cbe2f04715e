# A mutant is a small wrong edit of one source file that a named test must notice.
#
#   dovetail_mutant(NAME FILE dovetail/kernel/slice.cpp FROM "text" TO "wrong text"
#                   KILLER gtest-filter SOURCES test.cpp... LIBRARIES folder... [LABEL label])
#
# FROM must stand exactly once in FILE. The edited copy is linked before the folder's library, so it takes the place of
# the right one; a header is put first on the include path instead. The ctest entry passes when KILLER fails
# by assertion (exit code 1); a mutant that survives, or that crashes, fails the suite.
function(dovetail_mutant name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "FILE;FROM;TO;KILLER;LABEL" "SOURCES;LIBRARIES;PRIVATE")
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  set(original ${PROJECT_SOURCE_DIR}/${ARG_FILE})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original})
  file(READ ${original} text)
  string(FIND "${text}" "${ARG_FROM}" first)
  string(FIND "${text}" "${ARG_FROM}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "mutant ${name}: its FROM text must stand exactly once in ${ARG_FILE}")
  endif()
  string(REPLACE "${ARG_FROM}" "${ARG_TO}" text "${text}")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name})
  set(mutated ${folder}/${ARG_FILE})
  set(previous "")
  if(EXISTS ${mutated})
    file(READ ${mutated} previous)
  endif()
  if(NOT previous STREQUAL text)
    file(WRITE ${mutated} "${text}")
  endif()

  add_executable(mutant_${name} ${ARG_SOURCES})
  if(ARG_FILE MATCHES "\\.cpp$")
    target_sources(mutant_${name} PRIVATE ${mutated})
  endif()
  target_include_directories(mutant_${name} BEFORE PRIVATE ${folder})
  target_include_directories(mutant_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  foreach(library IN LISTS ARG_LIBRARIES)
    target_link_libraries(mutant_${name} PRIVATE dovetail_${library})
  endforeach()
  target_link_libraries(mutant_${name} PRIVATE GTest::gtest_main ${ARG_PRIVATE})
  add_test(NAME mutant.${name} COMMAND sh -c
    "\"$<TARGET_FILE:mutant_${name}>\" --gtest_brief=1 --gtest_filter='${ARG_KILLER}'; test $? -eq 1")
  set_tests_properties(mutant.${name} PROPERTIES LABELS "${ARG_LABEL}")
endfunction()
