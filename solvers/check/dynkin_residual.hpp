#pragma once
// The running sums of Dynkin's formula over one block of paths; not part of the interface.
#include "solvers/core/process.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/particle/coupled.hpp"

namespace dynkin {

class DynkinResidual {
public:
    /// domain: one axis per component. follows_sigma: the scheme that moves the particles has strong order 1 for this
    /// noise, so its steps contain L^k sigma_l times the double integrals.
    DynkinResidual(const Process& process, const TestFunctions& functions, const Domain& domain, bool follows_sigma)
        : process_(process),
          functions_(functions),
          domain_(domain),
          sigma_varies_(follows_sigma && process.noise_dim() > 0 && process.noise_kind() != NoiseKind::additive) {}

    /// Starts at the initial states.
    void start(const BlockState& initial, double t0);
    /// Adds one step. Steps must follow each other; a side step is kept for the next `write` only.
    void add(const FineStep& step);
    /// Adds the pushes of a step only.
    void add_pushes(const FineStep& step) { add_pushes(step, sum_); }
    bool has_side() const { return has_side_; }
    /// (n) 1 for paths that a reflecting wall has pushed since the start, else 0.
    const double* pushed() const { return pushed_.row(0); }
    /// R of every path in the rows of `out` (K, n), given the state at the output; forgets the side step.
    void write(const BlockState& state, Rows out);

private:
    struct Instant {
        Block integrand;   ///< (K, n) w alive (L phi - c phi)
        Block martingale;  ///< (K * noise_dim, n) w alive grad phi . sigma_k
        Block twice;       ///< (K * pairs, n) w alive L^(k L^l) phi, the pairs l <= k as k (k + 1) / 2 + l
    };
    void evaluate(Points x, double t, const double* weight, const double* alive, Instant& at);
    void noise_terms(int k, Index n, const double* weight, const double* alive, Instant& at);
    void second_noise_term(int l, int m, Index n, double* out);
    void add_step(const FineStep& step, const Instant& from, const Instant& to, Block& sum);
    void add_pushes(const FineStep& step, Block& sum);

    const Process& process_;
    const TestFunctions& functions_;
    const Domain& domain_;
    Instant before_, after_;
    Block sum_, side_, start_;  // (K, n)
    Block pushed_;              // (1, n)
    bool has_side_ = false, sigma_varies_;
    Block b_, sigma_, sigma_slope_, curvature_, a_, rate_, value_, gradient_, hessian_;
};

}  // namespace dynkin
