#include "solvers/store/hdf5_layer.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace dynkin::hdf5 {
namespace {

// One line, and of the drivers' long reports ("file write failed: time = ..., error message = 'No space left on
// device', buf = ...") only the start and the system's reason.
std::string tidy(std::string message) {
    std::replace(message.begin(), message.end(), '\n', ' ');
    const std::string_view mark = "error message = '";
    const std::size_t reason = message.find(mark), details = message.find(": time = ");
    if (reason == std::string::npos || details == std::string::npos) return message;
    const std::size_t first = reason + mark.size();
    return message.substr(0, details) + ": " + message.substr(first, message.find('\'', first) - first);
}

herr_t keep_first(unsigned n, const H5E_error2_t* entry, void* out) {
    if (n == 0 && entry->desc != nullptr) *static_cast<std::string*>(out) = entry->desc;
    return 0;
}

std::string read_text(hid_t attribute, hid_t type, hid_t space) {
    if (H5Tis_variable_str(type) > 0) {
        char* text = nullptr;
        const Handle memory = variable_text_type();
        if (H5Aread(attribute, memory.get(), &text) < 0 || text == nullptr) return {};
        std::string copy = text;
        H5Dvlen_reclaim(memory.get(), space, H5P_DEFAULT, &text);
        return copy;
    }
    std::string text(H5Tget_size(type), '\0');
    if (H5Aread(attribute, type, text.data()) < 0) return {};
    text.resize(std::min(text.size(), text.find('\0')));
    return text;
}

template <class T>
std::optional<AttributeValue> read_scalar(hid_t attribute, hid_t memory_type) {
    T value{};
    if (H5Aread(attribute, memory_type, &value) < 0) return std::nullopt;
    return AttributeValue(value);
}

std::optional<AttributeValue> read_value(hid_t attribute) {
    const Handle type(H5Aget_type(attribute), H5Tclose);
    const Handle space(H5Aget_space(attribute), H5Sclose);
    const hssize_t n = H5Sget_simple_extent_npoints(space.get());
    const H5T_class_t kind = H5Tget_class(type.get());
    if (kind == H5T_STRING && n == 1) return AttributeValue(read_text(attribute, type.get(), space.get()));
    if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || n < 1) return std::nullopt;
    if (H5Sget_simple_extent_ndims(space.get()) > 0 && n > 1) {
        std::vector<double> values(static_cast<std::size_t>(n));
        if (H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()) < 0) return std::nullopt;
        return AttributeValue(std::move(values));
    }
    if (kind == H5T_FLOAT) return read_scalar<double>(attribute, H5T_NATIVE_DOUBLE);
    return H5Tget_sign(type.get()) == H5T_SGN_NONE ? read_scalar<std::uint64_t>(attribute, H5T_NATIVE_UINT64)
                                                   : read_scalar<std::int64_t>(attribute, H5T_NATIVE_INT64);
}

void write_raw(hid_t object, const std::string& name, hid_t file_type, hid_t memory_type, hid_t space, const void* data,
               const std::string& path) {
    const std::string action = "write attribute '" + name + "'";
    if (check(H5Aexists(object, name.c_str()), path, action) > 0) check(H5Adelete(object, name.c_str()), path, action);
    const Handle attribute(
        check(H5Acreate2(object, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT), path, action), H5Aclose);
    check(H5Awrite(attribute.get(), memory_type, data), path, action);
}

}  // namespace

std::string innermost_message() {
    std::string message;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &message);
    return tidy(message);
}

void fail(const std::string& path, const std::string& action) {
    const std::string cause = innermost_message();
    throw IoError(path + ": cannot " + action + (cause.empty() ? "" : ": " + cause));
}

Handle dataspace(const std::vector<hsize_t>& shape, const std::vector<hsize_t>& max_shape, const std::string& path) {
    const hid_t id = shape.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(shape.size()), shape.data(),
                                                      max_shape.empty() ? nullptr : max_shape.data());
    return {check(id, path, "describe an array"), H5Sclose};
}

