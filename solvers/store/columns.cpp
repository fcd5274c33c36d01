#include "solvers/store/columns.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/store/hdf5_layer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace dynkin {
namespace {

using Fields = std::vector<std::string>;

constexpr char blanks = ' ';  // as separator: any run of blanks and tabs

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> number(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_missing(std::string_view text) {
    return text.empty() || text == "NA" || text == "." || text == "N/A" || text == "null";
}

/// Fields of one line. Throws IoError on a quote that is never closed.
Fields split(std::string_view line, char separator, const std::string& where) {
    Fields fields;
    std::size_t i = 0;
    const auto skip_blanks = [&] {
        while (i < line.size() && (line[i] == ' ' || (line[i] == '\t' && separator != '\t'))) ++i;
    };
    for (;;) {
        skip_blanks();
        std::string field;
        if (i < line.size() && line[i] == '"') {
            for (++i;; ++i) {
                if (i >= line.size()) throw IoError(where + "a quote is opened and never closed");
                if (line[i] == '"' && (i + 1 >= line.size() || line[i + 1] != '"')) break;
                if (line[i] == '"') ++i;
                field += line[i];
            }
            ++i;
            skip_blanks();
        } else {
            const std::size_t end =
                std::min(line.size(), separator == blanks ? line.find_first_of(" \t", i) : line.find(separator, i));
            field = trim(line.substr(i, end - i));
            i = end;
            if (separator == blanks) skip_blanks();
        }
        fields.push_back(std::move(field));
        if (i >= line.size()) return fields;
        if (separator == blanks) continue;
        if (line[i] != separator) throw IoError(where + "text follows a closing quote");
        ++i;
    }
}

char separator_of(std::string_view line) {
    std::string outside;  // the line without its quoted parts
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            outside += c;
    }
    for (const char separator : {';', '\t', ','})
        if (outside.find(separator) != std::string::npos) return separator;
    return blanks;
}

/// Lines that are neither empty nor comments, with their numbers.
class Lines {
public:
    explicit Lines(std::string_view text) : left_(text) {
        if (left_.substr(0, 3) == "\xEF\xBB\xBF") left_.remove_prefix(3);
    }
    bool next(std::string_view& line) {
        while (!left_.empty()) {
            const std::size_t end = std::min(left_.find('\n'), left_.size());
            line = trim_end(left_.substr(0, end));
            left_.remove_prefix(std::min(end + 1, left_.size()));
            ++number_;
            const std::string_view content = trim(line);
            if (!content.empty() && content[0] != '#' && content[0] != ';') return true;
        }
        return false;
    }
    Index number() const { return number_; }

private:
    // A trailing tab may be an empty last field; only blanks and the return of DOS lines go.
    static std::string_view trim_end(std::string_view line) {
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
        return line;
    }
    std::string_view left_;
    Index number_ = 0;
};

/// Which columns are wanted: positions among `names`. `has_header`: names may be used, not only indices.
std::vector<std::size_t> positions(const std::vector<std::string>& wanted, const std::vector<std::string>& names,
                                   bool has_header, const std::string& path) {
    std::vector<std::size_t> found;
    if (wanted.empty())
        for (std::size_t i = 0; i < names.size(); ++i) found.push_back(i);
    for (const std::string& name : wanted) {
        const auto named = std::find(names.begin(), names.end(), name);
        std::size_t index = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
        const bool is_index = !name.empty() && error == std::errc() && end == name.data() + name.size();
        if (has_header && named != names.end())
            found.push_back(static_cast<std::size_t>(named - names.begin()));
        else if (is_index && index < names.size())
            found.push_back(index);
        else if (has_header && !is_index)
            throw IoError(path + ": " + unknown_name("column", name, names));
        else
            throw IoError(path + ": has no column '" + name + "'; it has " + std::to_string(names.size()) + " columns" +
                          (has_header ? "" : " without names: give indices from 0"));
    }
    return found;
}

std::string in_column(const std::string& name) {
    return " in column '" + name + "'";
}

/// Appends one row; leaves it out if a wanted value is missing and that is allowed.
void append_row(Table& table, const Fields& fields, const std::vector<std::size_t>& wanted, MissingValues missing,
                const std::string& where) {
    std::vector<double> row;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        const std::string& field = fields[wanted[k]];
        const std::optional<double> value = number(trim(field));
        if (!value && !is_missing(field))
            throw IoError(where + "found '" + field + "'" + in_column(table.names[k]) + ", expected a number");
        if (!value || !std::isfinite(*value)) {
            if (missing == MissingValues::skip_row) return;
            throw IoError(where + (field.empty() ? "no value" : "'" + field + "'") + in_column(table.names[k]) +
                          ", expected a finite number (rows with missing values can be skipped on request)");
        }
        row.push_back(*value);
    }
    for (std::size_t k = 0; k < row.size(); ++k) table.columns[k].push_back(row[k]);
}

