# Sources as texts inside a program.
#   dovetail_embed(TARGET HEADER FUNCTION file...)   files relative to the project; TARGET gets FUNCTION of namespace
#                                                    dovetail, which HEADER declares: std::span<const EmbeddedFile>
# Run as a script (cmake -D OUTPUT=... -D ROOT=... -D HEADER=... -D FUNCTION=... -D "FILES=a,b" -P embed.cmake), it writes
# the source of that function.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  string(REPLACE "," ";" files "${FILES}")
  set(rows "")
  foreach(file IN LISTS files)
    file(READ ${ROOT}/${file} text)
    # The delimiter of the raw literal must not stand in the text.
    string(FIND "${text}" ")embedded\"" clash)
    if(NOT clash EQUAL -1)
      message(FATAL_ERROR "${file} holds )embedded\", which ends an embedded text")
    endif()
    string(APPEND rows "    {\"${file}\", R\"embedded(${text})embedded\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n
namespace dovetail {
namespace {
constexpr EmbeddedFile kFiles[] = {\n${rows}};
}  // namespace
std::span<const EmbeddedFile> ${FUNCTION}() { return kFiles; }
}  // namespace dovetail\n")
  return()
endif()

set(DOVETAIL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(dovetail_embed target header function)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp)
  list(JOIN ARGN "," files)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE depends)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${output} -D ROOT=${PROJECT_SOURCE_DIR}
      -D HEADER=${header} -D FUNCTION=${function} -D FILES=${files} -P ${DOVETAIL_EMBED_SCRIPT}
    DEPENDS ${depends} ${DOVETAIL_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
