#pragma once
// The HDF5 C API behind handles that close themselves and errors that carry a path. Private to this folder.
#include "solvers/store/attribute.hpp"

#include <hdf5.h>

#include <string>
#include <utility>
#include <vector>

namespace dynkin::hdf5 {

/// While it lives, HDF5 does not print its error stack; the previous setting comes back afterwards, because the program
/// around us may use HDF5 too.
class Quiet {
public:
    Quiet() {
        // After a full disk a file cannot be closed, and HDF5 1.10 crashes at exit when it tries (see RunWriter::Impl).
        [[maybe_unused]] static const herr_t no_clean_up_at_exit = H5dont_atexit();
        H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// Owns one identifier.
class Handle {
public:
    using Close = herr_t (*)(hid_t);

    Handle() = default;
    Handle(hid_t id, Close close) : id_(id), close_(close) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
    Handle& operator=(Handle&& other) noexcept {
        if (this != &other) {
            reset();
            id_ = std::exchange(other.id_, H5I_INVALID_HID);
            close_ = other.close_;
        }
        return *this;
    }

    hid_t get() const { return id_; }
    explicit operator bool() const { return id_ >= 0; }
    /// Gives the identifier up without closing it.
    void abandon() noexcept { id_ = H5I_INVALID_HID; }
    /// Closes now; false when HDF5 could not (buffered data did not reach the disk).
    bool reset() noexcept { return id_ < 0 || close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

private:
    hid_t id_ = H5I_INVALID_HID;
    Close close_ = nullptr;
};

/// The innermost message of HDF5's error stack, "" when the stack is empty.
std::string innermost_message();

/// Throws IoError "path: cannot <action>: <innermost message>".
[[noreturn]] void fail(const std::string& path, const std::string& action);

/// Passes `result` through; a negative one becomes an IoError. For calls that are not in an inner loop.
template <class Result>
Result check(Result result, const std::string& path, const std::string& action) {
    if (result < 0) fail(path, action);
    return result;
}

// Wrapped constructors; each throws IoError through check().
Handle dataspace(const std::vector<hsize_t>& shape, const std::vector<hsize_t>& max_shape, const std::string& path);
Handle fixed_text_type(std::size_t size);
Handle variable_text_type();
/// A creation list of the given class whose attributes (and links, for files and groups) remember their order.
Handle ordered_creation_list(hid_t list_class);

/// Current shape of a dataset, and the largest one it may grow to.
std::vector<hsize_t> shape_of(hid_t dataset, std::vector<hsize_t>* max_shape = nullptr);

/// Opens a file for reading. IoError: absent, no HDF5 file, truncated, locked by a writer.
Handle open_file(const std::string& path);
/// Throws IoError when `name` is absent or no dataset.
Handle open_dataset(hid_t file, const std::string& name, const std::string& path);

void write_attribute(hid_t object, const std::string& name, const AttributeValue& value, const std::string& path);
/// The same as a vector of length one, which is how netCDF writes _FillValue.
void write_attribute_vector(hid_t object, const std::string& name, const std::vector<double>& value,
                            const std::string& path);
/// All attributes that have one of the types of AttributeValue, in the order they were written; references and other
/// bookkeeping of dimension scales are left out.
std::vector<Attribute> read_attributes(hid_t object, const std::string& path);

}  // namespace dynkin::hdf5
