#include "models/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dynkin {

Matrix Matrix::diagonal(const std::vector<double>& entries) {
    const int n = static_cast<int>(entries.size());
    Matrix m(n, n);
    for (int i = 0; i < n; ++i) m(i, i) = entries[static_cast<std::size_t>(i)];
    return m;
}

bool Matrix::is_diagonal() const {
    if (n_rows_ != n_cols_) return false;
    for (int i = 0; i < n_rows_; ++i)
        for (int j = 0; j < n_cols_; ++j)
            if (i != j && (*this)(i, j) != 0.0) return false;
    return true;
}

Matrix Matrix::widened(int n) const {
    if (n_rows_ != 1 || n_cols_ != 1) return *this;
    return diagonal(std::vector<double>(static_cast<std::size_t>(n), entries_[0]));
}

bool Range::contains(double value) const {
    if (!std::isfinite(value)) return false;
    return (lower_included ? value >= lower : value > lower) && (upper_included ? value <= upper : value < upper);
}

std::string Range::text() const {
    const bool below = std::isfinite(lower), above = std::isfinite(upper);
    if (!below && !above) return "any finite number";
    if (!above) return (lower_included ? ">= " : "> ") + shortest(lower);
    if (!below) return (upper_included ? "<= " : "< ") + shortest(upper);
    return std::string("in ") + (lower_included ? "[" : "(") + shortest(lower) + ", " + shortest(upper) +
           (upper_included ? "]" : ")");
}

std::string shortest(double value) {
    char text[32];
    const auto [end, status] = std::to_chars(text, text + sizeof text, value);
    return status == std::errc{} ? std::string(text, end) : std::to_string(value);
}

namespace {

constexpr Calculus all_calculi[] = {Calculus::ito, Calculus::stratonovich, Calculus::haenggi_klimontovich};

std::string out_of_range(double value, const Range& range) {
    return "must be " + range.text() + ", not " + shortest(value);
}

std::string list_text(const std::vector<double>& values) {
    std::string text = "[";
    for (std::size_t i = 0; i < values.size(); ++i) text += (i > 0 ? ", " : "") + shortest(values[i]);
    return text + "]";
}

std::string matrix_text(const Matrix& m) {
    if (m.n_rows() == 1 && m.n_cols() == 1) return shortest(m(0, 0));
    std::string text = "[";
    for (int i = 0; i < m.n_rows(); ++i) {
        std::vector<double> row;
        for (int j = 0; j < m.n_cols(); ++j) row.push_back(m(i, j));
        text += (i > 0 ? ", " : "") + list_text(row);
    }
    return text + "]";
}

}  // namespace

Calculus calculus_from(std::string_view word, bool& known) {
    for (const Calculus c : all_calculi)
        if (word == name_of(c)) {
            known = true;
            return c;
        }
    known = false;
    return Calculus::ito;
}

void ReadParameters::check(std::string_view name, double value, const Range& range) const {
    if (!range.contains(value)) source_.fail(name, out_of_range(value, range));
}

void ReadParameters::operator()(std::string_view name, double& value, const Range& range, std::string_view) const {
    if (!source_.has(name)) return;
    value = source_.real(name);
    check(name, value, range);
}

void ReadParameters::operator()(std::string_view name, int& value, const Range& range, std::string_view) const {
    if (!source_.has(name)) return;
    const std::int64_t wide = source_.integer(name);
    check(name, static_cast<double>(wide), range);
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
        source_.fail(name, std::to_string(wide) + " is too large");
    value = static_cast<int>(wide);
}

void ReadParameters::operator()(std::string_view name, std::vector<double>& value, const Range& range,
                                std::string_view) const {
    if (!source_.has(name)) return;
    value = source_.rank(name) == 0 ? std::vector<double>{source_.real(name)} : source_.reals(name);
    if (value.empty()) source_.fail(name, "must not be empty");
    for (const double v : value) check(name, v, range);
}

