# A mutant of the whole command, for tests that run it as a process.
#
#   dovetail_command_mutant(NAME FILE dovetail/jobs/temper.cpp FROM "text" TO "wrong text"
#                           TEST test executable KILLER gtest-filter [ALSO source...] [LABEL label])
#
# A command is linked with the edited copy in place of the right source, and TEST runs it in place of the built one. For
# a header, ALSO names the sources to compile anew. The ctest entry passes when KILLER fails by assertion.
function(dovetail_command_mutant name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "FILE;FROM;TO;TEST;KILLER;LABEL" "ALSO")
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name})
  dovetail_edited_copy("${name}" "${ARG_FILE}" "${ARG_FROM}" "${ARG_TO}" "${folder}")
  if(NOT DOVETAIL_BUILD_MUTANTS)
    return()
  endif()
  set(sources ${ARG_ALSO})
  list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/)
  if(ARG_FILE MATCHES "\\.cpp$")
    list(APPEND sources ${folder}/${ARG_FILE})
  endif()
  add_executable(mutant_${name} $<TARGET_OBJECTS:dovetail_main> ${sources})
  target_include_directories(mutant_${name} BEFORE PRIVATE ${folder})
  target_link_libraries(mutant_${name} PRIVATE dovetail_cli fmt::fmt)
  if(ARG_FILE MATCHES "^dovetail/execute/mpi")
    target_compile_definitions(mutant_${name} PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
    target_link_libraries(mutant_${name} PRIVATE MPI::MPI_C)
  endif()
  add_test(NAME mutant.${name} COMMAND sh -c
    "DOVETAIL_MUTANT_COMMAND='$<TARGET_FILE:mutant_${name}>' '$<TARGET_FILE:${ARG_TEST}>' --gtest_brief=1 --gtest_filter='${ARG_KILLER}'; test $? -eq 1")
  set_tests_properties(mutant.${name} PROPERTIES LABELS "${ARG_LABEL}")
endfunction()
