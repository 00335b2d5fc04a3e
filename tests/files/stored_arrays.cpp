#include "stored_arrays.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

namespace quantal::files {
namespace {

using Arrays = std::map<std::string, std::vector<unsigned char>>;

herr_t take(hid_t file, const char* name, const H5O_info_t* info, void* arrays) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  const hid_t space = H5Dget_space(set);
  const hid_t stored = H5Dget_type(set);
  const hid_t type = H5Tget_native_type(stored, H5T_DIR_ASCEND);
  const auto entries = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  hsize_t shape[8] = {};
  const int rank = H5Sget_simple_extent_dims(space, shape, nullptr);
  std::vector<unsigned char> bytes(entries * H5Tget_size(type));
  EXPECT_GE(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), 0) << name;
  for (int k = 0; k < rank; ++k) {
    const auto* begin = reinterpret_cast<const unsigned char*>(&shape[k]);
    bytes.insert(bytes.end(), begin, begin + sizeof shape[k]);
  }
  (*static_cast<Arrays*>(arrays))[name] = std::move(bytes);
  H5Tclose(type);
  H5Tclose(stored);
  H5Sclose(space);
  H5Dclose(set);
  return 0;
}

}  // namespace

Arrays stored_arrays(const std::string& file) {
  Arrays arrays;
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_GE(id, 0) << file;
  if (id < 0) return arrays;
  H5Ovisit2(id, H5_INDEX_NAME, H5_ITER_INC, take, &arrays, H5O_INFO_BASIC);
  H5Fclose(id);
  return arrays;
}

}  // namespace quantal::files
