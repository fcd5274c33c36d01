#include "solvers/store/run_writer_impl.hpp"

#include "solvers/core/errors.hpp"

#include <hdf5_hl.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace dynkin {
namespace {

namespace fs = std::filesystem;
using hdf5::check;
using hdf5::Handle;
using Shape = std::vector<hsize_t>;

constexpr hsize_t chunk_elements = 64 * 1024;
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Whole rows up to 64K elements; rows larger than that are cut along their slowest dimensions, into equal parts. So a
// chunk of a large row is a contiguous piece of it.
Shape chunk_shape(const Shape& shape, hsize_t expected_rows) {
    Shape chunk(shape.size(), 1);
    hsize_t left = chunk_elements;
    for (std::size_t k = shape.size(); k-- > 1;) {
        const hsize_t size = std::max<hsize_t>(shape[k], 1), parts = (size - 1) / left + 1;
        chunk[k] = (size - 1) / parts + 1;
        left = parts > 1 ? 1 : left / chunk[k];
    }
    chunk[0] = std::clamp<hsize_t>(expected_rows, 1, left);
    return chunk;
}

// HDF5 truncates a file before it asks for the lock, so ask first.
void refuse_if_being_written(const fs::path& partial) {
    const int fd = ::open(partial.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(fd);
    if (locked) throw IoError(partial.string() + ": another process is writing this file");
}

void refuse_special_file(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status))
        throw IoError(path.string() + ": cannot write a run there: it exists and is not a regular file");
}

// Metadata reaches the file in a flush only, never half-way between two, so that the file on disk is the one of the
// last flush even after kill -9.
void keep_metadata_until_flush(hid_t access, const std::string& name) {
    H5AC_cache_config_t config;
    config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
    check(H5Pget_mdc_config(access, &config), name, "set up the file");
    config.evictions_enabled = false;
    config.incr_mode = H5C_incr__off;
    config.decr_mode = H5C_decr__off;
    config.flash_incr_mode = H5C_flash_incr__off;
    check(H5Pset_mdc_config(access, &config), name, "set up the file");
}

Handle create_file(const fs::path& partial) {
    const std::string name = partial.string();
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V110), name, "set the format version");
    check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), name, "set up the file");
    keep_metadata_until_flush(access.get(), name);
    const Handle creation = hdf5::ordered_creation_list(H5P_FILE_CREATE);
    // The operating system's reason ("No such file or directory") is clearer than HDF5's; ask it first.
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) throw IoError(name + ": cannot create: " + std::strerror(errno));
    ::close(fd);
    return {check(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), name, "create"), H5Fclose};
}

}  // namespace

RunWriter::Impl::Impl(fs::path final) : final_name(std::move(final)) {
    partial_name = final_name.string() + ".partial";
    path = partial_name.string();
    refuse_special_file(final_name);
    refuse_special_file(partial_name);
    refuse_if_being_written(partial_name);
    file = create_file(partial_name);
}

RunWriter::Impl::~Impl() {
    if (!file) return;
    const hdf5::Quiet quiet;
    try {
        if (!broken && has_data) flush();
    } catch (...) {  // a destructor has nobody to tell; the rows flushed before stay
        broken = true;
    }
    if (broken)
        abandon();
    else
        release();
    std::error_code ignored;
    if (!has_flushed) fs::remove(partial_name, ignored);
}

bool RunWriter::Impl::release() {
    variables.clear();
    dimensions.clear();
    return file.reset();
}

// HDF5 would write its metadata on closing, fail again, and keep a file it has half freed until it crashes at exit.
void RunWriter::Impl::abandon() noexcept {
    for (VariableState& variable : variables) variable.dataset.abandon();
    for (auto& [name, dimension] : dimensions) dimension.scale.abandon();
    file.abandon();
}

void RunWriter::Impl::misuse(const std::string& what) const {
    throw IoError(path + ": " + what);
}

void RunWriter::Impl::require_usable() const {
    if (!file) misuse("the file is closed");
    if (broken) misuse("an earlier write failed; the file cannot be continued");
}

void RunWriter::Impl::require_new_name(const std::string& name) const {
    const auto same = [&](const VariableState& variable) { return variable.name == name; };
    if (name.empty() || dimensions.count(name) > 0 || std::any_of(variables.begin(), variables.end(), same))
        misuse("the name '" + name + "' is empty or taken");
}

RunWriter::Impl::VariableState& RunWriter::Impl::at(Variable variable) {
    require_usable();
    if (variable.index < 0 || variable.index >= static_cast<int>(variables.size())) misuse("no such variable");
    return variables[static_cast<std::size_t>(variable.index)];
}

