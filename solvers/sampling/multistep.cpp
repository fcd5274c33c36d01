// Samplers that remember: DPM-Solver++(2M) and its SDE form, UniPC, LMS-4.
//
// In y = x / alpha and ell = -log(sigma / alpha), with h = ell' - ell, the probability flow is
//   y' = e^-h y + int_0^h e^(tau - h) D(ell + tau) dtau,
// and in s = sigma / alpha it is dy / ds = (y - D) / s. Multistep methods put a polynomial through known values.
#include "solvers/sampling/sampler_base.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin {
namespace {

// int_0^h weight(tau) ell_k(tau) dtau for the Lagrange polynomials ell_k of the nodes, by eight Gauss points: exact for
// the polynomial part up to degree 15; the exponential over h = 3 leaves 1e-14.
template <class Weight>
std::vector<double> interpolation_weights(const std::vector<double>& nodes, double h, Weight weight) {
    constexpr std::array<double, 4> x{0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
    constexpr std::array<double, 4> w{0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763};
    std::vector<double> result(nodes.size(), 0.0);
    for (std::size_t g = 0; g < 8; ++g) {
        const double tau = 0.5 * h * (1.0 + (g < 4 ? x[g] : -x[g - 4])), part = 0.5 * h * w[g % 4] * weight(tau);
        for (std::size_t k = 0; k < nodes.size(); ++k) {
            double ell = 1.0;
            for (std::size_t l = 0; l < nodes.size(); ++l)
                if (l != k) ell *= (tau - nodes[l]) / (nodes[k] - nodes[l]);
            result[k] += part * ell;
        }
    }
    return result;
}

class Dpmpp2m final : public SamplerBase {
public:
    Dpmpp2m(const SamplerSetup& setup, const SamplerInfo& info) : SamplerBase(setup, info) {}

    int normal_rows() const override { return info().stochastic ? dim() : 0; }
    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows normals,
              SamplerMemory& memory) const override {
        if (number == 0) memory.clear();
        const NoiseLevel from = level(number), to = level(number + 1);
        const Rows D = memory.push(dim(), n, 2);
        denoise(x, n, from, first_particle, D);
        const double h = std::log(from.ratio() / to.ratio());
        // 2 h: the SDE damps and forgets twice as fast, and replaces what it forgets by noise.
        const double rate = info().stochastic ? 2.0 * h : h, gain = -std::expm1(-rate);
        combine(x, n, to.alpha / from.alpha * std::exp(-rate), to.alpha * gain, D);
        if (memory.size() == 2) {
            const double r = std::log(level(number - 1).ratio() / from.ratio()) / h, slope = 0.5 / r * to.alpha * gain;
            add(x, n, slope, D);
            add(x, n, -slope, memory.past(1));
        }
        if (info().stochastic) add(x, n, to.sigma * std::sqrt(gain), normals);
    }
};

// UniP-p and UniC-p with all their conditions solved: the exponential Adams methods through p and p + 1 values. The
// value at the predicted point serves the corrector and, unchanged, the next step.
class UniPc final : public SamplerBase {
public:
    UniPc(const SamplerSetup& setup, const SamplerInfo& info) : SamplerBase(setup, info) {
        for (int number = 0; number < n_steps(); ++number) {
            const double here = std::log(level(number).ratio()), h = here - std::log(level(number + 1).ratio());
            std::vector<double> nodes;
            for (int k = 0; k < std::min(setup.options.predictor_order, number + 1); ++k)
                nodes.push_back(here - std::log(level(number - k).ratio()));
            const auto weight = [h](double tau) { return std::exp(tau - h); };
            predictor_.push_back(interpolation_weights(nodes, h, weight));
            nodes.insert(nodes.begin(), h);
            corrector_.push_back(interpolation_weights(nodes, h, weight));
        }
    }

    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows, SamplerMemory& memory) const override {
        const NoiseLevel from = level(number), to = level(number + 1);
        const int depth = options().predictor_order + 1;
        if (number == 0) {
            memory.clear();
            denoise(x, n, from, first_particle, memory.push(dim(), n, depth));
        }
        const Rows predicted = memory.scratch.rows(0, dim(), n);
        for (int j = 0; j < dim(); ++j) rows::scale(x.row(j), to.sigma / from.sigma, n);
        for (int j = 0; j < dim(); ++j) rows::copy(predicted.row(j), x.row(j), n);
        const auto& p = predictor_[static_cast<std::size_t>(number)];
        const auto& c = corrector_[static_cast<std::size_t>(number)];
        for (std::size_t k = 0; k < p.size(); ++k) add(predicted, n, to.alpha * p[k], memory.past(static_cast<int>(k)));
        denoise(predicted, n, to, first_particle, memory.push(dim(), n, depth));
        for (std::size_t k = 0; k < c.size(); ++k) add(x, n, to.alpha * c[k], memory.past(static_cast<int>(k)));
    }

private:
    std::vector<std::vector<double>> predictor_, corrector_;
};