Handle fixed_text_type(std::size_t size) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), std::max<std::size_t>(size, 1));
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

Handle variable_text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

Handle ordered_creation_list(hid_t list_class) {
    constexpr unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    Handle list(H5Pcreate(list_class), H5Pclose);
    H5Pset_attr_creation_order(list.get(), order);
    if (list_class != H5P_DATASET_CREATE) H5Pset_link_creation_order(list.get(), order);
    return list;
}

std::vector<hsize_t> shape_of(hid_t dataset, std::vector<hsize_t>* max_shape) {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const int rank = std::max(0, H5Sget_simple_extent_ndims(space.get()));
    std::vector<hsize_t> shape(static_cast<std::size_t>(rank)), limit(shape.size());
    H5Sget_simple_extent_dims(space.get(), shape.data(), limit.data());
    if (max_shape != nullptr) *max_shape = limit;
    return shape;
}

Handle open_file(const std::string& path) {
    // The operating system's reason ("No such file or directory") is clearer than HDF5's; ask it first.
    std::ifstream probe(path, std::ios::binary);
    if (!probe) throw IoError(path + ": cannot open: " + std::strerror(errno));
    if (std::filesystem::is_directory(path)) throw IoError(path + ": is a directory, expected an HDF5 file");
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get());
    if (id >= 0) return {id, H5Fclose};
    const std::string cause = innermost_message();
    if (cause.find("signature") != std::string::npos) throw IoError(path + ": is not an HDF5 file");
    if (cause.find("truncated") != std::string::npos) throw IoError(path + ": is cut off: " + cause);
    if (cause.find("lock") != std::string::npos)
        throw IoError(path + ": is being written by another process: " + cause);
    throw IoError(path + ": cannot open as HDF5: " + cause);
}

Handle open_dataset(hid_t file, const std::string& name, const std::string& path) {
    const hid_t id = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
    if (id < 0) throw IoError(path + ": has no dataset '" + name + "'");
    return {id, H5Dclose};
}

void write_attribute(hid_t object, const std::string& name, const AttributeValue& value, const std::string& path) {
    const Handle scalar = dataspace({}, {}, path);
    if (const auto* text = std::get_if<std::string>(&value)) {
        const Handle type = fixed_text_type(text->size());
        write_raw(object, name, type.get(), type.get(), scalar.get(), text->c_str(), path);
    } else if (const auto* real = std::get_if<double>(&value)) {
        write_raw(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, scalar.get(), real, path);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        write_raw(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, scalar.get(), integer, path);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
        write_raw(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, scalar.get(), natural, path);
    } else {
        write_attribute_vector(object, name, std::get<std::vector<double>>(value), path);
    }
}

void write_attribute_vector(hid_t object, const std::string& name, const std::vector<double>& value,
                            const std::string& path) {
    const Handle space = dataspace({value.size()}, {}, path);
    write_raw(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space.get(), value.data(), path);
}

std::vector<Attribute> read_attributes(hid_t object, const std::string& path) {
    H5O_info_t info;
    check(H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS), path, "read attributes");
    std::vector<Attribute> attributes;
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
        // Files of other programs may not remember the order; their names are sorted instead.
        hid_t id = H5Aopen_by_idx(object, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
        if (id < 0) id = H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
        const Handle attribute(check(id, path, "read attributes"), H5Aclose);
        std::string name(static_cast<std::size_t>(std::max<ssize_t>(0, H5Aget_name(id, 0, nullptr))), '\0');
        H5Aget_name(id, name.size() + 1, name.data());
        if (name == "CLASS" || name == "NAME" || name == "_FillValue") continue;
        if (auto value = read_value(id)) attributes.push_back({std::move(name), std::move(*value)});
    }
    return attributes;
}

}  // namespace dynkin::hdf5
