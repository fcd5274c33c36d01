# cmake -DBUILD=... -DWORK=... -DPROJECT=... -DGENERATOR=... -DCOMPILER=... -DBUILD_TYPE=... -P consumer_test.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed (${status}):\n${text}")
  endif()
  set(text "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first --component dynkin_development)
# Found where it is now, not where it was installed to.
file(RENAME ${WORK}/first ${WORK}/prefix)

set(configure ${CMAKE_COMMAND} -S ${PROJECT} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run(${configure} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
# exp(-1) = 0.367879: within four standard errors (6e-4 each) of 1e5 particles, and from the equation without noise.
if(NOT text MATCHES "^mean 0\\.36[6-9][0-9]+ flow 0\\.367879\n$")
  message(FATAL_ERROR "the consumer printed: ${text}")
endif()

# Without the prefix it must not be found: the build tree does not leak into the test.
execute_process(COMMAND ${configure} -B ${WORK}/without RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "Dynkin was found without the installed prefix")
endif()
file(REMOVE_RECURSE ${WORK})