class Lms4 final : public SamplerBase {
public:
    Lms4(const SamplerSetup& setup, const SamplerInfo& info) : SamplerBase(setup, info) {
        for (int number = 0; number < n_steps(); ++number) {
            std::vector<double> nodes;
            for (int k = 0; k < std::min(4, number + 1); ++k)
                nodes.push_back(level(number - k).ratio() - level(number).ratio());
            weights_.push_back(interpolation_weights(nodes, level(number + 1).ratio() - level(number).ratio(),
                                                     [](double) { return 1.0; }));
        }
    }

    void step(Rows x, Index n, int number, std::uint64_t first_particle, Rows, SamplerMemory& memory) const override {
        if (number == 0) memory.clear();
        const NoiseLevel from = level(number), to = level(number + 1);
        const Rows D = memory.scratch.rows(0, dim(), n), slope = memory.push(dim(), n, 4);
        denoise(x, n, from, first_particle, D);
        const double s = from.ratio();
        for (int j = 0; j < dim(); ++j) {
            rows::scale(x.row(j), 1.0 / from.alpha, n);
            for (Index q = 0; q < n; ++q) slope.row(j)[q] = (x.row(j)[q] - D.row(j)[q]) / s;
        }
        const auto& w = weights_[static_cast<std::size_t>(number)];
        for (std::size_t k = 0; k < w.size(); ++k) add(x, n, w[k], memory.past(static_cast<int>(k)));
        for (int j = 0; j < dim(); ++j) rows::scale(x.row(j), to.alpha, n);
    }

private:
    std::vector<std::vector<double>> weights_;
};

template <class S>
std::unique_ptr<Sampler> make(const SamplerSetup& setup, const SamplerInfo& info) {
    return std::make_unique<S>(setup, info);
}

}  // namespace

SamplerEntry dpmpp2m_sampler() {
    SamplerInfo info{.name = "dpmpp2m", .title = "DPM-Solver++(2M)", .order = 2.0};
    info.source = "Lu et al. (2022b), algorithm 2";
    return {info, make<Dpmpp2m>};
}

SamplerEntry dpmpp2m_sde_sampler() {
    SamplerInfo info{.name = "dpmpp2m_sde", .title = "SDE-DPM-Solver++(2M)", .order = 2.0, .stochastic = true};
    info.source = "Lu et al. (2022b), eq. 18";
    return {info, make<Dpmpp2m>};
}

SamplerEntry unipc_sampler() {
    SamplerInfo info{.name = "unipc", .title = "UniPC", .order = 3.0};
    info.extra_model_calls = 1.0;
    info.source = "Zhao et al. (2023), algorithms 1 and 2, data prediction";
    info.remark = "order p + 1 for predictor_order p = 1 ... 4; the order given is that of p = 2";
    return {info, [](const SamplerSetup& setup, const SamplerInfo& i) -> std::unique_ptr<Sampler> {
                const int p = setup.options.predictor_order;
                require_option(p >= 1 && p <= 4, i, "predictor_order", p, "1, 2, 3 or 4");
                return make<UniPc>(setup, i);
            }};
}

SamplerEntry lms4_sampler() {
    SamplerInfo info{.name = "lms4", .title = "LMS-4", .order = 4.0};
    info.source =
        "Adams & Bashforth (1883) with variable steps of sigma / alpha; Katherine Crowson, k-diffusion (2022)";
    info.remark = "starts with orders 1, 2 and 3, which leaves an error of order 2 unless the first level is high";
    return {info, make<Lms4>};
}

SamplerEntry probability_flow_sampler() {
    SamplerInfo info{.name = "probability_flow", .title = "Probability flow by dopri5", .order = 5.0};
    info.model_calls = 6.0;
    info.source = "Song et al. (2021), section 4.3 and appendix D.2; Dormand & Prince (1980)";
    info.remark = "chooses its own steps; model calls are those of a trial step; exact log-likelihood";
    return {info, nullptr};
}

}  // namespace dynkin
