#pragma once
// Writes run.h5: an HDF5 file in the shape of netCDF-4, so that h5py, xarray, ncdump and ParaView read it as it is.
// docs/store.md shows the layout.
#include "solvers/core/points.hpp"
#include "solvers/store/attribute.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dynkin {

/// Units and a sentence for people. `units` is "1" for pure numbers; never "seconds" (xarray would turn it into time
/// deltas).
struct Label {
    std::string units = "1";
    std::string long_name;
};

/// One run file from its first row to its last.
///
/// Everything goes to `<final name>.partial`; close() puts it on the disk and renames it. Without close() there is
/// never a file under the final name: the destructor keeps the partial file if it holds at least one row or array,
/// readable to the last flush, and removes it otherwise. After kill -9 the partial file opens with every flushed row.
/// An older file under the final name stays until close() replaces it.
///
/// Every member throws IoError with the path; after one that came from the disk the writer refuses further work. Wrong
/// names, ranks and sizes are errors of the caller and IoErrors as well. One thread at a time.
class RunWriter {
public:
    /// A variable of this writer, returned by the add_ members.
    struct Variable {
        int index = -1;
    };

    /// Creates the partial file with the root attributes `Conventions = "CF-1.10"` and `dynkin_store = 1`. Refuses a
    /// path whose partial file another process is writing.
    explicit RunWriter(std::filesystem::path final_name);
    ~RunWriter();
    RunWriter(RunWriter&&) noexcept;
    RunWriter& operator=(RunWriter&&) = delete;

    /// A dimension that grows, with its coordinate written row by row (write_row). The first one has axis "T".
    /// `expected_rows` sizes the chunks of variables with small rows; more rows than that are fine.
    Variable add_unlimited(const std::string& name, const Label& label, Index expected_rows = 64);
    /// A dimension with the coordinate `values` (n). `axis` is "X", "Y", "Z" or "". With `edges` (n + 1) the cells are
    /// stored too, as <name>_bounds(n, 2).
    void add_dimension(const std::string& name, std::span<const double> values, const Label& label,
                       const std::string& axis = "", std::span<const double> edges = {});
    /// A dimension without coordinate, such as the particles.
    void add_dimension(const std::string& name, Index size);
    /// A dimension whose coordinate is text, such as the names of the test functions.
    void add_dimension(const std::string& name, const std::vector<std::string>& labels, const std::string& long_name);

    /// An array of doubles over dimensions added before; no dimension at all makes a number. A growing dimension comes
    /// first. Slashes in the name make groups. What is never written reads as NaN.
    Variable add_variable(const std::string& name, const std::vector<std::string>& dimensions, const Label& label);

    /// Row `row` >= 0 of a variable whose first dimension grows: (product of the other sizes) values. Kept in memory
    /// until flush() or until 512 KB have gathered.
    void write_row(Variable variable, Index row, std::span<const double> values);
    void write_row(Variable variable, Index row, double value) { write_row(variable, row, std::span(&value, 1)); }
    /// The whole of a variable that does not grow, last dimension fastest.
    void write(Variable variable, std::span<const double> values);
    void write(Variable variable, double value) { write(variable, std::span(&value, 1)); }
    /// The box [offsets, offsets + counts) of a variable, last dimension fastest; grows the first dimension if needed.
    void write_slab(Variable variable, const std::vector<Index>& offsets, const std::vector<Index>& counts,
                    std::span<const double> values);

    /// Sets or replaces an attribute of "/" (or ""), of a variable or coordinate, or of a group, which is made if
    /// absent.
    void attribute(const std::string& path, const std::string& name, const AttributeValue& value);

    /// Hands all rows to the operating system: they survive the end of this process. Once per output window.
    void flush();
    /// Flush, fsync, rename to the final name. Nothing may be called afterwards.
    void close();

    const std::filesystem::path& final_name() const;
    const std::filesystem::path& partial_name() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dynkin
