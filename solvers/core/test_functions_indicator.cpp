#include "solvers/core/test_functions.hpp"

#include "solvers/core/test_function_names.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dynkin {

using namespace test_function_names;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// 1[lower <= x < upper].
class BoxIndicator final : public TestFunction {
public:
    BoxIndicator(std::string name, std::vector<double> lower, std::vector<double> upper)
        : TestFunction(std::move(name), static_cast<int>(lower.size()), false),
          lower_(std::move(lower)), upper_(std::move(upper)) {}

    void value(Points x, double* out) const override {
        std::fill_n(out, x.n, 1.0);
        for (int j = 0; j < dim(); ++j) {
            const double l = lower_[static_cast<std::size_t>(j)], u = upper_[static_cast<std::size_t>(j)];
            for (Index q = 0; q < x.n; ++q) {
                const double xq = x.component(j)[q];
                out[q] = xq >= l && xq < u ? out[q] : 0.0;
            }
        }
    }
    void derivatives(Points, double*, Rows, Rows) const override {
        throw NumericsError("test function " + name() + ": an indicator has no derivatives; use it in pairing checks only");
    }
    double cell_mean(const double* lower, const double* upper) const override {
        double fraction = 1.0;
        for (std::size_t j = 0; j < lower_.size(); ++j) {
            const double length = std::min(upper[j], upper_[j]) - std::max(lower[j], lower_[j]);
            fraction *= std::max(0.0, length) / (upper[j] - lower[j]);
        }
        return fraction;
    }

private:
    std::vector<double> lower_, upper_;
};

}  // namespace

TestFunctionPtr half_line_indicator(int dim, int axis, double threshold, Side side, const VariableNames& variables) {
    require(dim > 0 && axis >= 0 && axis < dim, "indicator", "axis must be one of the components");
    require(std::isfinite(threshold), "indicator", "threshold must be finite");
    std::vector<double> lower(static_cast<std::size_t>(dim), -infinity), upper(static_cast<std::size_t>(dim), infinity);
    (side == Side::below ? upper : lower)[static_cast<std::size_t>(axis)] = threshold;
    const VariableNames x = names_for(lower.size(), variables);
    std::string name = "1[" + x[static_cast<std::size_t>(axis)] + (side == Side::below ? " < " : " >= ") + number(threshold) + "]";
    return std::make_shared<BoxIndicator>(std::move(name), std::move(lower), std::move(upper));
}

TestFunctionPtr box_indicator(std::vector<double> lower, std::vector<double> upper, const VariableNames& variables) {
    require(!lower.empty() && lower.size() == upper.size(), "indicator", "lower and upper need one number per component");
    const VariableNames x = names_for(lower.size(), variables);
    std::vector<std::string> parts;
    for (std::size_t j = 0; j < lower.size(); ++j) {
        require(lower[j] < upper[j], "indicator", "lower must be below upper");
        if (std::isfinite(lower[j]) && std::isfinite(upper[j]))
            parts.push_back(number(lower[j]) + " <= " + x[j] + " < " + number(upper[j]));
        else if (std::isfinite(upper[j]))
            parts.push_back(x[j] + " < " + number(upper[j]));
        else if (std::isfinite(lower[j]))
            parts.push_back(x[j] + " >= " + number(lower[j]));
    }
    return std::make_shared<BoxIndicator>("1[" + joined(parts, ", ", "everywhere") + "]", std::move(lower), std::move(upper));
}

}  // namespace dynkin
