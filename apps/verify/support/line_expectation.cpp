#include "apps/verify/support/line_expectation.hpp"

#include "apps/verify/support/one_step.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin::verify {
namespace {

/// Values at equidistant nodes, between them the polynomial through the eight nearest.
class NodeValues {
public:
    NodeValues(double lower, double upper, int n)
        : lower_(lower), spacing_((upper - lower) / (n - 1)), values_(static_cast<std::size_t>(n)) {}

    int size() const { return static_cast<int>(values_.size()); }
    double node(int i) const { return lower_ + i * spacing_; }
    double& operator[](int i) { return values_[static_cast<std::size_t>(i)]; }

    double at(double z) const {
        const double s = (z - lower_) / spacing_;
        const int first = std::clamp(static_cast<int>(std::floor(s)) - 3, 0, size() - 8);
        // Neville's scheme.
        std::array<double, 8> p;
        for (int i = 0; i < 8; ++i) p[static_cast<std::size_t>(i)] = values_[static_cast<std::size_t>(first + i)];
        for (int width = 1; width < 8; ++width)
            for (int i = 0; i + width < 8; ++i) {
                const auto j = static_cast<std::size_t>(i);
                p[j] = ((first + i + width - s) * p[j] + (s - first - i) * p[j + 1]) / width;
            }
        return p[0];
    }

private:
    double lower_, spacing_;
    std::vector<double> values_;
};

/// All nodes of one step's normals, as increments of a step h.
struct NoiseNodes {
    std::vector<double> dW, integral, weight;

    NoiseNodes(int points, int points_of_integral, double h) {
        const GaussHermite first(points), second(points_of_integral);
        for (std::size_t i = 0; i < first.node.size(); ++i)
            for (std::size_t j = 0; j < std::max<std::size_t>(second.node.size(), 1); ++j) {
                const bool has = !second.node.empty();
                dW.push_back(std::sqrt(h) * first.node[i]);
                integral.push_back(0.5 * h * std::sqrt(h) *
                                   (first.node[i] + (has ? second.node[j] : 0.0) / std::sqrt(3.0)));
                weight.push_back(first.weight[i] * (has ? second.weight[j] : 1.0));
            }
    }
};

}  // namespace

double line_expectation(const LineRecursion& recursion, double x0, int n_steps) {
    const LineCoordinate& line = recursion.coordinate;
    const double h = recursion.T / n_steps;
    const NoiseNodes noise(recursion.points, recursion.points_of_integral, h);
    const auto n_noise = static_cast<Index>(noise.weight.size());
    NodeValues u(line.lower, line.upper, line.n_nodes), next = u;
    for (int i = 0; i < u.size(); ++i) {
        const double x = line.to_x(u.node(i));
        u[i] = recursion.phi(&x);
    }
    Block x(1, u.size() * n_noise), dW(2, u.size() * n_noise);
    Scratch scratch;
    const auto step_from = [&](const std::vector<double>& starts, int step) {
        Index q = 0;
        for (const double start : starts)
            for (std::size_t k = 0; k < noise.weight.size(); ++k, ++q) {
                x.row(0)[q] = start;
                dW.row(0)[q] = noise.dW[k];
                dW.row(1)[q] = noise.integral[k];
            }
        recursion.stepper(x.rows(), q, Step{step * h, h, step, 0, 0}, dW.rows(), scratch);
    };
    const auto mean_from = [&](Index first) {
        double sum = 0.0;
        for (Index k = 0; k < n_noise; ++k)
            sum += noise.weight[static_cast<std::size_t>(k)] * u.at(line.to_z(x.row(0)[first + k]));
        return sum;
    };
    std::vector<double> starts;
    for (int i = 0; i < u.size(); ++i) starts.push_back(line.to_x(u.node(i)));
    for (int step = n_steps - 1; step > 0; --step) {
        step_from(starts, step);
        for (int i = 0; i < u.size(); ++i) next[i] = mean_from(i * n_noise);
        std::swap(u, next);
    }
    step_from({x0}, 0);
    return mean_from(0);
}

}  // namespace dynkin::verify
