#pragma once
// Reads run files back, and single datasets of any HDF5 file.
#include "solvers/core/points.hpp"
#include "solvers/store/attribute.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dynkin {

struct DimensionInfo {
    std::string name;
    Index size = 0;
    bool grows = false;
    bool has_coordinate = true;  ///< readable under its name
};

struct VariableInfo {
    std::string name;                     ///< without leading slash; "first_passage_0/mean"
    std::vector<std::string> dimensions;  ///< slowest first
    std::vector<Index> shape;
    bool is_text = false;  ///< read_labels instead of read
    std::string units, long_name;
};

/// An open run file. Opening one that is absent, truncated, no HDF5 or no run of ours throws IoError saying which;
/// `<name>.partial` of a run that was cut off opens like any other.
class RunReader {
public:
    explicit RunReader(std::filesystem::path path);
    ~RunReader();
    RunReader(RunReader&&) noexcept;

    const std::filesystem::path& path() const;
    /// In the order in which they were made, coordinates included among the variables.
    const std::vector<DimensionInfo>& dimensions() const;
    const std::vector<VariableInfo>& variables() const;
    /// Names of all groups below the root, without leading slash.
    const std::vector<std::string>& groups() const;

    bool has(const std::string& variable) const;
    /// Throws IoError naming the nearest variable.
    const VariableInfo& variable(const std::string& name) const;

    /// All values, last dimension fastest. What was never written is NaN.
    std::vector<double> read(const std::string& variable) const;
    /// One entry of the first dimension.
    std::vector<double> read_row(const std::string& variable, Index row) const;
    /// The texts of a dimension that has text labels.
    std::vector<std::string> read_labels(const std::string& variable) const;

    /// Attributes of "/" (or ""), a group or a variable, in the order in which they were written.
    std::vector<Attribute> attributes(const std::string& path) const;
    /// Throws IoError when it is absent.
    AttributeValue attribute(const std::string& path, const std::string& name) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dynkin
