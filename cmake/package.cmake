# `make deb`: the command with its pages and completions as a package of Debian, for machines without a compiler.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL command)  # not the headers and the library
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_PACKAGE_NAME dovetail)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Dovetail developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "posteriors and evidences, the same bits on any number of cores")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Draws from Bayesian posteriors by non-reversible parallel tempering, chains
of NUTS and other kernels, expectation propagation and latent Dirichlet
allocation. Runs can be killed, resumed and verified bit by bit.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION math)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, redis-server, python3-xarray")
include(CPack)
