# Writes the C++ example of the README to `output`, so that what is compiled and run is what readers see.
function(write_readme_example readme output)
  file(READ ${readme} text)
  if(NOT text MATCHES "```cpp\n(([^`]|`[^`])*)```")
    message(FATAL_ERROR "${readme} has no C++ example")
  endif()
  file(CONFIGURE OUTPUT ${output} CONTENT "${CMAKE_MATCH_1}" @ONLY)
endfunction()
