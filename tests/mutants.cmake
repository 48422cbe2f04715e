# Writes FOLDER/FILE: the source FILE with TO in place of FROM, which must stand exactly once in it.
function(dovetail_edited_copy name file from to folder)
  if("${from}" STREQUAL "${to}")
    message(FATAL_ERROR "mutant ${name}: its FROM and TO are one text")
  endif()
  set(original ${PROJECT_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original})
  file(READ ${original} text)
  string(FIND "${text}" "${from}" first)
  string(FIND "${text}" "${from}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "mutant ${name}: its FROM text must stand exactly once in ${file}")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  set(previous "")
  if(EXISTS ${folder}/${file})
    file(READ ${folder}/${file} previous)
  endif()
  if(NOT previous STREQUAL text)
    file(WRITE ${folder}/${file} "${text}")
  endif()
endfunction()

# A mutant is a small wrong edit of one source file that a named test must notice.
#
#   dovetail_mutant(NAME FILE dovetail/kernel/slice.cpp FROM "text" TO "wrong text"
#                   KILLER gtest-filter SOURCES test.cpp... LIBRARIES folder... [LABEL label])
#
# FROM must stand exactly once in FILE. The edited copy is linked before the folder's library, so it takes the place of
# the right one; a header is put first on the include path instead. The ctest entry passes when KILLER fails
# by assertion (exit code 1); a mutant that survives, or that crashes, fails the suite. Where mutants are not built, FROM is
# looked for all the same: whoever changes a source learns at once which mutants speak of it.
function(dovetail_mutant name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "FILE;FROM;TO;KILLER;LABEL" "SOURCES;LIBRARIES;PRIVATE")
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name})
  dovetail_edited_copy("${name}" "${ARG_FILE}" "${ARG_FROM}" "${ARG_TO}" "${folder}")
  if(NOT DOVETAIL_BUILD_MUTANTS)
    return()
  endif()
  set(mutated ${folder}/${ARG_FILE})

  set(libraries ${ARG_LIBRARIES})
  list(TRANSFORM libraries PREPEND dovetail_)
  list(APPEND libraries GTest::gtest_main ${ARG_PRIVATE})
  if(ARG_FILE MATCHES "\\.cpp$")
    # The mutants of sources share the tests' objects: a test that takes seconds to compile is compiled once.
    string(MD5 key "${CMAKE_CURRENT_SOURCE_DIR};${ARG_SOURCES};${libraries}")
    if(NOT TARGET mutant_tests_${key})
      add_library(mutant_tests_${key} OBJECT ${ARG_SOURCES})
      target_include_directories(mutant_tests_${key} PRIVATE ${PROJECT_SOURCE_DIR})
      target_link_libraries(mutant_tests_${key} PRIVATE ${libraries})
    endif()
    add_executable(mutant_${name} ${mutated} $<TARGET_OBJECTS:mutant_tests_${key}>)
  else()
    add_executable(mutant_${name} ${ARG_SOURCES})
    target_include_directories(mutant_${name} BEFORE PRIVATE ${folder})
  endif()
  target_include_directories(mutant_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(mutant_${name} PRIVATE ${libraries})
  add_test(NAME mutant.${name} COMMAND sh -c
    "\"$<TARGET_FILE:mutant_${name}>\" --gtest_brief=1 --gtest_filter='${ARG_KILLER}'; test $? -eq 1")
  set_tests_properties(mutant.${name} PROPERTIES LABELS "${ARG_LABEL}")
endfunction()
