# What `cmake --install` puts down: the command, the headers, and one library that find_package(dovetail) offers as
# dovetail::dovetail. The folders' libraries are joined into it, so that a user links one thing.
get_directory_property(objects DIRECTORY dovetail/math DEFINITION DOVETAIL_LIBM_OBJECT)
set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)  # made in another directory
set(interface_folders core math kernel adapt ep lda tempering diagnose model store execute run output jobs)
foreach(folder IN LISTS interface_folders)
  list(APPEND objects $<TARGET_OBJECTS:dovetail_${folder}>)
endforeach()
add_library(dovetail_library STATIC ${objects})
add_dependencies(dovetail_library dovetail_math)
add_library(dovetail::dovetail ALIAS dovetail_library)
set_target_properties(dovetail_library PROPERTIES OUTPUT_NAME dovetail EXPORT_NAME dovetail LINKER_LANGUAGE CXX)
target_compile_features(dovetail_library INTERFACE cxx_std_20)
# A model compiled with contraction would give other bits on other processors (docs/determinism.md).
target_compile_options(dovetail_library INTERFACE -ffp-contract=off)
target_include_directories(dovetail_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
target_link_libraries(dovetail_library PUBLIC fmt::fmt OpenSSL::Crypto ZLIB::ZLIB Threads::Threads)
if(DOVETAIL_HAVE_ZSTD)
  target_link_libraries(dovetail_library PUBLIC ${DOVETAIL_ZSTD_LIBRARIES})
endif()
if(DOVETAIL_HAVE_NETCDF)
  target_link_libraries(dovetail_library PUBLIC ${DOVETAIL_NETCDF_LIBRARIES})
endif()
if(DOVETAIL_HAVE_MPI)
  target_link_libraries(dovetail_library PUBLIC MPI::MPI_C)
endif()
if(DOVETAIL_SANITIZE)
  target_link_libraries(dovetail_library INTERFACE $<BUILD_INTERFACE:dovetail_flags>)
endif()

include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/dovetail)
configure_package_config_file(cmake/dovetailConfig.cmake.in ${PROJECT_BINARY_DIR}/dovetailConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dovetailConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS dovetail RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
install(TARGETS dovetail_library EXPORT dovetailTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT dovetailTargets NAMESPACE dovetail:: DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/dovetailConfig.cmake ${PROJECT_BINARY_DIR}/dovetailConfigVersion.cmake
  DESTINATION ${package})
foreach(folder IN LISTS interface_folders)
  install(DIRECTORY dovetail/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dovetail FILES_MATCHING PATTERN "*.hpp")
endforeach()
# Pages for man(1) and completions come from the command's own tables.
set(shell_files ${PROJECT_BINARY_DIR}/shell)
add_custom_command(OUTPUT ${shell_files}/dovetail.fish
  COMMAND dovetail manual --all ${shell_files}/man
  COMMAND dovetail completion bash > ${shell_files}/dovetail
  COMMAND dovetail completion zsh > ${shell_files}/_dovetail
  COMMAND dovetail completion fish > ${shell_files}/dovetail.fish
  DEPENDS dovetail VERBATIM)
add_custom_target(shell_files ALL DEPENDS ${shell_files}/dovetail.fish)
install(DIRECTORY ${shell_files}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command
  FILES_MATCHING PATTERN "*.1")
install(FILES ${shell_files}/dovetail DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command)
install(FILES ${shell_files}/_dovetail DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT command)
install(FILES ${shell_files}/dovetail.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT command)

install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command)
