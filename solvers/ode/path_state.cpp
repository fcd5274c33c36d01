#include "solvers/ode/path_state.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

bool PathState::any_gone() const {
    return std::any_of(alive.row(0), alive.row(0) + alive.size(), [](double a) { return a == 0.0; });
}

Index PathState::first_non_finite() const {
    Index first = -1;
    for (int row = 0; row < y.n_rows(); ++row) {
        double sum = 0.0;  // not finite as soon as one term is not: 0 * inf and 0 * NaN are NaN
        for (Index q = 0; q < y.size(); ++q) sum += 0.0 * y.row(row)[q];
        if (sum == 0.0) continue;
        const double* bad = std::find_if(y.row(row), y.row(row) + y.size(), [](double v) { return !std::isfinite(v); });
        const Index q = bad - y.row(row);
        first = first < 0 ? q : std::min(first, q);
    }
    return first;
}

void PathState::read(const Flow& flow, const BlockState& state) {
    if (y.n_rows() != flow.n_rows() || y.size() != state.n) y.resize(flow.n_rows(), state.n);
    for (int j = 0; j < flow.dim(); ++j) std::copy_n(state.x.row(j), state.n, y.row(j));
    if (const int row = flow.log_density_row(); row >= 0) {
        std::fill_n(y.row(row), state.n, 0.0);
        if (state.log_density.n_rows() > 0) std::copy_n(state.log_density.row(0), state.n, y.row(row));
    }
    if (const int row = flow.log_weight_row(); row >= 0) std::fill_n(y.row(row), state.n, 0.0);
    alive = state.alive;
    first_particle = state.first_particle;
}

void PathState::write(const Flow& flow, const Block& initial_weight, BlockState& state) const {
    const Index n = y.size();
    for (int j = 0; j < flow.dim(); ++j) std::copy_n(y.row(j), n, state.x.row(j));
    if (const int row = flow.log_density_row(); row >= 0) {
        if (state.log_density.n_rows() != 1 || state.log_density.size() != n) state.log_density.resize(1, n);
        std::copy_n(y.row(row), n, state.log_density.row(0));
    }
    if (const int row = flow.log_weight_row(); row >= 0)
        for (Index q = 0; q < n; ++q) state.weight.row(0)[q] = initial_weight.row(0)[q] * std::exp(y.row(row)[q]);
    state.alive = alive;
}

}  // namespace dynkin
