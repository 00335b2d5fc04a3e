# quantal_warnings: link it privately. Warnings for developers; errors too, since a warning nobody must heed is noise, but only
# under the compiler that CI has: newer ones know more.
add_library(quantal_warnings INTERFACE)
if(QUANTAL_WARNINGS)
  set(common -Wall -Wextra -Wshadow -Wcast-qual -Wnon-virtual-dtor -Wformat=2 -Wdouble-promotion)
  target_compile_options(quantal_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:${common} -Wpedantic -Wconversion -Wold-style-cast>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(quantal_warnings INTERFACE
      $<$<COMPILE_LANGUAGE:CXX>:-Wduplicated-cond -Wlogical-op -Wno-restrict>)  # GCC 12: false alarms on std::string
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(quantal_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  # default-stream-launch makes a launch that names no stream an error.
  target_compile_options(quantal_warnings INTERFACE
    "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings,default-stream-launch,reorder>"
    "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Xcompiler -Wall,-Wextra,-Wshadow,-Wno-restrict>")
endif()
