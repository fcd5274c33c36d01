#pragma once
// Parameters of a model by reflection: a model names its members once, in `parameters(visit)`, and is from then on
// read from a config, checked, listed and documented without another line.
#include "solvers/core/errors.hpp"
#include "solvers/core/process.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin {

/// A small dense matrix, row by row.
class Matrix {
public:
    Matrix() = default;
    Matrix(int n_rows, int n_cols) : n_rows_(n_rows), n_cols_(n_cols), entries_(count(n_rows, n_cols), 0.0) {}
    static Matrix diagonal(const std::vector<double>& entries);
    static Matrix scalar(double value) { return diagonal({value}); }

    int n_rows() const { return n_rows_; }
    int n_cols() const { return n_cols_; }
    double operator()(int i, int j) const { return entries_[at(i, j)]; }
    double& operator()(int i, int j) { return entries_[at(i, j)]; }
    const std::vector<double>& entries() const { return entries_; }
    bool is_diagonal() const;
    /// A 1 x 1 matrix becomes that multiple of the n x n identity; other sizes stay.
    Matrix widened(int n) const;

private:
    static std::size_t count(int r, int c) { return static_cast<std::size_t>(r) * static_cast<std::size_t>(c); }
    std::size_t at(int i, int j) const { return static_cast<std::size_t>(i * n_cols_ + j); }

    int n_rows_ = 0, n_cols_ = 0;
    std::vector<double> entries_;
};

/// The values a parameter may take. NaN and infinity never.
struct Range {
    double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();
    bool lower_included = true, upper_included = true;

    bool contains(double value) const;
    /// "any finite number", "> 0", ">= 0", "in [0, 1)".
    std::string text() const;
};
struct Any : Range {};
struct Positive : Range {
    constexpr Positive() : Range{0.0, std::numeric_limits<double>::infinity(), false, true} {}
};
struct NonNegative : Range {
    constexpr NonNegative() : Range{0.0, std::numeric_limits<double>::infinity(), true, true} {}
};
struct AtLeast : Range {
    constexpr explicit AtLeast(double lo) : Range{lo, std::numeric_limits<double>::infinity(), true, true} {}
};
struct Between : Range {  ///< closed interval
    constexpr Between(double lo, double hi) : Range{lo, hi, true, true} {}
};
struct Inside : Range {  ///< open interval
    constexpr Inside(double lo, double hi) : Range{lo, hi, false, false} {}
};

/// Where values come from: the config layer implements it, so that messages carry file:line:column.
class ParameterSource {
public:
    virtual ~ParameterSource() = default;
    /// The names present; make_model refuses those the model does not have. Empty: the source checks them itself.
    virtual std::vector<std::string> names() const { return {}; }
    virtual bool has(std::string_view name) const = 0;
    /// 0 a number or a word, 1 a list, 2 a list of lists.
    virtual int rank(std::string_view name) const = 0;
    virtual double real(std::string_view name) const = 0;
    virtual std::int64_t integer(std::string_view name) const = 0;
    virtual std::vector<double> reals(std::string_view name) const = 0;
    virtual std::vector<std::vector<double>> matrix(std::string_view name) const = 0;
    virtual std::string text(std::string_view name) const = 0;
    /// Throws ConfigError: "<place>: <name>: <message>".
    [[noreturn]] virtual void fail(std::string_view name, const std::string& message) const = 0;
};

/// What a parameter is, for lists and docs.
struct ParameterInfo {
    std::string name;
    std::string type;           ///< "number", "integer", "list", "matrix", "word"
    std::string default_value;  ///< as it would stand in the config
    std::string range;          ///< Range::text(), or the words accepted
    std::string doc;
};

/// The shortest text that reads back as the same double.
std::string shortest(double value);

Calculus calculus_from(std::string_view word, bool& known);

/// Visitors of `parameters(visit)`: visit(name, member, range, doc).
class ReadParameters {
public:
    explicit ReadParameters(const ParameterSource& source) : source_(source) {}
    void operator()(std::string_view name, double& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, int& value, const Range& range, std::string_view doc) const;
    /// A single number is a list of one.
    void operator()(std::string_view name, std::vector<double>& value, const Range& range, std::string_view doc) const;
    /// A number is a 1 x 1 matrix, a list a diagonal one; the range holds for their entries, not for a full matrix.
    void operator()(std::string_view name, Matrix& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, Calculus& value, const Range& range, std::string_view doc) const;

private:
    void check(std::string_view name, double value, const Range& range) const;
    const ParameterSource& source_;
};

/// Checks members set in code; throws ConfigError "model: name: ...".
class CheckParameters {
public:
    explicit CheckParameters(std::string_view model) : model_(model) {}
    void operator()(std::string_view name, const double& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, const int& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, const std::vector<double>& value, const Range& range,
                    std::string_view doc) const;
    void operator()(std::string_view name, const Matrix& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view, const Calculus&, const Range&, std::string_view) const {}
    [[noreturn]] void fail(std::string_view name, const std::string& message) const;

private:
    std::string model_;
};

class DescribeParameters {
public:
    explicit DescribeParameters(std::vector<ParameterInfo>& list) : list_(list) {}
    void operator()(std::string_view name, const double& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, const int& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, const std::vector<double>& value, const Range& range,
                    std::string_view doc) const;
    void operator()(std::string_view name, const Matrix& value, const Range& range, std::string_view doc) const;
    void operator()(std::string_view name, const Calculus& value, const Range& range, std::string_view doc) const;

private:
    std::vector<ParameterInfo>& list_;
};

/// How a model refuses a combination: fail(parameter name, message) throws ConfigError.
using Refuse = std::function<void(std::string_view, const std::string&)>;

// Optional extras of a model in the list.
template <class M>
concept HasParameters = requires(M& m, const CheckParameters& check) {
    m.parameters(check);
};
/// `settle(fail)`: called once the parameters are in, to derive sizes and to refuse combinations that make no
/// sense, by fail(parameter name, message).
template <class M>
concept HasSettle = requires(M& m, void (*fail)(std::string_view, const std::string&)) {
    m.settle(fail);
};

/// A model whose members were set in code, checked and settled; throws ConfigError. make_model does the same for
/// values from a config.
template <class M>
M checked(M model) {
    const CheckParameters check{M::name};
    if constexpr (HasParameters<M>) model.parameters(check);
    if constexpr (HasSettle<M>)
        model.settle([&](std::string_view name, const std::string& message) { check.fail(name, message); });
    return model;
}

}  // namespace dynkin
