#pragma once
// sigma of a block at one time, and sigma dW added to a state.
#include "solvers/particle/scheme.hpp"

namespace dynkin {

/// sigma_ik of a block of particles: one number an entry when the noise is additive, a row of n otherwise.
class NoiseTerm {
public:
    /// Evaluates sigma at (x, t): once for additive noise, at every point otherwise. Rows live in `slot` of the scratch.
    NoiseTerm(const Process& process, Points x, double t, Scratch& scratch, int slot);

    /// x_i += factor * sum_k sigma_ik y_k, with y_k in row first_row + k of y.
    void add(Rows x, Rows y, int first_row, double factor) const;
    /// x_i += h b_i + sum_k sigma_ik dW_k: the same in one pass less.
    void add_with_drift(Rows x, Rows b, double h, Increments dW) const;

    /// Row of sigma_ik; not for additive noise.
    const double* row(int i, int k) const { return values_.row(i * noise_dim_ + k); }
    /// sigma_ik of additive noise.
    double value(int i, int k) const { return values_.row(i * noise_dim_ + k)[0]; }
    bool additive() const { return additive_; }

private:
    bool vanishes(int i, int k) const { return additive_ ? value(i, k) == 0.0 : diagonal_ && i != k; }

    int dim_, noise_dim_;
    Index n_;
    bool additive_, diagonal_;
    Rows values_;
};

/// The block of a state as points.
inline Points points_of(Rows x, int dim, Index n) { return {x.data, dim, n, x.stride}; }

}  // namespace dynkin
