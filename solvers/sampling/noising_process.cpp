#include "solvers/sampling/noising_process.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/sampling/marginal_process.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dynkin {
namespace {

class NoisingProcess final : public IsotropicNoise {
public:
    NoisingProcess(SchedulePtr schedule, int dim)
        : IsotropicNoise("noising_" + schedule->name(), dim, NoiseKind::additive), schedule_(std::move(schedule)) {}

    void drift(Points x, double t, Rows out) const override { scale(x, schedule_->scale_rate(t), out); }
    void drift_jacobian(Points x, double t, Rows out) const override {
        fill_rows(out, dim_ * dim_, x.n, 0.0);
        const double f = schedule_->scale_rate(t);
        for (int i = 0; i < dim_; ++i) std::fill_n(out.row(i * dim_ + i), x.n, f);
    }
    void drift_time_derivative(Points x, double t, Rows out) const override {
        scale(x, schedule_->scale_rate(Dual(t, 1.0)).d, out);
    }

    bool has_exact_transition() const override { return true; }
    void sample_transition(Rows x, Index n, double t, double dt, std::uint64_t first_particle,
                           const DrawSource& source) const override {
        const auto [factor, sd] = transition(t, dt);
        for (Index q = 0; q < n; ++q) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(q));
            for (int j = 0; j < dim_; ++j) x.row(j)[q] = factor * x.row(j)[q] + sd * draws.normal();
        }
    }
    bool has_transition_density() const override { return true; }
    void transition_density(Points x, const double* x0, double t, double dt, double* out) const override {
        const auto [factor, sd] = transition(t, dt);
        for (Index q = 0; q < x.n; ++q) {
            double square = 0.0;
            for (int j = 0; j < dim_; ++j) {
                const double z = (x.component(j)[q] - factor * x0[j]) / sd;
                square += z * z;
            }
            out[q] = std::exp(-0.5 * square) / std::pow(std::sqrt(2.0 * std::numbers::pi) * sd, dim_);
        }
    }

private:
    double noise_amplitude(double t) const override { return std::sqrt(schedule_->squared_noise_rate(t)); }

    // X_{t+dt} = factor X_t + sd xi.
    std::pair<double, double> transition(double t, double dt) const {
        const NoiseLevel from = schedule_->level(t), to = schedule_->level(t + dt);
        const double factor = to.alpha / from.alpha, carried = factor * from.sigma;
        return {factor, std::sqrt(std::max(0.0, (to.sigma - carried) * (to.sigma + carried)))};
    }

    void scale(Points x, double factor, Rows out) const {
        for (int j = 0; j < dim_; ++j)
            for (Index q = 0; q < x.n; ++q) out.row(j)[q] = factor * x.component(j)[q];
    }

    SchedulePtr schedule_;
};

}  // namespace

std::shared_ptr<const Process> make_noising_process(SchedulePtr schedule, int dim) {
    if (dim < 1) throw ConfigError("noising process: dim = " + std::to_string(dim) + ", expected >= 1");
    return std::make_shared<const NoisingProcess>(std::move(schedule), dim);
}

std::shared_ptr<const Process> make_marginal_process(SchedulePtr schedule, DenoiserPtr model, double lambda,
                                                     TimeDirection direction) {
    if (!(lambda >= 0.0) || !std::isfinite(lambda))
        throw ConfigError("marginal process: lambda = " + std::to_string(lambda) + ", expected >= 0");
    return std::make_shared<const MarginalProcess>(std::move(schedule), std::move(model), lambda, direction);
}

}  // namespace dynkin
