#include "solvers/grid/first_passage_grid.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/face_rates.hpp"
#include "solvers/grid/quadrature.hpp"
#include "solvers/grid/rate_list.hpp"
#include "solvers/rates/hitting.hpp"
#include "solvers/rates/propagate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

constexpr Index inside = -1;
constexpr double nearest_edge =
    1e-3;  // of the distance of two centres: an edge on a centre itself makes no infinite rate

class EdgeRates {
public:
    EdgeRates(const FokkerPlanck& op, const LevelSet& set) : problem_(op.problem()), mesh_(problem_.mesh) {
        const Process& process = *problem_.process;
        if (set.dim() != process.dim())
            throw ConfigError("first passage into " + set.name() + ": the set has " + std::to_string(set.dim()) +
                              " components, '" + process.name() + "' has " + std::to_string(process.dim()));
        if (!process.autonomous())
            throw ConfigError("first passage into " + set.name() + " on the grid: '" + process.name() +
                              "' depends on time; leave [grid] out to have it from the particles alone");
        for (int a = 0; a < mesh_.dim(); ++a) centres_.push_back(mesh_.centres(a));
        level_at_centres(set);
    }

    const std::vector<double>& level() const { return level_; }

    /// The rate from `cell` into the set across the side towards `neighbour`, one step up or down along `axis`.
    double rate(Index cell, Index neighbour, int axis, bool up) const {
        std::vector<double> x = centre(cell);
        const auto a = static_cast<std::size_t>(axis);
        const double period = mesh_.upper(axis) - mesh_.lower(axis);
        double distance = std::abs(centre(neighbour)[a] - x[a]);
        if (distance > 0.5 * period) distance = period - distance;
        const double before = -level_[at(cell)], beyond = level_[at(neighbour)];
        const double s = distance * std::max(nearest_edge, before / (before + beyond));

        FaceSample sample;
        sample.length = s;
        const double from = up ? x[a] : x[a] - s;
        Block points(mesh_.dim(), 4), b(mesh_.dim(), 4), sigma(mesh_.dim() * problem_.process->noise_dim(), 4);
        for (int q = 0; q < 4; ++q) {
            for (int j = 0; j < mesh_.dim(); ++j) points.row(j)[q] = x[static_cast<std::size_t>(j)];
            if (q < 3) points.row(axis)[q] = from + s * gauss3_node[static_cast<std::size_t>(q)];
        }
        problem_.process->ito_drift(points.points(), 0.0, b.rows());
        problem_.process->sigma(points.points(), 0.0, sigma.rows());
        const auto diffusivity = [&](Index q) {
            double sum = 0.0;
            const int m = problem_.process->noise_dim();
            for (int k = 0; k < m; ++k) sum += sigma.row(axis * m + k)[q] * sigma.row(axis * m + k)[q];
            return 0.5 * sum;
        };
        for (std::size_t g = 0; g < 3; ++g) {
            sample.b[g] = b.row(axis)[g];
            sample.D[g] = diffusivity(static_cast<Index>(g));
        }
        // Of the two ends only the centre matters: p = 0 at the edge.
        sample.D_below = sample.D_above = diffusivity(3);
        const FacePull pull = scharfetter_gummel(sample);
        return (up ? pull.up : pull.down) / (s * mesh_.widths(axis)[index(cell, axis)]);
    }

    /// The axis along which two neighbouring cells differ, and whether the second lies above the first.
    std::pair<int, bool> direction(Index cell, Index neighbour) const {
        for (int a = 0; a < mesh_.dim(); ++a) {
            const auto i = static_cast<std::ptrdiff_t>(index(cell, a)),
                       j = static_cast<std::ptrdiff_t>(index(neighbour, a));
            if (i == j) continue;
            return {a, j == i + 1 || (i > 1 && j == 0)};
        }
        throw NumericsError("first passage on the grid: a move that leads nowhere");
    }

private:
    static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

