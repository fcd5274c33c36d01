#pragma once
// One number for many correlated differences, when each may hide a bounded discretisation error.
#include <vector>

namespace dynkin {

struct JointStatistic {
    double value = 0.0;          ///< T^2 >= 0
    int rank = 0;                ///< directions that carry noise: degrees of freedom of T^2
    std::vector<double> bias;    ///< (K) the minimising bias, |bias_k| <= bound_k
    std::vector<int> noiseless;  ///< entries without variance: not in T^2
};

/// T^2 = min over |delta_k| <= bound_k of (r - delta)^T C^+ (r - delta).
///   difference r (K), covariance C of r (K * K, symmetric), bound (K) >= 0.
/// C^+ is the pseudo-inverse of C scaled to a correlation matrix, without its eigenvalues below 1e-8. If the true bias
/// respects the bounds, T^2 is at most the same form at the true bias, a chi^2 with `rank` degrees of freedom: tests
/// built on it never exceed their level. The minimum is reported from below (duality gap at most 1e-9 relative).
/// Throws NumericsError on sizes that differ or non-finite input.
JointStatistic joint_statistic(const std::vector<double>& difference, const std::vector<double>& covariance,
                               const std::vector<double>& bound);

/// P(T^2 > value) under chi^2 with `rank` degrees of freedom; for a covariance estimated from n_samples > rank samples
/// under Hotelling's law, T^2 (n - rank) / (rank (n - 1)) ~ F(rank, n - rank). n_samples = 0: covariance known.
double joint_p_value(double value, int rank, double n_samples);

/// The value that is exceeded with probability p: the inverse of joint_p_value.
double joint_quantile(double p, int rank, double n_samples);

}  // namespace dynkin
