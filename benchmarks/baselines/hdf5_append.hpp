#pragma once
// Snapshots into one contiguous dataset by plain HDF5: as many rows as it will ever get, written one after the other.
#include <hdf5.h>

#include <string>
#include <vector>

namespace dynkin::benchmarks {

inline void write_contiguous(const std::string& path, const std::vector<double>& row, int n_rows) {
    const hsize_t shape[2] = {static_cast<hsize_t>(n_rows), row.size()}, count[2] = {1, row.size()};
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, shape, nullptr), memory = H5Screate_simple(2, count, nullptr);
    const hid_t data = H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int r = 0; r < n_rows; ++r) {
        const hsize_t start[2] = {static_cast<hsize_t>(r), 0};
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
        H5Dwrite(data, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, row.data());
    }
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    H5Dclose(data);
    H5Sclose(memory);
    H5Sclose(space);
    H5Fclose(file);
}

}  // namespace dynkin::benchmarks