void ReadParameters::operator()(std::string_view name, Matrix& value, const Range& range, std::string_view doc) const {
    if (!source_.has(name)) return;
    if (source_.rank(name) < 2) {
        std::vector<double> entries;
        (*this)(name, entries, range, doc);
        value = Matrix::diagonal(entries);
        return;
    }
    const std::vector<std::vector<double>> rows = source_.matrix(name);
    if (rows.empty() || rows[0].empty()) source_.fail(name, "must not be empty");
    Matrix m(static_cast<int>(rows.size()), static_cast<int>(rows[0].size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].size() != rows[0].size())
            source_.fail(name, "row " + std::to_string(i + 1) + " has " + std::to_string(rows[i].size()) +
                                   " entries, the first has " + std::to_string(rows[0].size()));
        for (std::size_t j = 0; j < rows[i].size(); ++j) {
            check(name, rows[i][j], Any{});
            m(static_cast<int>(i), static_cast<int>(j)) = rows[i][j];
        }
    }
    value = m;
}

void ReadParameters::operator()(std::string_view name, Calculus& value, const Range&, std::string_view) const {
    if (!source_.has(name)) return;
    const std::string word = source_.text(name);
    bool known = false;
    value = calculus_from(word, known);
    if (known) return;
    std::vector<std::string> words;
    for (const Calculus c : all_calculi) words.emplace_back(name_of(c));
    source_.fail(name, unknown_name("calculus", word, words));
}

void CheckParameters::fail(std::string_view name, const std::string& message) const {
    throw ConfigError(model_ + ": " + std::string(name) + ": " + message);
}

void CheckParameters::operator()(std::string_view name, const double& value, const Range& range, std::string_view) const {
    if (!range.contains(value)) fail(name, out_of_range(value, range));
}

void CheckParameters::operator()(std::string_view name, const int& value, const Range& range, std::string_view) const {
    if (!range.contains(value)) fail(name, out_of_range(value, range));
}

void CheckParameters::operator()(std::string_view name, const std::vector<double>& value, const Range& range,
                                 std::string_view) const {
    if (value.empty()) fail(name, "must not be empty");
    for (const double v : value)
        if (!range.contains(v)) fail(name, out_of_range(v, range));
}

void CheckParameters::operator()(std::string_view name, const Matrix& value, const Range& range, std::string_view) const {
    if (value.entries().empty()) fail(name, "must not be empty");
    for (const double v : value.entries())
        if (!std::isfinite(v)) fail(name, out_of_range(v, Any{}));
    if (!value.is_diagonal()) return;
    for (int i = 0; i < value.n_rows(); ++i)
        if (!range.contains(value(i, i))) fail(name, out_of_range(value(i, i), range));
}

void DescribeParameters::operator()(std::string_view name, const double& value, const Range& range,
                                    std::string_view doc) const {
    list_.push_back({std::string(name), "number", shortest(value), range.text(), std::string(doc)});
}

void DescribeParameters::operator()(std::string_view name, const int& value, const Range& range,
                                    std::string_view doc) const {
    list_.push_back({std::string(name), "integer", std::to_string(value), range.text(), std::string(doc)});
}

void DescribeParameters::operator()(std::string_view name, const std::vector<double>& value, const Range& range,
                                    std::string_view doc) const {
    list_.push_back({std::string(name), "list", list_text(value), range.text(), std::string(doc)});
}

void DescribeParameters::operator()(std::string_view name, const Matrix& value, const Range& range,
                                    std::string_view doc) const {
    list_.push_back({std::string(name), "matrix", matrix_text(value), range.text(), std::string(doc)});
}

void DescribeParameters::operator()(std::string_view name, const Calculus& value, const Range&,
                                    std::string_view doc) const {
    std::string words;
    for (const Calculus c : all_calculi) words += std::string(words.empty() ? "" : ", ") + name_of(c);
    list_.push_back({std::string(name), "word", std::string("\"") + name_of(value) + "\"", words, std::string(doc)});
}

}  // namespace dynkin