std::pair<Handle, std::string> RunWriter::Impl::parent_group(const std::string& name) {
    Handle group(check(H5Gopen2(file.get(), "/", H5P_DEFAULT), path, "open '/'"), H5Gclose);
    std::size_t start = name.find_first_not_of('/');
    if (start == std::string::npos) return {std::move(group), ""};
    for (std::size_t slash; (slash = name.find('/', start)) != std::string::npos; start = slash + 1)
        group = open_or_make_group(group, name.substr(start, slash - start));
    return {std::move(group), name.substr(start)};
}

Handle RunWriter::Impl::open_or_make_group(const Handle& parent, const std::string& name) {
    const std::string action = "make group '" + name + "'";
    if (check(H5Lexists(parent.get(), name.c_str(), H5P_DEFAULT), path, action) > 0)
        return {check(H5Gopen2(parent.get(), name.c_str(), H5P_DEFAULT), path, action), H5Gclose};
    const Handle creation = hdf5::ordered_creation_list(H5P_GROUP_CREATE);
    const hid_t id = H5Gcreate2(parent.get(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT);
    return {check(id, path, action), H5Gclose};
}

Handle RunWriter::Impl::make_dataset(const std::string& name, hid_t type, const Shape& shape, bool grows,
                                     hsize_t expected_rows) {
    const std::string action = "create '" + name + "'";
    const Handle creation = hdf5::ordered_creation_list(H5P_DATASET_CREATE);
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    Shape limit = shape;
    if (grows) {
        limit[0] = H5S_UNLIMITED;
        const Shape chunk = chunk_shape(shape, expected_rows);
        check(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()), path, action);
        // No chunk cache: a new row of a half-full chunk is written alone, not with the 512 KB around it.
        check(H5Pset_chunk_cache(access.get(), 1, 0, 1.0), path, action);
    }
    if (H5Tget_class(type) == H5T_FLOAT)
        check(H5Pset_fill_value(creation.get(), H5T_NATIVE_DOUBLE, &missing), path, action);
    const Handle space = hdf5::dataspace(shape, limit, path);
    const auto [group, leaf] = parent_group(name);
    const hid_t id =
        H5Dcreate2(group.get(), leaf.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), access.get());
    return {check(id, path, action), H5Dclose};
}

void RunWriter::Impl::label_dataset(hid_t dataset, const Label& label) {
    if (!label.units.empty()) hdf5::write_attribute(dataset, "units", label.units, path);
    if (!label.long_name.empty()) hdf5::write_attribute(dataset, "long_name", label.long_name, path);
}

void RunWriter::Impl::add_scale(const std::string& name, Handle dataset, hsize_t size, const std::string& scale_name) {
    check(H5DSset_scale(dataset.get(), scale_name.c_str()), path, "make '" + name + "' a dimension");
    DimensionState& dimension = dimensions[name];
    dimension.scale = std::move(dataset);
    dimension.size = size;
}

RunWriter::Variable RunWriter::Impl::add_array(const std::string& name, const std::vector<std::string>& over,
                                               const Label& label, bool fill_value) {
    require_new_name(name);
    VariableState variable;
    hsize_t expected_rows = 0;
    for (std::size_t k = 0; k < over.size(); ++k) {
        const auto found = dimensions.find(over[k]);
        if (found == dimensions.end())
            misuse("variable '" + name + "' needs the dimension '" + over[k] + "', which is absent");
        const DimensionState& dimension = found->second;
        if (dimension.grows && k > 0) misuse("variable '" + name + "': the growing dimension comes first");
        if (dimension.grows) expected_rows = dimension.expected_rows;
        if (!dimension.grows) variable.row_size *= dimension.size;
        variable.shape.push_back(dimension.grows ? 0 : dimension.size);
    }
    variable.name = name;
    variable.grows = expected_rows > 0;
    if (variable.grows) variable.chunk = chunk_shape(variable.shape, expected_rows);
    guarded([&] {
        variable.dataset = make_dataset(name, H5T_IEEE_F64LE, variable.shape, variable.grows, expected_rows);
        const hid_t id = variable.dataset.get();
        label_dataset(id, label);
        if (fill_value) hdf5::write_attribute_vector(id, "_FillValue", {missing}, path);
        for (std::size_t k = 0; k < over.size(); ++k)
            check(H5DSattach_scale(id, dimensions[over[k]].scale.get(), static_cast<unsigned>(k)), path,
                  "attach '" + over[k] + "' to '" + name + "'");
        variables.push_back(std::move(variable));
    });
    return {static_cast<int>(variables.size()) - 1};
}

