#include "solvers/core/probe.hpp"
#include "solvers/ode/block_algebra.hpp"
#include "solvers/ode/setup.hpp"

#include <boost/numeric/odeint/algebra/default_operations.hpp>
#include <boost/numeric/odeint/stepper/symplectic_rkn_sb3a_mclachlan.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace dynkin {
namespace {

namespace odeint = boost::numeric::odeint;

class Symplectic final : public FixedStepper {
    using Stepper = odeint::symplectic_rkn_sb3a_mclachlan<Block, Block, double, Block, Block, double, BlockAlgebra,
                                                          odeint::default_operations, odeint::always_resizer>;

public:
    explicit Symplectic(const OdeProblem& problem) : process_(*problem.process), dim_(process_.dim()), half_(dim_ / 2) {
        double node = 0.0;
        for (std::size_t k = 0; k < nodes_.size(); ++k) nodes_[k] = node += stepper_.coef_a()[k];
    }

    // A log density stays as it is: the flow keeps volume.
    void step(Block& y, double t, double h) override {
        if (drift_.size() != y.size()) drift_.resize(dim_, y.size());
        RowSpan q = rows_of(y, 0, half_), p = rows_of(y, half_, half_);
        std::size_t stage = 0;
        // Odeint hands its momentum function no time. The stages come in order, each after the position has moved
        // through the nodes up to its own, so stage k is at t + h (a_0 + ... + a_k).
        auto force = [&](const RowSpan&, Block& dpdt) {
            const std::size_t k = stage++;
            if (stepper_.coef_b()[k] == 0.0) return;  // the last one; dpdt keeps the finite values of the stage before
            process_.drift({y.row(0), dim_, y.size(), y.stride()}, t + nodes_[k] * h, drift_.rows());
            std::copy_n(drift_.row(half_), half_ * drift_.stride(), dpdt.row(0));
        };
        stepper_.do_step(std::ref(force), std::make_pair(std::ref(q), std::ref(p)), t, h);
    }

private:
    const Process& process_;
    int dim_, half_;
    Stepper stepper_;
    std::array<double, 6> nodes_{};
    Block drift_;
};

bool all_near(const double* row, Index n, double value, double scale) {
    return std::all_of(row, row + n, [&](double v) { return std::abs(v - value) <= 1e-10 * (1.0 + scale); });
}

}  // namespace

std::unique_ptr<FixedStepper> make_symplectic(const OdeProblem& problem) {
    return std::make_unique<Symplectic>(problem);
}

std::string symplectic_obstacle(const OdeProblem& problem) {
    const Process& process = *problem.process;
    const int d = process.dim(), half = d / 2;
    if (d % 2 != 0)
        return "it needs positions and as many velocities, and the dimension " + std::to_string(d) + " is odd";
    if (process.has_killing()) return "it does not carry the weights of a killing rate";

    const Index n = 64;
    const Block x = probe_points(problem.domain, n);
    Block b(d, n), jacobian(d * d, n);
    for (const double t : {problem.grid.t0, 0.5 * (problem.grid.t0 + problem.grid.until), problem.grid.until}) {
        process.drift(x.points(), t, b.rows());
        process.drift_jacobian(x.points(), t, jacobian.rows());
        for (int i = 0; i < half; ++i) {
            const std::string& position = process.variables()[static_cast<std::size_t>(i)];
            const std::string& velocity = process.variables()[static_cast<std::size_t>(half + i)];
            for (Index q = 0; q < n; ++q)
                if (!all_near(b.row(i) + q, 1, x.row(half + i)[q], std::abs(x.row(half + i)[q])))
                    return "the drift of " + position + " is not " + velocity;
            for (int j = 0; j < half; ++j)
                if (!all_near(jacobian.row((half + i) * d + half + j), n, 0.0, 0.0))
                    return "the drift of " + velocity + " depends on a velocity";
        }
    }
    return "";
}

}  // namespace dynkin
