#include "solvers/check/joint_statistic.hpp"

#include "solvers/core/errors.hpp"

#include <Eigen/Dense>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace dynkin {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double smallest_eigenvalue = 1e-8;

/// Pseudo-inverse of a correlation matrix without its flat directions.
MatrixXd inverse_of(const MatrixXd& correlation, int& rank) {
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(correlation);
    MatrixXd inverse = MatrixXd::Zero(correlation.rows(), correlation.cols());
    rank = 0;
    for (Index k = 0; k < correlation.rows(); ++k) {
        if (eigen.eigenvalues()[k] <= smallest_eigenvalue) continue;
        inverse += eigen.eigenvectors().col(k) * eigen.eigenvectors().col(k).transpose() / eigen.eigenvalues()[k];
        ++rank;
    }
    return inverse;
}

/// min over |u_k| <= bound_k of (r - u)^T P (r - u): coordinate descent, sped up by exact solves on the coordinates
/// that are inside their bounds, until the duality gap closes.
class BoxMinimum {
public:
    BoxMinimum(const MatrixXd& P, const VectorXd& r, const VectorXd& bound) : P_(P), r_(r), bound_(bound) {
        u_ = r.cwiseMax(-bound).cwiseMin(bound);
        slope_ = P_ * (r_ - u_);
    }

    double solve() {
        double value = 0.0, gap = 0.0;
        for (int round = 0; round < 500; ++round) {
            for (int sweep = 0; sweep < 10; ++sweep) descend();
            slope_ = P_ * (r_ - u_);
            value = (r_ - u_).dot(slope_);
            gap = 2.0 * (bound_.dot(slope_.cwiseAbs()) - u_.dot(slope_));
            if (gap <= 1e-9 * (1.0 + value)) break;
            solve_inside();
        }
        return std::max(0.0, value - std::max(gap, 0.0));
    }
    const VectorXd& bias() const { return u_; }

private:
    void descend() {
        for (Index k = 0; k < u_.size(); ++k) {
            if (bound_[k] == 0.0 || P_(k, k) <= 0.0) continue;
            const double target = std::clamp(u_[k] + slope_[k] / P_(k, k), -bound_[k], bound_[k]);
            slope_ -= (target - u_[k]) * P_.col(k);
            u_[k] = target;
        }
    }

    void solve_inside() {
        std::vector<Index> inside;
        for (Index k = 0; k < u_.size(); ++k)
            if (std::abs(u_[k]) < bound_[k] * (1.0 - 1e-12)) inside.push_back(k);
        if (inside.empty()) return;
        const VectorXd step =
            MatrixXd(P_(inside, inside)).completeOrthogonalDecomposition().solve(VectorXd(slope_(inside)));
        double length = 1.0;
        for (std::size_t i = 0; i < inside.size(); ++i) {
            const Index k = inside[i];
            const double s = step[static_cast<Index>(i)];
            if (s != 0.0) length = std::min(length, ((s > 0.0 ? bound_[k] : -bound_[k]) - u_[k]) / s);
        }
        for (std::size_t i = 0; i < inside.size(); ++i) u_[inside[i]] += length * step[static_cast<Index>(i)];
        u_ = u_.cwiseMax(-bound_).cwiseMin(bound_);
        slope_ = P_ * (r_ - u_);
    }

    const MatrixXd& P_;
    const VectorXd &r_, &bound_;
    VectorXd u_, slope_;  // slope = P (r - u), minus half the gradient
};

void check_input(const std::vector<double>& r, const std::vector<double>& C, const std::vector<double>& bound) {
    const auto finite = [](const std::vector<double>& v) {
        return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); });
    };
    if (C.size() != r.size() * r.size() || bound.size() != r.size())
        throw NumericsError("joint statistic: difference, covariance and bounds do not fit together");
    if (!finite(r) || !finite(C) || std::any_of(bound.begin(), bound.end(), [](double b) { return !(b >= 0.0); }))
        throw NumericsError("joint statistic: a difference or covariance is not finite, or a bound is negative");
}

}  // namespace

JointStatistic joint_statistic(const std::vector<double>& difference, const std::vector<double>& covariance,
                               const std::vector<double>& bound) {
    check_input(difference, covariance, bound);
    const std::size_t K = difference.size();
    JointStatistic result;
    result.bias.assign(K, 0.0);
    std::vector<std::size_t> noisy;
    for (std::size_t k = 0; k < K; ++k) {
        if (covariance[k * K + k] > 0.0)
            noisy.push_back(k);
        else
            result.noiseless.push_back(static_cast<int>(k));
    }
    const auto n = static_cast<Index>(noisy.size());
    if (n == 0) return result;

    VectorXd sd(n), r(n), limit(n);
    MatrixXd correlation(n, n);
    for (Index i = 0; i < n; ++i) {
        const std::size_t k = noisy[static_cast<std::size_t>(i)];
        sd[i] = std::sqrt(covariance[k * K + k]);
        r[i] = difference[k] / sd[i];
    }
    // A bound this far out never binds (correlations are inverted up to 1e8); a finite one keeps the arithmetic finite.
    for (Index i = 0; i < n; ++i)
        limit[i] = std::min(bound[noisy[static_cast<std::size_t>(i)]] / sd[i], 1e6 * (1.0 + r.cwiseAbs().maxCoeff()));
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
            correlation(i, j) =
                covariance[noisy[static_cast<std::size_t>(i)] * K + noisy[static_cast<std::size_t>(j)]] /
                (sd[i] * sd[j]);
    const MatrixXd P = inverse_of(correlation, result.rank);
    BoxMinimum minimum(P, r, limit);
    result.value = minimum.solve();
    for (Index i = 0; i < n; ++i) result.bias[noisy[static_cast<std::size_t>(i)]] = minimum.bias()[i] * sd[i];
    return result;
}

double joint_p_value(double value, int rank, double n_samples) {
    if (rank == 0 || value <= 0.0) return 1.0;
    if (n_samples <= 0.0) return cdf(complement(boost::math::chi_squared(rank), value));
    if (n_samples <= rank + 1.0) return 1.0;
    const double f = value * (n_samples - rank) / (rank * (n_samples - 1.0));
    return cdf(complement(boost::math::fisher_f(rank, n_samples - rank), f));
}

double joint_quantile(double p, int rank, double n_samples) {
    if (rank == 0) return 0.0;
    if (n_samples <= 0.0) return quantile(complement(boost::math::chi_squared(rank), p));
    if (n_samples <= rank + 1.0) return std::numeric_limits<double>::infinity();
    const double f = quantile(complement(boost::math::fisher_f(rank, n_samples - rank), p));
    return f * rank * (n_samples - 1.0) / (n_samples - rank);
}

}  // namespace dynkin
