#pragma once
// Tables of numbers from files of others: CSV, columns of text, HDF5 datasets.
#include "solvers/core/points.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dynkin {

/// Columns of equal length.
struct Table {
    std::vector<std::string> names;            ///< (c) as in the header of the file, or "0", "1", ...
    std::vector<std::vector<double>> columns;  ///< (c)(n)

    Index n_rows() const { return columns.empty() ? 0 : static_cast<Index>(columns.front().size()); }
};

enum class MissingValues {
    refuse,    ///< an empty field, NA, NaN, a lone dot or a non-finite number is an IoError naming its line
    skip_row,  ///< rows in which a wanted column has one are left out
};

/// Reads columns of a text file, each named as in its header or by its index from 0; no names at all: every column.
///
/// Fields are separated by commas, semicolons, tabs or blanks (the first of these found in the first line, in this
/// order of preference) and may be quoted with ". Lines that start with # or ; and empty lines are skipped. The first
/// other line is a header if a field of it is no number. A column that was not asked for may hold anything (dates,
/// words). Throws IoError "path:line: ..." on a field that is no number, a line with too few fields, an unknown column
/// (naming the nearest), no data.
Table read_columns(const std::filesystem::path& path, const std::vector<std::string>& columns = {},
                   MissingValues missing = MissingValues::refuse);

/// Reads a numeric dataset (n) or (n, c) of any HDF5 file; `columns` are indices from 0 into c, none: all of them.
/// Throws IoError on an absent or foreign file, an absent dataset, other ranks, non-numbers and non-finite values.
Table read_hdf5_columns(const std::filesystem::path& path, const std::string& dataset,
                        const std::vector<std::string>& columns = {}, MissingValues missing = MissingValues::refuse);

}  // namespace dynkin
