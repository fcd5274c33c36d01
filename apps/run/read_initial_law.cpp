#include "apps/run/read_parts.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/columns.hpp"

#include <cmath>

namespace dynkin::reading {
namespace {

using Law = std::shared_ptr<const InitialLaw>;

Law read_expression(const Section& initial, const ReadModel& model, const Domain& domain) {
    const std::size_t dim = domain.size();
    std::vector<double> lower, upper;
    for (const AxisDomain& axis : domain) {
        lower.push_back(axis.lower);
        upper.push_back(axis.upper);
    }
    if (initial.has("lower")) lower = initial.reals("lower", dim);
    if (initial.has("upper")) upper = initial.reals("upper", dim);
    for (std::size_t j = 0; j < dim; ++j)
        if (!std::isfinite(lower[j]) || !std::isfinite(upper[j]))
            initial.fail("density", "a density needs a box: give lower and upper in [initial], or a [grid]");
    const auto density =
        expression_function(initial.located_text("density"), model.process->variables(), model.constants);
    return density_law(lower, upper, density);
}

Law read_samples(const Section& initial, std::size_t dim, const std::filesystem::path& directory) {
    const Table table = read_table(initial, directory, dim);
    if (table.columns.size() != dim)
        initial.fail(initial.has("columns") ? "columns" : "file",
                     std::to_string(table.columns.size()) + " columns were found; " + std::to_string(dim) +
                         " are expected, one per variable: name them in 'columns'");
    std::vector<std::vector<double>> rows(static_cast<std::size_t>(table.n_rows()), std::vector<double>(dim));
    for (std::size_t j = 0; j < dim; ++j)
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i][j] = table.columns[j][i];
    std::vector<double> bandwidth;
    if (initial.has("bandwidth")) {
        if (initial.kind_of("bandwidth") == ConfigKind::text) {
            const std::string rule = initial.one_of("bandwidth", {"scott", "none"});
            bandwidth = rule == "scott" ? scott_bandwidth(rows) : std::vector<double>(dim, 0.0);
        } else {
            bandwidth = initial.reals("bandwidth", dim, RealRange::non_negative);
        }
    } else {
        initial.text_or("bandwidth", "scott");
        bandwidth = scott_bandwidth(rows);
    }
    return samples_law(std::move(rows), bandwidth);
}

/// Relative names start at the config's directory, or else where the command runs.
std::filesystem::path find_file(const Section& section, const std::string& name,
                                const std::filesystem::path& directory) {
    const std::filesystem::path path(name);
    if (path.is_absolute()) return path;
    if (std::filesystem::exists(directory / path)) return directory / path;
    if (std::filesystem::exists(path)) return path;
    throw IoError(to_string(section.location("file")) + ": " + section.path() + ".file: no file '" + name + "' in '" +
                  (directory.empty() ? "." : directory.string()) + "' or the current directory");
}

}  // namespace

Table read_table(const Section& section, const std::filesystem::path& directory, std::optional<std::size_t> n_columns) {
    const std::filesystem::path file = find_file(section, section.text("file"), directory);
    const MissingValues missing = section.one_of_or("missing", "refuse", {"refuse", "skip_row"}) == "skip_row"
                                      ? MissingValues::skip_row
                                      : MissingValues::refuse;
    std::vector<std::string> columns;
    if (section.has("columns")) {
        // A column is a name or a number counted from 0.
        if (section.kind_of("columns") == ConfigKind::array && section.rank_of("columns") == 1) {
            try {
                columns = section.texts("columns", n_columns);
            } catch (const ConfigError&) {
                for (const std::int64_t index : section.integers("columns", n_columns, 0))
                    columns.push_back(std::to_string(index));
            }
        } else {
            section.fail("columns", "expected one name or number of a column per variable");
        }
    }
    try {
        return section.has("dataset") ? read_hdf5_columns(file, section.text("dataset"), columns, missing)
                                      : read_columns(file, columns, missing);
    } catch (const IoError& error) {
        // The file is sound then: the config asks for what it does not have.
        const std::string what = error.what();
        if (const auto at = what.find("unknown column"); at != std::string::npos)
            section.fail("columns", what.substr(at) + " (in " + file.string() + ")");
        throw;
    }
}

Law read_initial_law(const Section& initial, const ReadModel& model, const Domain& domain,
                     const std::filesystem::path& directory) {
    const auto dim = static_cast<std::size_t>(model.process->dim());
    const std::string kind =
        initial.one_of("kind", {"point", "gaussian", "uniform", "mixture", "expression", "samples"});
    return located(initial, "kind", [&]() -> Law {
        if (kind == "point") return point_law(initial.reals("at", dim));
        if (kind == "gaussian")
            return gaussian_law(initial.reals("mean", dim), initial.reals("sd", dim, RealRange::positive));
        if (kind == "uniform") return uniform_law(initial.reals("lower", dim), initial.reals("upper", dim));
        if (kind == "expression") return read_expression(initial, model, domain);
        if (kind == "samples") return read_samples(initial, dim, directory);
        const std::vector<double> weights = initial.reals("weights", {}, RealRange::positive);
        return mixture_law(weights, initial.real_matrix("means", weights.size(), dim),
                           initial.real_matrix("sds", weights.size(), dim, RealRange::positive));
    });
}

}  // namespace dynkin::reading
