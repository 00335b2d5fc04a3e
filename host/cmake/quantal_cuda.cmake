# Turns on the CUDA language where it is wanted and there: sets QUANTAL_HAS_CUDA.
set(QUANTAL_HAS_CUDA OFF)
if(QUANTAL_CUDA STREQUAL "OFF")
  return()
endif()

include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  if(QUANTAL_CUDA STREQUAL "ON")
    message(FATAL_ERROR "QUANTAL_CUDA is ON but there is no nvcc; set CUDACXX, or QUANTAL_CUDA to OFF")
  endif()
  message(STATUS "No nvcc: building without the CUDA backend")
  return()
endif()

# Unset means 75 to CMake, and its own names for sets of architectures are older than this compiler.
set(CMAKE_CUDA_ARCHITECTURES ${QUANTAL_CUDA_ARCHITECTURES})
# A shared runtime lets one process hold one copy of it, whatever else links CUDA.
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
  message(FATAL_ERROR "nvcc ${CMAKE_CUDA_COMPILER_VERSION}: 12.8 or later is needed (13.0 is what is tested)")
endif()
# CMake 3.25 does not know nvcc's flag for C++20.
if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
find_package(CUDAToolkit REQUIRED)
set(QUANTAL_HAS_CUDA ON)
