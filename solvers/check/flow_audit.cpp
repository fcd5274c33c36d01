#include "solvers/check/flow_audit.hpp"

#include "solvers/core/test_functions.hpp"
#include "solvers/particle/ensemble.hpp"
#include "solvers/particle/moments.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr int n_pieces = 16;  // of an interval between outputs; a multiple of 4
constexpr Index block_size = 512;
constexpr double step_safety = 1.5;

/// Means over the particles at every node of the time quadrature.
struct NodeMeans {
    std::vector<std::vector<double>> phi;     // (nodes)(K)
    std::vector<std::vector<double>> rate;    // (nodes)(R) of L phi - c phi
    std::vector<std::vector<double>> square;  // (nodes)(K) of phi^2
};

class FlowAudit {
public:
    explicit FlowAudit(const FlowAuditSpec& spec) : spec_(spec) {
        for (std::size_t k = 0; k < spec.functions.size(); ++k)
            if (spec.functions[k]->smooth() && respects_periodicity(*spec.functions[k], spec.domain)) {
                result_.residual_functions.push_back(static_cast<int>(k));
                smooth_.push_back(spec.functions[k]);
            }
        for (const AxisDomain& axis : spec.domain)
            outflow_ = outflow_ || axis.at_lower == Boundary::absorbing || axis.at_upper == Boundary::absorbing;
        if (outflow_) {
            result_.residual_functions.clear();
            smooth_.clear();
            result_.notes.push_back("particles flow out: the chain rule along their paths is not tested");
        }
        nodes_.push_back(spec.t0);
        for (const double t : spec.outputs) {
            const double from = nodes_.back();
            if (!(t > from)) continue;
            for (int i = 1; i < n_pieces; ++i) nodes_.push_back(from + (t - from) * i / n_pieces);
            nodes_.push_back(t);
        }
        result_.control_variate = false;
    }

    AuditResult run() {
        const NodeMeans fine = means(false), coarse = means(true);
        const std::vector<double> r_zero(smooth_.size(), 0.0);
        std::vector<double> integral = r_zero, halved = r_zero, coarse_integral = r_zero;
        std::size_t node = 0;
        for (const double t : spec_.outputs) {
            if (t > nodes_[node]) {
                add(fine, node, integral, n_pieces);
                add(fine, node, halved, n_pieces / 2);
                add(coarse, node, coarse_integral, n_pieces);
                node += n_pieces;
            }
            result_.rows.push_back(row_of(t, node, fine, coarse, integral, halved, coarse_integral));
        }
        return std::move(result_);
    }

private:
    NodeMeans means(bool coarse) const {
        const std::size_t K = spec_.functions.size(), R = smooth_.size();
        const auto n_blocks = (spec_.n_particles - 1) / block_size + 1;
        // Sums are kept apart by block and added in order at the end, whichever thread made them.
        std::vector<std::vector<std::vector<double>>> sums(nodes_.size(), std::vector<std::vector<double>>(n_blocks));
        const auto way = spec_.propagator(nodes_, coarse);
        EnsembleSpec ensemble{.propagator = *way, .initial = spec_.initial};
        ensemble.dim = spec_.process.dim();
        ensemble.outputs = nodes_;
        ensemble.n_particles = spec_.n_particles;
        ensemble.seed = spec_.seed;
        ensemble.n_threads = spec_.n_threads;
        ensemble.block_size = block_size;
        ensemble.visit = [&](int node, const BlockState& state) {
            sums[static_cast<std::size_t>(node)][state.first_particle / block_size] =
                block_sums(nodes_[static_cast<std::size_t>(node)], state);
        };
        run_ensemble(ensemble);
        NodeMeans result;
        for (const auto& blocks : sums) {
            std::vector<double> total(2 * K + R, 0.0);
            for (const auto& block : blocks)
                for (std::size_t k = 0; k < total.size(); ++k) total[k] += block[k];
            for (double& v : total) v /= static_cast<double>(spec_.n_particles);
            const auto at = [&](std::size_t i) { return total.begin() + static_cast<std::ptrdiff_t>(i); };
            result.phi.emplace_back(at(0), at(K));
            result.square.emplace_back(at(K), at(2 * K));
            result.rate.emplace_back(at(2 * K), at(2 * K + R));
        }
        return result;
    }

