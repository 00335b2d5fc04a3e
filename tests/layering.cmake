# Fails where an #include goes against the layers: cli -> public API -> plan -> backend -> kernels.
function(forbid pattern)
  foreach(file ${ARGN})
    file(STRINGS ${file} lines REGEX "^ *# *include *[\"<](${pattern})")
    foreach(line ${lines})
      message(SEND_ERROR "${file}: ${line}")
    endforeach()
  endforeach()
endfunction()

file(GLOB kernels ${SOURCE_DIR}/kernels/*)
forbid("host/|quantal/" ${kernels})

file(GLOB public ${SOURCE_DIR}/host/include/quantal/*)
forbid("host/|kernels/|cuda|fmt/|nlohmann/|xsimd/" ${public})

file(GLOB plain ${SOURCE_DIR}/kernels/*.hpp ${SOURCE_DIR}/host/*.hpp ${SOURCE_DIR}/host/*.cpp ${SOURCE_DIR}/host/cli/*)
forbid("cuda|cub/|thrust/|cooperative_groups|.*\\.cuh" ${plain})

file(GLOB library ${SOURCE_DIR}/host/*.hpp ${SOURCE_DIR}/host/*.cpp ${SOURCE_DIR}/host/*.cu ${SOURCE_DIR}/host/*.cuh)
forbid("host/cli/|host/experiment/|host/figure/|host/files/|host/report/|CLI/|hdf5|zlib" ${library})

file(GLOB files ${SOURCE_DIR}/host/files/*)
forbid("host/cli/|host/experiment/|host/figure/|host/report/|CLI/|kernels/|host/[a-z_]*\\.hpp" ${files})

# The report sees results as files hold them.
file(GLOB report ${SOURCE_DIR}/host/report/*.hpp ${SOURCE_DIR}/host/report/*.cpp)
forbid("host/cli/|host/experiment/|CLI/|kernels/|host/[a-z_]*\\.hpp|hdf5|zlib" ${report})

# Figures know numbers and names; experiments use the library as anyone would.
file(GLOB figure ${SOURCE_DIR}/host/figure/*)
forbid("host/[a-eg-z]|host/files/|host/[a-z_]*\\.hpp|quantal/|kernels/|CLI/|hdf5|zlib" ${figure})
file(GLOB experiment ${SOURCE_DIR}/host/experiment/*)
forbid("host/cli/|CLI/|kernels/|host/[a-z_]*\\.hpp|hdf5|zlib" ${experiment})

# The command uses the library as anyone would.
file(GLOB command ${SOURCE_DIR}/host/cli/*)
forbid("kernels/|host/[a-z_]*\\.hpp" ${command})

file(GLOB oracle ${SOURCE_DIR}/tests/oracle.*)
forbid("kernels/|host/" ${oracle})
