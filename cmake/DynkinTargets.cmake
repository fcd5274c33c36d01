# One static library a folder. Folder names are target names: solvers/grid -> dynkin_grid, exported as Dynkin::grid.

# Flags on which identical bits rest: no contraction of a*b+c, no reassociation, NaN kept.
add_library(dynkin_flags INTERFACE)
target_compile_features(dynkin_flags INTERFACE cxx_std_20)
target_compile_options(dynkin_flags INTERFACE -ffp-contract=off -fno-math-errno -fno-trapping-math)
target_include_directories(dynkin_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/dynkin>)

add_library(dynkin_warnings INTERFACE)
target_compile_options(dynkin_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false alarms on std::string in g++ 12, PR 105651
if(DYNKIN_SANITIZE)
  # Function clones are chosen by resolvers that run before the sanitizer is ready.
  target_compile_definitions(dynkin_flags INTERFACE DYNKIN_NO_DISPATCH _GLIBCXX_ASSERTIONS)
  target_compile_options(dynkin_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dynkin_flags INTERFACE -fsanitize=address,undefined)
  target_compile_options(dynkin_warnings INTERFACE -Werror)
endif()

# dynkin_library(grid SOURCES a.cpp b.cpp DEPENDS core rates)
function(dynkin_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(dynkin_${name} STATIC ${ARG_SOURCES})
  add_library(Dynkin::${name} ALIAS dynkin_${name})
  set_target_properties(dynkin_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(dynkin_${name} PUBLIC dynkin_flags PRIVATE $<BUILD_INTERFACE:dynkin_warnings>)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(dynkin_${name} PUBLIC dynkin_${dependency})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY DYNKIN_LIBRARIES dynkin_${name})
endfunction()

# dynkin_test(name SOURCES a.cpp DEPENDS grid [LABELS slow] [TIMEOUT 60]): one GoogleTest program, one ctest entry.
function(dynkin_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE dynkin_warnings GTest::gtest_main)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(test_${name} PRIVATE dynkin_${dependency})
  endforeach()
  add_test(NAME ${name} COMMAND test_${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(DYNKIN_SANITIZE)
    math(EXPR ARG_TIMEOUT "10 * ${ARG_TIMEOUT}")  # sanitizers slow loops down by about that much
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
