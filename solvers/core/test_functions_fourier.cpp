#include "solvers/core/test_functions.hpp"

#include "solvers/core/axis_kernels.hpp"
#include "solvers/core/test_function_names.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dynkin {

using namespace test_function_names;

namespace {

constexpr double pi = 3.14159265358979323846;

/// cos(theta) or sin(theta), theta = sum_j frequency_j (x_j - lower_j).
class FourierMode final : public TestFunction {
public:
    FourierMode(std::string name, std::vector<double> frequency, std::vector<double> lower, FourierPhase phase)
        : TestFunction(std::move(name), static_cast<int>(frequency.size()), true),
          frequency_(std::move(frequency)), lower_(std::move(lower)), phase_(phase) {}

    void value(Points x, double* out) const override {
        phase(x, out);
        if (phase_ == FourierPhase::cosine)
            axis::cosine(out, x.n);
        else
            axis::sine(out, x.n);
    }

    // A wave along one axis; one across several is no product.
    std::vector<AxisFactor> axis_factors() const override {
        std::vector<AxisFactor> factors(frequency_.size());
        int axes = 0;
        for (std::size_t j = 0; j < frequency_.size(); ++j) {
            if (frequency_[j] == 0.0) continue;
            const auto kind = phase_ == FourierPhase::cosine ? AxisFactor::Kind::cosine : AxisFactor::Kind::sine;
            factors[j] = {kind, 0, lower_[j], frequency_[j]};
            ++axes;
        }
        return axes == 1 ? factors : std::vector<AxisFactor>{};
    }

    void derivatives(Points x, double* value, Rows gradient, Rows hessian) const override {
        const int d = dim();
        std::vector<double> slope(static_cast<std::size_t>(x.n));  // d phi / d theta
        phase(x, value);
        std::copy_n(value, x.n, slope.data());
        if (phase_ == FourierPhase::cosine) {
            axis::cosine(value, x.n);
            axis::sine(slope.data(), x.n);
            for (double& each : slope) each = -each;
        } else {
            axis::sine(value, x.n);
            axis::cosine(slope.data(), x.n);
        }
        for (int i = 0; i < d; ++i) {
            const double fi = frequency_[static_cast<std::size_t>(i)];
            for (Index q = 0; q < x.n; ++q) gradient.row(i)[q] = fi * slope[static_cast<std::size_t>(q)];
            for (int j = 0; j < d; ++j) {
                const double fij = fi * frequency_[static_cast<std::size_t>(j)];
                for (Index q = 0; q < x.n; ++q) hessian.row(i * d + j)[q] = -fij * value[q];
            }
        }
    }

    // Exact: the phase in the middle times prod_j sin(f_j L_j / 2) / (f_j L_j / 2).
    double cell_mean(const double* lower, const double* upper) const override {
        double middle = 0.0, damping = 1.0;
        for (std::size_t j = 0; j < frequency_.size(); ++j) {
            if (frequency_[j] == 0.0) continue;
            middle += frequency_[j] * (0.5 * (lower[j] + upper[j]) - lower_[j]);
            const double half = 0.5 * frequency_[j] * (upper[j] - lower[j]);
            damping *= half == 0.0 ? 1.0 : std::sin(half) / half;
        }
        return damping * (phase_ == FourierPhase::cosine ? std::cos(middle) : std::sin(middle));
    }

private:
    void phase(Points x, double* out) const {
        std::fill_n(out, x.n, 0.0);
        for (int j = 0; j < dim(); ++j) {
            const double f = frequency_[static_cast<std::size_t>(j)], l = lower_[static_cast<std::size_t>(j)];
            if (f == 0.0) continue;
            for (Index q = 0; q < x.n; ++q) out[q] += f * (x.component(j)[q] - l);
        }
    }

    std::vector<double> frequency_, lower_;
    FourierPhase phase_;
};

// "2 pi x", "3 x" (period 2 pi / 3), "x" (period 2 pi).
std::string phase_name(double frequency, const std::string& place) {
    const double whole = std::round(frequency), in_pi = frequency / pi;
    if (whole != 0.0 && std::abs(frequency - whole) < 1e-12 * std::abs(whole))
        return whole == 1.0 ? place : number(whole) + " " + place;
    return (in_pi == 1.0 ? "" : number(in_pi) + " ") + "pi " + place;
}

}  // namespace

TestFunctionPtr fourier(std::vector<int> mode, std::vector<double> lower, std::vector<double> period, FourierPhase phase,
                        const VariableNames& variables) {
    require(!mode.empty(), "fourier", "mode needs one number per component");
    require(lower.size() == mode.size() && period.size() == mode.size(), "fourier",
            "mode, lower and period need one number per component");
    const VariableNames x = names_for(mode.size(), variables);
    std::vector<double> frequency;
    std::vector<std::string> parts;
    for (std::size_t j = 0; j < mode.size(); ++j) {
        if (mode[j] == 0) {
            frequency.push_back(0.0);
            continue;
        }
        require(std::isfinite(lower[j]) && std::isfinite(period[j]) && period[j] > 0.0, "fourier",
                "lower must be finite and period positive");
        frequency.push_back(2.0 * pi * mode[j] / period[j]);
        parts.push_back(phase_name(frequency.back(), shifted(x[j], lower[j])));
    }
    std::string name = (phase == FourierPhase::cosine ? "cos(" : "sin(") + joined(parts, " + ", "0") + ")";
    return std::make_shared<FourierMode>(std::move(name), std::move(frequency), std::move(lower), phase);
}

}  // namespace dynkin
