#pragma once
// The bodies behind make_marginal_process, for processes built on them.
#include "solvers/sampling/noising_process.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace dynkin {

inline void fill_rows(Rows out, int n_rows, Index n, double value) {
    for (int r = 0; r < n_rows; ++r) std::fill_n(out.row(r), n, value);
}

// sigma = c(t) times the identity, so everything that differentiates it is zero.
class IsotropicNoise : public Process {
public:
    void ito_drift(Points x, double t, Rows out) const override { drift(x, t, out); }
    void sigma(Points x, double t, Rows out) const override {
        fill_rows(out, dim_ * noise_dim_, x.n, 0.0);
        if (noise_dim_ == 0) return;
        const double c = noise_amplitude(t);
        for (int i = 0; i < dim_; ++i) std::fill_n(out.row(i * noise_dim_ + i), x.n, c);
    }
    void sigma_derivative_along_noise(Points x, double, Rows out) const override {
        fill_rows(out, noise_dim_ * noise_dim_ * dim_, x.n, 0.0);
    }

protected:
    IsotropicNoise(std::string name, int dim, NoiseKind kind) {
        name_ = std::move(name);
        dim_ = dim;
        noise_dim_ = kind == NoiseKind::none ? 0 : dim;
        noise_kind_ = kind;
        variables_ = default_variables(dim);
        natural_domain_.assign(static_cast<std::size_t>(dim), AxisDomain{});
        autonomous_ = false;
    }
    virtual double noise_amplitude(double t) const = 0;
};

/// See make_marginal_process.
class MarginalProcess : public IsotropicNoise {
public:
    MarginalProcess(SchedulePtr schedule, DenoiserPtr model, double lambda, TimeDirection direction)
        : IsotropicNoise((direction == TimeDirection::reverse ? "reverse_" : "forward_") + schedule->name(),
                         model->dim(), lambda == 0.0 ? NoiseKind::none : NoiseKind::additive),
          schedule_(std::move(schedule)),
          model_(std::move(model)),
          lambda_(lambda),
          direction_(direction) {}

    void drift(Points x, double clock, Rows out) const override {
        const Coefficients c = coefficients(clock);
        score_or_throw(*model_, x, schedule_->level(c.t), 0, out);
        for (int j = 0; j < dim_; ++j)
            for (Index q = 0; q < x.n; ++q) out.row(j)[q] = c.of_x * x.component(j)[q] + c.of_score * out.row(j)[q];
    }
    void drift_jacobian(Points x, double clock, Rows out) const override {
        const Coefficients c = coefficients(clock);
        model_->score_jacobian(x, schedule_->level(c.t), out);
        for (int i = 0; i < dim_; ++i)
            for (int j = 0; j < dim_; ++j)
                for (Index q = 0; q < x.n; ++q) {
                    double& entry = out.row(i * dim_ + j)[q];
                    entry = c.of_score * entry + (i == j ? c.of_x : 0.0);
                }
    }
    // A score has no derivative along the noise level of its own: central differences, about 1e-9 relative.
    void drift_time_derivative(Points x, double clock, Rows out) const override {
        const double span = schedule_->t_max() - schedule_->t_min(), h = 1e-5 * span;
        const double before = std::max(clock - h, first_clock()), after = std::min(clock + h, first_clock() + span);
        Block earlier(dim_, x.n);
        drift(x, before, earlier.rows());
        drift(x, after, out);
        for (int j = 0; j < dim_; ++j)
            for (Index q = 0; q < x.n; ++q) out.row(j)[q] = (out.row(j)[q] - earlier.row(j)[q]) / (after - before);
    }

protected:
    struct Coefficients {
        double t, of_x, of_score;
    };
    const Schedule& schedule() const { return *schedule_; }
    double first_clock() const { return direction_ == TimeDirection::forward ? schedule_->t_min() : 0.0; }
    double time_of(double clock) const {
        return direction_ == TimeDirection::forward ? clock : schedule_->t_max() - clock;
    }
    Coefficients coefficients(double clock) const {
        const double t = time_of(clock), f = schedule_->scale_rate(t), g2 = schedule_->squared_noise_rate(t);
        if (direction_ == TimeDirection::forward) return {t, f, -0.5 * (1.0 - lambda_) * g2};
        return {t, -f, 0.5 * (1.0 + lambda_) * g2};
    }
    double noise_amplitude(double clock) const override {
        return std::sqrt(lambda_ * schedule_->squared_noise_rate(time_of(clock)));
    }

private:
    SchedulePtr schedule_;
    DenoiserPtr model_;
    double lambda_;
    TimeDirection direction_;
};

}  // namespace dynkin
