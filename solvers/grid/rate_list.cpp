#include "solvers/grid/rate_list.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>

namespace dynkin {

namespace {

std::vector<double> dense(const GridField& field) {
    std::vector<double> values(static_cast<std::size_t>(field.n_total()));
    field.store(values.data());
    return values;
}

void add_axis(const FokkerPlanck& op, int axis, double t, RateList& list) {
    const Mesh& mesh = op.problem().mesh;
    const CellRates rates = op.cell_rates(axis, t);
    const std::vector<double> up = dense(rates.up), down = dense(rates.down);
    list.out.push_back(dense(rates.out_lower));
    list.out.push_back(dense(rates.out_upper));
    Index stride = 1;
    for (int a = 0; a < axis; ++a) stride *= mesh.n_cells(a);
    const Index n = mesh.n_cells(axis);
    for (Index cell = 0; cell < list.n_cells; ++cell) {
        const Index i = cell / stride % n, line = cell - i * stride;
        const auto c = static_cast<std::size_t>(cell);
        if (up[c] > 0.0) list.moves.push_back({cell, line + (i + 1) % n * stride, up[c]});
        if (down[c] > 0.0) list.moves.push_back({cell, line + (i + n - 1) % n * stride, down[c]});
    }
}

}  // namespace

SparseRateMatrix RateList::matrix() const {
    std::vector<double> loss = killing;
    for (const std::vector<double>& wall : out)
        for (std::size_t i = 0; i < loss.size(); ++i) loss[i] += wall[i];
    return SparseRateMatrix(n_cells, moves, std::move(loss));
}

SparseRateMatrix RateList::with_wall_states() const {
    const auto n_states = n_cells + static_cast<Index>(out.size());
    std::vector<RateEntry> all = moves;
    for (std::size_t w = 0; w < out.size(); ++w)
        for (std::size_t i = 0; i < out[w].size(); ++i)
            if (out[w][i] > 0.0) all.push_back({static_cast<Index>(i), n_cells + static_cast<Index>(w), out[w][i]});
    std::vector<double> loss = killing;
    loss.resize(static_cast<std::size_t>(n_states), 0.0);
    return SparseRateMatrix(n_states, all, std::move(loss));
}

RateList rate_list(const FokkerPlanck& op, double t) {
    const GridProblem& problem = op.problem();
    RateList list;
    list.n_cells = problem.mesh.n_total();
    for (int axis = 0; axis < problem.mesh.dim(); ++axis) {
        if (!op.diffusive(axis))
            throw ConfigError(problem.process->name() +
                              " on the grid: " + problem.process->variables()[static_cast<std::size_t>(axis)] +
                              " has no noise, so transport along it is no rate matrix; use method 'sdirk2' and no "
                              "functionals of a rate matrix");
        add_axis(op, axis, t, list);
    }
    list.killing.assign(static_cast<std::size_t>(list.n_cells), 0.0);
    const SplitOperator split = op.split_operator();
    if (split.killing) {
        GridField rate = split.shape;
        split.killing(t, rate);
        list.killing = dense(rate);
    }
    return list;
}

SparseRateMatrix FokkerPlanck::rate_matrix(double t) const {
    return rate_list(*this, t).matrix();
}

}  // namespace dynkin