    std::vector<double> block_sums(double t, const BlockState& state) const {
        const Index n = state.n;
        const Points x = state.x.points(n);
        const double *w = state.weight.row(0), *alive = state.alive.row(0);
        std::vector<double> values, squares, rates, y(static_cast<std::size_t>(n)), c(static_cast<std::size_t>(n), 0.0);
        const auto weighted_sum = [&](std::vector<double>& v) {
            for (Index q = 0; q < n; ++q) v[static_cast<std::size_t>(q)] *= alive[q] == 0.0 ? 0.0 : w[q];
            return ordered_sum(v.data(), n);
        };
        for (const auto& phi : spec_.functions) {
            phi->value(x, y.data());
            values.push_back(weighted_sum(y));
            for (double& v : y) v *= v;
            squares.push_back(ordered_sum(y.data(), n));
        }
        if (spec_.process.has_killing()) spec_.process.killing_rate(x, t, Rows{c.data(), n});
        std::vector<double> phi_value(static_cast<std::size_t>(n));
        for (const auto& phi : smooth_) {
            apply_generator(spec_.process, *phi, x, t, y.data());
            phi->value(x, phi_value.data());
            for (std::size_t q = 0; q < y.size(); ++q) y[q] -= c[q] * phi_value[q];
            rates.push_back(weighted_sum(y));
        }
        values.insert(values.end(), squares.begin(), squares.end());
        values.insert(values.end(), rates.begin(), rates.end());
        return values;
    }

    /// Simpson's rule over the n_pieces after `node`, from every (n_pieces / pieces)-th of them.
    void add(const NodeMeans& means, std::size_t node, std::vector<double>& integral, int pieces) const {
        const auto stride = static_cast<std::size_t>(n_pieces / pieces);
        const double h = (nodes_[node + n_pieces] - nodes_[node]) / pieces;
        for (std::size_t r = 0; r < integral.size(); ++r)
            for (int i = 0; i <= pieces; ++i) {
                const double weight = i == 0 || i == pieces ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
                integral[r] += h / 3.0 * weight * means.rate[node + static_cast<std::size_t>(i) * stride][r];
            }
    }

    AuditRow row_of(double t, std::size_t node, const NodeMeans& fine, const NodeMeans& coarse,
                    const std::vector<double>& integral, const std::vector<double>& halved,
                    const std::vector<double>& coarse_integral) const {
        AuditRow row;
        row.time = t;
        row.n = row.n_independent = static_cast<double>(spec_.n_particles);
        for (std::size_t r = 0; r < smooth_.size(); ++r) {
            const auto k = static_cast<std::size_t>(result_.residual_functions[r]);
            const double residual = fine.phi[node][k] - fine.phi[0][k] - integral[r];
            const double other = coarse.phi[node][k] - coarse.phi[0][k] - coarse_integral[r];
            row.residual.push_back(residual);
            row.residual_bound.push_back(step_safety * std::abs(residual - other));
            row.residual_quadrature.push_back(std::abs(integral[r] - halved[r]));
        }
        for (std::size_t k = 0; k < spec_.functions.size(); ++k) {
            const double mean = fine.phi[node][k], difference = mean - coarse.phi[node][k];
            row.sd.push_back(std::sqrt(std::max(0.0, fine.square[node][k] - mean * mean)));
            row.skewness.push_back(0.0);
            row.step_difference.push_back(difference);
            row.step_difference_se.push_back(0.0);
            row.step_bound.push_back(step_safety * std::abs(difference));
        }
        return row;
    }

    const FlowAuditSpec& spec_;
    AuditResult result_;
    TestFunctions smooth_;
    std::vector<double> nodes_;
    bool outflow_ = false;
};

}  // namespace

AuditResult audit_flow(const FlowAuditSpec& spec) {
    return FlowAudit(spec).run();
}

}  // namespace dynkin
