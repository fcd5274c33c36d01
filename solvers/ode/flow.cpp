#include "solvers/ode/flow.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

double difference_step(double at) {
    return 6e-6 * std::max(1.0, std::abs(at));
}  // cube root of the round-off

}  // namespace

Flow::Flow(const OdeProblem& problem) : process_(*problem.process), dim_(process_.dim()), n_rows_(dim_) {
    if (problem.log_density) log_density_row_ = n_rows_++;
    if (process_.has_killing()) log_weight_row_ = n_rows_++;
}

void Flow::derivative(Points y, double t, Rows out) {
    process_.drift({y.data, dim_, y.n, y.stride}, t, out);
    if (n_rows_ > dim_) carried(y, t, out);
}

void Flow::carried(Points y, double t, Rows out) {
    const Points x{y.data, dim_, y.n, y.stride};
    if (log_density_row_ >= 0) {
        if (drift_jacobian_.size() != x.n) drift_jacobian_.resize(dim_ * dim_, x.n);
        process_.drift_jacobian(x, t, drift_jacobian_.rows());
        double* rate = out.row(log_density_row_);
        divergence(dim_, x.n, drift_jacobian_.rows(), rate);
        for (Index q = 0; q < x.n; ++q) rate[q] = -rate[q];
    }
    if (log_weight_row_ >= 0) {
        double* rate = out.row(log_weight_row_);
        process_.killing_rate(x, t, {rate, out.stride});
        for (Index q = 0; q < x.n; ++q) rate[q] = -rate[q];
    }
}

void Flow::jacobian(const double* y, double t, double* jacobian, double* time_derivative) {
    const Points x{y, dim_, 1, 1};
    std::fill_n(jacobian, n_rows_ * n_rows_, 0.0);
    std::fill_n(time_derivative, n_rows_, 0.0);
    if (drift_jacobian_.size() != 1) drift_jacobian_.resize(dim_ * dim_, 1);
    process_.drift_jacobian(x, t, drift_jacobian_.rows());
    for (int i = 0; i < dim_; ++i)
        for (int j = 0; j < dim_; ++j) jacobian[i * n_rows_ + j] = drift_jacobian_.row(i * dim_ + j)[0];
    if (!process_.autonomous()) process_.drift_time_derivative(x, t, {time_derivative, 1});
    if (n_rows_ == dim_) return;

    // Points x + h e_j and x - h e_j side by side, and the unmoved point for the time derivative.
    const Index n = 2 * dim_;
    if (shifted_.size() != n) {
        shifted_.resize(dim_, n);
        differences_.resize(n_rows_, n);
    }
    for (int i = 0; i < dim_; ++i) {
        std::fill_n(shifted_.row(i), n, y[i]);
        shifted_.row(i)[2 * i] += difference_step(y[i]);
        shifted_.row(i)[2 * i + 1] -= difference_step(y[i]);
    }
    carried(shifted_.points(), t, differences_.rows());
    for (int row = dim_; row < n_rows_; ++row)
        for (int j = 0; j < dim_; ++j)
            jacobian[row * n_rows_ + j] = (differences_.row(row)[2 * j] - differences_.row(row)[2 * j + 1]) /
                                          (shifted_.row(j)[2 * j] - shifted_.row(j)[2 * j + 1]);
    if (process_.autonomous()) return;
    const double later = t + difference_step(t), earlier = t - difference_step(t);
    carried({y, n_rows_, 1, 1}, later, differences_.rows());
    for (int row = dim_; row < n_rows_; ++row) time_derivative[row] = differences_.row(row)[0];
    carried({y, n_rows_, 1, 1}, earlier, differences_.rows());
    for (int row = dim_; row < n_rows_; ++row)
        time_derivative[row] = (time_derivative[row] - differences_.row(row)[0]) / (later - earlier);
}

}  // namespace dynkin
