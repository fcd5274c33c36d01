# An installed tree: headers under include/dynkin as they are included, libraries, and find_package(Dynkin).
# Included after solvers and models, so that only their libraries are exported.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY DYNKIN_LIBRARIES)
set_target_properties(dynkin_flags PROPERTIES EXPORT_NAME flags)
install(TARGETS dynkin_flags ${libraries} EXPORT DynkinTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dynkin_development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/solvers ${PROJECT_SOURCE_DIR}/models DESTINATION include/dynkin
  COMPONENT dynkin_development FILES_MATCHING PATTERN "*.hpp")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Dynkin)
install(EXPORT DynkinTargets NAMESPACE Dynkin:: DESTINATION ${package_dir} COMPONENT dynkin_development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/DynkinConfig.cmake.in
  ${PROJECT_BINARY_DIR}/DynkinConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/DynkinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/DynkinConfig.cmake ${PROJECT_BINARY_DIR}/DynkinConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT dynkin_development)
