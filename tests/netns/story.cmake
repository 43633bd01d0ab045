# Read by ctest, from the build folder: a story as a test, with a timeout that is as many times as long as CGN_PATIENCE says.
set(cgn_here ${CMAKE_CURRENT_LIST_DIR})

macro(cgn_story labels name timeout)
  set(test netns/${name})
  foreach(word ${ARGN})
    string(APPEND test _${word})
  endforeach()
  set(seconds ${timeout})
  if("$ENV{CGN_PATIENCE}" MATCHES "^[1-9][0-9]*$")
    math(EXPR seconds "${timeout} * $ENV{CGN_PATIENCE}")
  endif()
  add_test(${test} ${cgn_here}/${name}.sh ${ARGN})
  # Each has namespaces of its own, so that two play at once; but not twice the same, which may look for what it left.
  set_tests_properties(${test} PROPERTIES LABELS "${labels}" RESOURCE_LOCK netns/${name} TIMEOUT ${seconds} SKIP_RETURN_CODE 77
    ENVIRONMENT CGN_BUILD=${cgn_build})
endmacro()
