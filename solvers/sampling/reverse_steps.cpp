// Euler-Maruyama for the whole family of reverse equations, Heun with churn, the midpoint of DPM-Solver-2.
#include "solvers/sampling/sampler_base.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

class ReverseEulerMaruyama final : public SamplerBase {
public:
    using SamplerBase::SamplerBase;

    int normal_rows() const override { return options().lambda > 0.0 ? dim() : 0; }
    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
              SamplerMemory& memory) const override {
        const Rows s = memory.scratch.rows(0, dim(), n);
        score(x, n, level(number), first_particle, s);
        const double t = time(number), h = t - time(number + 1), lambda = options().lambda;
        const double f = schedule().scale_rate(t), g2 = schedule().squared_noise_rate(t);
        combine(x, n, 1.0 - h * f, 0.5 * (1.0 + lambda) * g2 * h, s);
        if (lambda > 0.0) add(x, n, std::sqrt(lambda * g2 * h), normals);
    }
};

// In y = x / alpha and the noise level s = sigma / alpha the probability flow is dy / ds = (y - D) / s.
class HeunWithChurn final : public SamplerBase {
public:
    using SamplerBase::SamplerBase;

    int normal_rows() const override { return options().churn > 0.0 ? dim() : 0; }
    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
              SamplerMemory& memory) const override {
        const Rows D = memory.scratch.rows(0, dim(), n), slope = memory.scratch.rows(1, dim(), n);
        const NoiseLevel to = level(number + 1);
        const NoiseLevel from = stirred(x, n, number, normals);
        const double s = from.ratio(), s_next = to.ratio(), h = s_next - s;
        denoise(x, n, from, first_particle, D);
        for (int j = 0; j < dim(); ++j) {
            rows::scale(x.row(j), 1.0 / from.alpha, n);
            rows::sum(slope.row(j), x.row(j), -1.0, D.row(j), n);
            rows::add_scaled(x.row(j), h / s, slope.row(j), n);
            rows::scale(x.row(j), to.alpha, n);
        }
        denoise(x, n, to, first_particle, D);
        // y + h / 2 (d + d') = (y + h d) + h / 2 (d' - d)
        for (int j = 0; j < dim(); ++j) {
            rows::scale(x.row(j), 1.0 + 0.5 * h / s_next, n);
            rows::add_two(x.row(j), -0.5 * h / s_next * to.alpha, D.row(j), -0.5 * h / s * to.alpha, slope.row(j), n);
        }
    }

private:
    // Adds fresh noise up to (1 + gamma) s, never beyond the schedule's own largest level.
    NoiseLevel stirred(Rows x, Index n, int number, Rows normals) const {
        const NoiseLevel from = level(number);
        const double s = from.ratio(), first = level(0).ratio();
        const SamplerOptions& o = options();
        if (o.churn <= 0.0 || s < o.churn_sigma_min || s > o.churn_sigma_max || s >= first) return from;
        const double gamma = std::min(o.churn / n_steps(), std::sqrt(2.0) - 1.0);
        const NoiseLevel up = level_of_ratio(std::min(s * (1.0 + gamma), first));
        const double added = std::sqrt(std::max(0.0, (up.ratio() - s) * (up.ratio() + s)));
        combine(x, n, up.alpha / from.alpha, up.alpha * added * o.churn_noise, normals);
        return up;
    }
};

class Dpm2 final : public SamplerBase {
public:
    using SamplerBase::SamplerBase;

    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows, SamplerMemory& memory) const override {
        const Rows D = memory.scratch.rows(0, dim(), n), middle = memory.scratch.rows(1, dim(), n);
        const NoiseLevel from = level(number), to = level(number + 1);
        const double s = from.ratio(), s_next = to.ratio(), s_middle = std::sqrt(s * s_next);
        const NoiseLevel between = level_of_ratio(s_middle);
        denoise(x, n, from, first_particle, D);
        for (int j = 0; j < dim(); ++j) {
            rows::scale(x.row(j), 1.0 / from.alpha, n);
            const double r = s_middle / s;
            for (Index q = 0; q < n; ++q)
                middle.row(j)[q] = between.alpha * (r * x.row(j)[q] + (1.0 - r) * D.row(j)[q]);
        }
        denoise(middle, n, between, first_particle, D);
        const double factor = (s_next - s) / s_middle;
        for (int j = 0; j < dim(); ++j) {
            rows::add_two(x.row(j), factor / between.alpha, middle.row(j), -factor, D.row(j), n);
            rows::scale(x.row(j), to.alpha, n);
        }
    }
};

template <class S>
std::unique_ptr<Sampler> make(const SamplerSetup& setup, const SamplerInfo& info) {
    return std::make_unique<S>(setup, info);
}

}  // namespace

SamplerEntry euler_maruyama_sampler() {
    SamplerInfo info{.name = "euler_maruyama", .title = "Euler-Maruyama", .order = 1.0, .stochastic = true};
    info.source = "Song et al. (2021), eq. 6; the family: appendix D.1";
    info.remark = "steps of t itself; lambda = 0 ... the square of noise over g; small steps where f and g are large";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                const double lambda = setup.options.lambda;
                require_option(lambda >= 0.0 && std::isfinite(lambda), i, "lambda", lambda, ">= 0");
                return make<ReverseEulerMaruyama>(setup, i);
            }};
}

SamplerEntry heun_sampler() {
    SamplerInfo info{.name = "heun", .title = "Heun, EDM", .order = 2.0};
    info.model_calls = 2.0;
    info.source = "Karras et al. (2022), algorithms 1 and 2";
    info.remark = "in sigma / alpha; churn adds noise, never above the first level";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                const SamplerOptions& o = setup.options;
                require_option(o.churn >= 0.0, i, "churn", o.churn, ">= 0");
                require_option(o.churn_noise > 0.0, i, "churn_noise", o.churn_noise, "> 0");
                require_option(o.churn_sigma_min <= o.churn_sigma_max, i, "churn_sigma_min", o.churn_sigma_min,
                               "at most churn_sigma_max");
                return make<HeunWithChurn>(setup, i);
            }};
}

SamplerEntry dpm2_sampler() {
    SamplerInfo info{.name = "dpm2", .title = "DPM-Solver-2", .order = 2.0};
    info.model_calls = 2.0;
    info.source = "Lu et al. (2022a), algorithm 1 with r = 1/2";
    return {info, make<Dpm2>};
}

}  // namespace dynkin
