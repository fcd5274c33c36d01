#pragma once
// The running sums of Dynkin's formula over one block of paths; not part of the interface.
#include "solvers/core/process.hpp"
#include "solvers/core/test_function.hpp"
#include "solvers/particle/coupled.hpp"

namespace dynkin {

class DynkinResidual {
public:
    /// domain: one axis per component.
    DynkinResidual(const Process& process, const TestFunctions& functions, const Domain& domain)
        : process_(process), functions_(functions), domain_(domain) {}

    /// Starts at the initial states.
    void start(const BlockState& initial, double t0);
    /// Adds one step. Steps must follow each other; a side step is kept for the next `write` only.
    void add(const FineStep& step);
    /// Adds the pushes of a step only.
    void add_pushes(const FineStep& step) { add_pushes(step, sum_); }
    bool has_side() const { return has_side_; }
    /// R of every path in the rows of `out` (K, n), given the state at the output; forgets the side step.
    void write(const BlockState& state, Rows out);

private:
    struct Instant {
        Block integrand;   ///< (K, n) w alive (L phi - c phi)
        Block martingale;  ///< (K * noise_dim, n) w alive grad phi . sigma_k
    };
    void evaluate(Points x, double t, const double* weight, const double* alive, Instant& at);
    void add_step(const FineStep& step, const Instant& from, const Instant& to, Block& sum);
    void add_pushes(const FineStep& step, Block& sum);

    const Process& process_;
    const TestFunctions& functions_;
    const Domain& domain_;
    Instant before_, after_;
    Block sum_, side_, start_;  // (K, n)
    bool has_side_ = false;
    Block b_, sigma_, a_, rate_, value_, gradient_, hessian_;
};

}  // namespace dynkin
