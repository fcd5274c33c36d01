#pragma once
// Gaussian elimination of chains without a single subtraction.
#include "solvers/rates/elimination_order.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// The factors of s I - Q, s >= 0, for a chain whose losses satisfy loss_i + s >= 0, by state reduction: states are
/// taken out one after the other, and the paths through them become rates between, and losses of, those that stay,
///   q_ij += q_ik q_kj / e_k,   loss_i += q_ik loss_k / e_k,   e_k = sum of the rates left in row k + loss_k.
/// Exit rates e_k are summed, never updated, so nothing cancels (Grassmann, Taksar & Heyman 1985): factors, stationary
/// laws, and solutions with right-hand sides >= 0 have small relative errors entry by entry, however many orders of
/// magnitude the answers span (O'Cinneide 1993; Alfa, Xue & Ye 2002). An exit time of 1e40 has its digits.
///
/// Sparse: minimum-degree order, dense fronts per supernode, passed up the elimination tree (Duff & Reid 1983).
class StateReduction {
public:
    /// ConfigError: loss_i + s < 0. NumericsError: a state that cannot be left before the last one, or overflow.
    explicit StateReduction(const SparseRateMatrix& Q, double s = 0.0);

    /// x (n) = right-hand side on entry, (s I - Q)^-1 of it on return: with s = 0, E of the sum of x along a path up to
    /// its loss. NumericsError when the chain as a whole loses nothing and s = 0.
    void solve(double* x) const;
    /// (s I - Q^T)^-1: the mean time spent in each state before the loss, for a law x.
    void solve_adjoint(double* x) const;

    /// For irreducible Q without loss and s = 0, where the last exit rate is zero: the law with Q^T p = 0, sum 1.
    /// Entries below 1e-200 of the largest may be zero.
    std::vector<double> null_law() const;

    /// Rates stored, the fill-in included.
    Index n_stored() const { return n_stored_; }

private:
    struct Factor {
        std::vector<double> exit;   // (width)
        std::vector<double> top;    // (width, width + later) column-major: l_ik left of the diagonal, q_kj right of it
        std::vector<double> below;  // (later, width) column-major: l_ik = q_ik / e_k
    };
    friend class FrontElimination;

    void forward(std::vector<double>& x) const;
    void backward(std::vector<double>& x) const;
    void load(const double* x, std::vector<double>& ordered) const;
    void store(const std::vector<double>& ordered, double* x) const;
    void require_loss() const;

    EliminationOrder order_;
    std::vector<Factor> factors_;
    Index n_stored_ = 0;
};

}  // namespace dynkin