    std::size_t index(Index cell, int axis) const {
        for (int a = 0; a < axis; ++a) cell /= mesh_.n_cells(a);
        return static_cast<std::size_t>(cell % mesh_.n_cells(axis));
    }
    std::vector<double> centre(Index cell) const {
        std::vector<double> x;
        for (int a = 0; a < mesh_.dim(); ++a) x.push_back(centres_[static_cast<std::size_t>(a)][index(cell, a)]);
        return x;
    }
    void level_at_centres(const LevelSet& set) {
        constexpr Index block = 512;
        level_.resize(at(mesh_.n_total()));
        Block x(mesh_.dim(), block);
        for (Index first = 0; first < mesh_.n_total(); first += block) {
            const Index n = std::min(block, mesh_.n_total() - first);
            for (Index q = 0; q < n; ++q)
                for (int a = 0; a < mesh_.dim(); ++a)
                    x.row(a)[q] = centres_[static_cast<std::size_t>(a)][index(first + q, a)];
            set.level(x.points(n), level_.data() + first);
        }
    }

    const GridProblem& problem_;
    const Mesh& mesh_;
    std::vector<std::vector<double>> centres_;
    std::vector<double> level_;
};

}  // namespace

StoppedChain stopped_chain(const FokkerPlanck& op, const LevelSet& set) {
    const EdgeRates edge(op, set);
    const SparseRateMatrix whole = op.rate_matrix();
    std::vector<Index> state(static_cast<std::size_t>(whole.size()), inside), cells;
    for (Index i = 0; i < whole.size(); ++i)
        if (edge.level()[static_cast<std::size_t>(i)] < 0.0) {
            state[static_cast<std::size_t>(i)] = static_cast<Index>(cells.size());
            cells.push_back(i);
        }
    if (cells.empty())
        throw ConfigError("first passage into " + set.name() + ": every cell of the grid lies inside the set");
    std::vector<RateEntry> moves;
    std::vector<double> loss, to_set(cells.size(), 0.0);
    for (std::size_t s = 0; s < cells.size(); ++s) {
        const SparseRateMatrix::Rates out = whole.out_of(cells[s]);
        for (std::size_t e = 0; e < out.states.size(); ++e) {
            const Index target = out.states[e], there = state[static_cast<std::size_t>(target)];
            if (there != inside) {
                moves.push_back({static_cast<Index>(s), there, out.rates[e]});
                continue;
            }
            const auto [axis, up] = edge.direction(cells[s], target);
            to_set[s] += edge.rate(cells[s], target, axis, up);
        }
        loss.push_back(whole.loss()[static_cast<std::size_t>(cells[s])] + to_set[s]);
    }
    const auto n = static_cast<Index>(cells.size());
    return {std::move(cells), std::move(to_set), SparseRateMatrix(n, moves, std::move(loss))};
}

GridFirstPassage first_passage_on_grid(const FokkerPlanck& op, const LevelSet& set, const std::vector<double>& p0,
                                       double t0, const std::vector<double>& times, double until) {
    const StoppedChain chain = stopped_chain(op, set);
    const std::vector<double> lifetime = exit_moments(chain.rates).mean;
    GridFirstPassage result;
    result.mean.assign(p0.size(), 0.0);
    std::vector<double> p;
    for (std::size_t s = 0; s < chain.cells.size(); ++s) {
        result.mean[static_cast<std::size_t>(chain.cells[s])] = lifetime[s];
        p.push_back(p0[static_cast<std::size_t>(chain.cells[s])]);
    }
    const auto mass = [&] {
        double sum = 0.0;
        for (const double v : p) sum += v;
        return sum;
    };
    // E min(tau, until) is the integral of the survival: what is alive at the end has its mean lifetime still to go.
    double before = t0;
    const auto time_still_to_go = [&] {
        double sum = 0.0;
        for (std::size_t s = 0; s < p.size(); ++s)
            if (p[s] > 0.0) sum += p[s] * lifetime[s];
        return sum;
    };
    const double at_start = time_still_to_go();
    const auto move_to = [&](double t) {
        if (t > before) p = propagate_law(chain.rates, p, t - before, PropagationMethod::krylov, 1e-11);
        before = std::max(before, t);
    };
    for (const double t : times) {
        move_to(t);
        result.survival.push_back(mass());
    }
    move_to(until);
    // Infinite where some mass is never absorbed: then this way gives no number.
    const double lived = at_start - time_still_to_go();
    result.mean_until = std::isfinite(lived) ? lived : std::numeric_limits<double>::quiet_NaN();
    return result;
}

}  // namespace dynkin
