# Joins the mathematics objects of musl-dev's static C library (MIT licence) into one object with prefixed names, so
# that exp, log, ... give the same bits on every x86-64: they hold no run-time dispatch and no fused multiply-add.
# Sets DOVETAIL_LIBM_OBJECT. See docs/adr/0002-portable-mathematics-from-musl.md.
find_library(DOVETAIL_MUSL_LIBC libc.a
  PATHS /usr/lib/x86_64-linux-musl /usr/lib/musl/lib NO_DEFAULT_PATH DOC "musl's static C library, for its libm objects")
if(NOT DOVETAIL_MUSL_LIBC)
  message(FATAL_ERROR "musl's libc.a not found (the portable mathematics is taken from it); install the Debian package "
                      "musl-dev, or run scripts/deps.sh")
endif()

set(libm_members
  exp exp_data expm1 log log_data log1p pow pow_data sin cos tan __sin __cos __tan __rem_pio2 __rem_pio2_large
  lgamma_r atan atan2 tanh erf floor scalbn
  __math_divzero __math_invalid __math_oflow __math_uflow __math_xflow)
list(TRANSFORM libm_members APPEND .lo OUTPUT_VARIABLE libm_files)

set(DOVETAIL_LIBM_OBJECT ${CMAKE_CURRENT_BINARY_DIR}/portable_libm.o)
set(libm_work ${CMAKE_CURRENT_BINARY_DIR}/portable_libm)
add_custom_command(
  OUTPUT ${DOVETAIL_LIBM_OBJECT}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${libm_work}
  COMMAND ${CMAKE_COMMAND} -E chdir ${libm_work} ${CMAKE_AR} x ${DOVETAIL_MUSL_LIBC} ${libm_files}
  COMMAND ${CMAKE_COMMAND} -E chdir ${libm_work} ${CMAKE_LINKER} -r -o joined.o ${libm_files}
  COMMAND ${CMAKE_OBJCOPY} --prefix-symbols=dvm_
          --redefine-sym dvm__GLOBAL_OFFSET_TABLE_=_GLOBAL_OFFSET_TABLE_ ${libm_work}/joined.o ${DOVETAIL_LIBM_OBJECT}
  DEPENDS ${DOVETAIL_MUSL_LIBC}
  COMMENT "Extracting the portable mathematics from ${DOVETAIL_MUSL_LIBC}"
  VERBATIM)
set_source_files_properties(${DOVETAIL_LIBM_OBJECT} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