Table table_of(const std::vector<std::string>& names, const std::vector<std::size_t>& wanted) {
    Table table;
    for (const std::size_t i : wanted) table.names.push_back(names[i]);
    table.columns.resize(wanted.size());
    return table;
}

void require_rows(const Table& table, const std::string& path) {
    if (table.n_rows() == 0) throw IoError(path + ": has no row of numbers in the wanted columns");
}

std::vector<std::string> numbered(std::size_t n) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < n; ++i) names.push_back(std::to_string(i));
    return names;
}

}  // namespace

Table read_columns(const std::filesystem::path& path, const std::vector<std::string>& columns, MissingValues missing) {
    const std::string text = read_text(path);
    Lines lines(text);
    const auto where = [&] { return path.string() + ":" + std::to_string(lines.number()) + ": "; };
    std::string_view line;
    if (!lines.next(line)) throw IoError(path.string() + ": has no data");
    const char separator = separator_of(line);
    Fields first = split(line, separator, where());
    const bool has_header =
        std::none_of(first.begin(), first.end(), [](const std::string& f) { return number(trim(f)); });
    const std::vector<std::string> names = has_header ? first : numbered(first.size());
    const std::vector<std::size_t> wanted = positions(columns, names, has_header, path.string());

    Table table = table_of(names, wanted);
    if (!has_header) append_row(table, first, wanted, missing, where());
    while (lines.next(line)) {
        const Fields fields = split(line, separator, where());
        if (fields.size() != names.size())
            throw IoError(where() + "found " + std::to_string(fields.size()) + " fields, expected " +
                          std::to_string(names.size()) + " as in the first line");
        append_row(table, fields, wanted, missing, where());
    }
    require_rows(table, path.string());
    return table;
}

Table read_hdf5_columns(const std::filesystem::path& file_path, const std::string& dataset,
                        const std::vector<std::string>& columns, MissingValues missing) {
    const hdf5::Quiet quiet;
    const std::string path = file_path.string();
    const hdf5::Handle file = hdf5::open_file(path);
    const hdf5::Handle data = hdf5::open_dataset(file.get(), dataset, path);
    const std::string where = path + ": dataset '" + dataset + "'";
    const hdf5::Handle type(H5Dget_type(data.get()), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type.get());
    if (kind != H5T_FLOAT && kind != H5T_INTEGER) throw IoError(where + " holds no numbers");
    const std::vector<hsize_t> shape = hdf5::shape_of(data.get());
    if (shape.empty() || shape.size() > 2)
        throw IoError(where + " has " + std::to_string(shape.size()) + " dimensions, expected (n) or (n, c)");
    const std::size_t n_columns = shape.size() == 2 ? shape[1] : 1;
    const std::vector<std::string> names = numbered(n_columns);
    const std::vector<std::size_t> wanted = positions(columns, names, false, where);
    std::vector<double> values(shape[0] * n_columns);
    hdf5::check(H5Dread(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path,
                "read dataset '" + dataset + "'");

    Table table = table_of(names, wanted);
    for (std::size_t row = 0; row < shape[0]; ++row) {
        const auto value = [&](std::size_t k) { return values[row * n_columns + wanted[k]]; };
        bool finite = true;
        for (std::size_t k = 0; k < wanted.size(); ++k) finite = finite && std::isfinite(value(k));
        if (!finite && missing == MissingValues::refuse)
            throw IoError(where + " has a value in row " + std::to_string(row) + " that is not finite");
        for (std::size_t k = 0; finite && k < wanted.size(); ++k) table.columns[k].push_back(value(k));
    }
    require_rows(table, where);
    return table;
}

}  // namespace dynkin