void RunWriter::Impl::grow(VariableState& variable, hsize_t rows) {
    if (!variable.grows || rows <= variable.shape[0]) return;
    Shape grown = variable.shape;
    grown[0] = rows;
    check(H5Dset_extent(variable.dataset.get(), grown.data()), path, "write '" + variable.name + "'");
    variable.shape = grown;
    n_rows = std::max(n_rows, rows);
}

// H5Dwrite would first fill each new chunk with NaN in memory and then copy the values over it: half the speed.
void RunWriter::Impl::write_large_row(VariableState& variable, hsize_t row, const double* values) {
    const std::string action = "write '" + variable.name + "'";
    const std::size_t rank = variable.shape.size();
    const bool same_bytes = check(H5Tequal(H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE), path, action) > 0;
    if (!same_bytes || variable.chunk[0] != 1) {
        Shape offset(rank, 0), count = variable.shape;
        offset[0] = row;
        count[0] = 1;
        return write_box(variable, offset, count, values);
    }
    grow(variable, row + 1);
    hsize_t chunk_size = 1, size = 1, cut = 0;  // the dimension that is cut, and what one step along it holds
    for (std::size_t k = 1; k < rank; ++k) {
        chunk_size *= variable.chunk[k];
        if (cut == 0 && variable.chunk[k] > 1) cut = k;
    }
    if (cut == 0) cut = rank - 1;
    for (std::size_t k = cut + 1; k < rank; ++k) size *= variable.shape[k];
    std::vector<double> padded;
    Shape offset(rank, 0);
    offset[0] = row;
    for (hsize_t done = 0; done < variable.row_size;) {
        const hsize_t count = std::min(variable.chunk[cut], variable.shape[cut] - offset[cut]) * size;
        const double* piece = values + done;
        if (count < chunk_size) {
            padded.assign(chunk_size, missing);
            std::copy_n(piece, count, padded.begin());
            piece = padded.data();
        }
        check(H5Dwrite_chunk(variable.dataset.get(), H5P_DEFAULT, 0, offset.data(), chunk_size * sizeof(double), piece),
              path, action);
        done += count;
        offset[cut] += variable.chunk[cut];
        for (std::size_t k = cut; k > 1 && offset[k] >= variable.shape[k]; --k) {
            offset[k] = 0;
            offset[k - 1] += variable.chunk[k - 1];
        }
    }
}

void RunWriter::Impl::write_box(VariableState& variable, const Shape& offset, const Shape& count,
                                const double* values) {
    const std::string action = "write '" + variable.name + "'";
    const hid_t dataset = variable.dataset.get();
    if (!count.empty()) grow(variable, offset[0] + count[0]);
    const Handle memory = hdf5::dataspace(count, {}, path);
    const Handle space(check(H5Dget_space(dataset), path, action), H5Sclose);
    if (!count.empty())
        check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, offset.data(), nullptr, count.data(), nullptr), path,
              action);
    check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, values), path, action);
}

void RunWriter::Impl::write_pending(VariableState& variable) {
    if (variable.pending.empty()) return;
    Shape offset(variable.shape.size(), 0), count = variable.shape;
    offset[0] = variable.first_pending_row;
    count[0] = variable.pending.size() / variable.row_size;
    write_box(variable, offset, count, variable.pending.data());
    variable.pending.clear();
}

// The rows are in the file by now, its tables of contents are not. A disk that fills up between two tables would spoil
// the rows of earlier windows, so their space is claimed first.
void RunWriter::Impl::reserve_disk_space() {
    hsize_t end = 0;
    void* descriptor = nullptr;
    check(H5Fget_filesize(file.get(), &end), path, "flush");
    check(H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &descriptor), path, "flush");
    const auto wanted = static_cast<off_t>(end);
    if (wanted <= reserved) return;
    int result = 0;
    do result = ::fallocate(*static_cast<int*>(descriptor), 0, reserved, wanted - reserved);
    while (result != 0 && errno == EINTR);
    if (result != 0 && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
        throw IoError(path + ": cannot flush: " + std::strerror(errno));
    reserved = wanted;  // file systems without this service say so, and we go on
}

void RunWriter::Impl::flush() {
    for (VariableState& variable : variables) write_pending(variable);
    // Equal lengths along time, so that a variable that skipped rows reads NaN there instead of being shorter.
    for (VariableState& variable : variables) {
        if (!variable.grows || variable.shape[0] == n_rows) continue;
        variable.shape[0] = n_rows;
        check(H5Dset_extent(variable.dataset.get(), variable.shape.data()), path, "extend '" + variable.name + "'");
    }
    reserve_disk_space();
    check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), path, "flush");
    has_flushed = has_flushed || has_data;
}

}  // namespace dynkin
