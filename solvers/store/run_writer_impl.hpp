#pragma once
// The state behind RunWriter. Private to this folder.
#include "solvers/store/hdf5_layer.hpp"
#include "solvers/store/run_writer.hpp"

#include <map>

namespace dynkin {

struct RunWriter::Impl {
    using Shape = std::vector<hsize_t>;

    struct DimensionState {
        hdf5::Handle scale;
        hsize_t size = 0;
        bool grows = false;
        hsize_t expected_rows = 0;
    };
    struct VariableState {
        std::string name;
        hdf5::Handle dataset;
        Shape shape;  // as in the file; rows in `pending` are not counted
        Shape chunk;  // when it grows
        bool grows = false;
        hsize_t row_size = 1;  // values in one row
        std::vector<double> pending;
        hsize_t first_pending_row = 0;
    };

    std::filesystem::path final_name, partial_name;
    std::string path;  // partial_name, for messages
    hdf5::Handle file;
    std::map<std::string, DimensionState> dimensions;
    std::vector<VariableState> variables;
    hsize_t n_rows = 0;
    bool has_data = false;     // rows or arrays were handed in
    bool has_flushed = false;  // and some of them reached the operating system
    bool broken = false;
    off_t reserved = 0;  // bytes of the file that the file system has granted

    explicit Impl(std::filesystem::path final);
    ~Impl();

    [[noreturn]] void misuse(const std::string& what) const;
    void require_usable() const;
    void require_new_name(const std::string& name) const;
    VariableState& at(Variable variable);

    /// Runs `work`; an error that came from HDF5 or the disk makes the writer unusable.
    template <class Work>
    void guarded(Work work) {
        require_usable();
        const hdf5::Quiet quiet;
        try {
            work();
        } catch (...) {
            broken = true;
            throw;
        }
    }

    /// The group that holds `name`, made with its parents; and the last part of the name.
    std::pair<hdf5::Handle, std::string> parent_group(const std::string& name);
    hdf5::Handle open_or_make_group(const hdf5::Handle& parent, const std::string& name);
    /// Chunked when it grows, contiguous otherwise.
    hdf5::Handle make_dataset(const std::string& name, hid_t type, const Shape& shape, bool grows,
                              hsize_t expected_rows);
    void label_dataset(hid_t dataset, const Label& label);
    void add_scale(const std::string& name, hdf5::Handle dataset, hsize_t size, const std::string& scale_name);
    Variable add_array(const std::string& name, const std::vector<std::string>& over, const Label& label,
                       bool fill_value);

    void grow(VariableState& variable, hsize_t rows);
    /// A whole row of at least as many values as a chunk holds.
    void write_large_row(VariableState& variable, hsize_t row, const double* values);
    void write_box(VariableState& variable, const Shape& offset, const Shape& count, const double* values);
    void write_pending(VariableState& variable);
    void flush();
    void reserve_disk_space();
    /// Closes everything; false when the file system refused the last bytes.
    bool release();
    /// Gives everything up after a failed write; the file stays as the last flush left it.
    void abandon() noexcept;
};

}  // namespace dynkin
