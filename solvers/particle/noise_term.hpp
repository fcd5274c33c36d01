#pragma once
// sigma of a block at one time, and sigma dW added to a state.
#include "solvers/particle/scheme.hpp"

namespace dynkin {

/// sigma_ik of a block of particles: one number an entry when the noise is additive, a row of n otherwise.
class NoiseTerm {
public:
    /// Evaluates sigma at (x, t): once for additive noise, at every point otherwise. Rows live in `slot` of the
    /// scratch.
    NoiseTerm(const Process& process, Points x, double t, Scratch& scratch, int slot);
    /// Additive noise with the values at hand, one an entry.
    NoiseTerm(const Process& process, Index n, const double* values);

    /// x_i += factor * sum_k sigma_ik y_k, with y_k in row first_row + k of y.
    void add(Rows x, Rows y, int first_row, double factor) const;
    /// x_i += h b_i + sum_k sigma_ik dW_k: the same in one pass less.
    void add_with_drift(Rows x, Rows b, double h, Increments dW) const;

    /// Row of sigma_ik; not for additive noise.
    const double* row(int i, int k) const { return values_ + (i * noise_dim_ + k) * stride_; }
    /// sigma_ik of additive noise.
    double value(int i, int k) const { return *row(i, k); }
    bool additive() const { return additive_; }

private:
    bool vanishes(int i, int k) const { return additive_ ? value(i, k) == 0.0 : diagonal_ && i != k; }

    int dim_, noise_dim_;
    Index n_;
    bool additive_, diagonal_;
    const double* values_;
    Index stride_;
};

/// sigma of additive noise of an autonomous process, one number an entry; empty for any other process.
std::vector<double> constant_sigma(const Process& process);

/// The block of a state as points.
inline Points points_of(Rows x, int dim, Index n) {
    return {x.data, dim, n, x.stride};
}

}  // namespace dynkin
