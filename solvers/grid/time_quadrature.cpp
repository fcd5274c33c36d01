#include "solvers/grid/time_quadrature.hpp"

#include <array>
#include <cmath>

namespace dynkin {

namespace {

constexpr double equal_steps = 1e-6;
constexpr double safety = 2.0;

// The n-th divided difference of component k over n + 1 nodes.
template <class Node, std::size_t N>
double divided_difference(const std::array<const Node*, N>& nodes, std::size_t k) {
    std::array<double, N> table{};
    for (std::size_t i = 0; i < N; ++i) table[i] = nodes[i]->g[k];
    for (std::size_t order = 1; order < N; ++order)
        for (std::size_t i = 0; i + order < N; ++i)
            table[i] = (table[i + 1] - table[i]) / (nodes[i + order]->t - nodes[i]->t);
    return table[0];
}

double simpson_error(double h, double fourth_difference) {
    return safety * 4.0 / 15.0 * std::pow(h, 5) * std::abs(fourth_difference);
}

}  // namespace

void TimeQuadrature::start(double t, std::vector<double> values) {
    integral_.assign(values.size(), 0.0);
    bound_ = first_pair_ = integral_;
    first_h_ = 0.0;
    pending_.clear();
    settled_.clear();
    settled_.push_back({t, std::move(values)});
}

void TimeQuadrature::add(double t, std::vector<double> values) {
    Node node{t, std::move(values)};
    if (!pending_.empty()) {
        const double first = pending_[0].t - settled_.back().t, second = t - pending_[0].t;
        if (std::abs(second - first) <= equal_steps * first) return add_pair(node);
        add_single();
    }
    pending_.push_back(std::move(node));
}

void TimeQuadrature::close() {
    if (!pending_.empty()) add_single();
}

void TimeQuadrature::add_pair(const Node& end) {
    const Node &begin = settled_.back(), &middle = pending_[0];
    const double h = 0.5 * (end.t - begin.t);
    const bool has_history = settled_.size() >= 3;
    for (std::size_t k = 0; k < integral_.size(); ++k) {
        const double simpson = h / 3.0 * (begin.g[k] + 4.0 * middle.g[k] + end.g[k]);
        integral_[k] += simpson;
        if (has_history) {
            const std::array<const Node*, 5> nodes{&settled_[settled_.size() - 3], &settled_[settled_.size() - 2],
                                                   &begin, &middle, &end};
            const double d4 = divided_difference(nodes, k);
            bound_[k] += simpson_error(h, d4);
            if (first_h_ > 0.0) bound_[k] += simpson_error(first_h_, d4);
        } else {
            first_pair_[k] += std::abs(simpson - 0.5 * h * (begin.g[k] + 2.0 * middle.g[k] + end.g[k]));
        }
    }
    if (has_history && first_h_ > 0.0) {
        first_pair_.assign(first_pair_.size(), 0.0);
        first_h_ = 0.0;
    } else if (!has_history && settled_.size() == 1) {
        first_h_ = h;
    }
    std::vector<Node> kept{settled_.back(), pending_[0], end};
    settled_ = std::move(kept);
    pending_.clear();
}

void TimeQuadrature::add_single() {
    const Node &begin = settled_.back(), &end = pending_[0];
    const double h = end.t - begin.t;
    for (std::size_t k = 0; k < integral_.size(); ++k) {
        const double trapezoid = 0.5 * h * (begin.g[k] + end.g[k]);
        if (settled_.size() == 1) {
            integral_[k] += trapezoid;
            bound_[k] += 0.5 * h * std::abs(end.g[k] - begin.g[k]);
            continue;
        }
        const std::array<const Node*, 3> nodes{&settled_[settled_.size() - 2], &begin, &end};
        const double correction = -divided_difference(nodes, k) * h * h * h / 6.0;
        integral_[k] += trapezoid + correction;
        bound_[k] += std::abs(correction);
    }
    settled_.push_back(std::move(pending_[0]));
    if (settled_.size() > 3) settled_.erase(settled_.begin());
    pending_.clear();
}

std::vector<double> TimeQuadrature::bound() const {
    std::vector<double> total = bound_;
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += first_pair_[k];
    return total;
}

}  // namespace dynkin
