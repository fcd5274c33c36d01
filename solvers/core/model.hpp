#pragma once
// From a model written once, as a struct, to a Process. A person who writes her own model needs this header only.
//
//   struct DoubleWell {
//       static constexpr std::string_view name = "double_well";
//       static constexpr int dim = 1, noise_dim = 1;
//       static constexpr NoiseKind noise_kind = NoiseKind::additive;
//       double D = 0.2;
//       template <class S> void drift(std::span<const S> x, S, std::span<S> b) const { b[0] = x[0] - x[0] * x[0] * x[0]; }
//       template <class S> void sigma(std::span<const S>, S, SigmaView<S> s) const { s(0, 0) = sqrt(2.0 * D); }
//   };
//   auto process = make_process(DoubleWell{.D = 0.1});
//
// Derivatives, the Ito drift and everything built on them are derived from these two templates.
#include "solvers/core/dispatch.hpp"
#include "solvers/core/dual.hpp"
#include "solvers/core/model_kernels.hpp"
#include "solvers/core/process.hpp"

#include <array>
#include <cmath>
#include <concepts>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace dynkin {

template <class M>
concept Model = requires(const M& m, std::span<const double> x, std::span<const Dual> xd, std::span<double> b,
                         std::span<Dual> bd, SigmaView<double> s, SigmaView<Dual> sd) {
    { M::name } -> std::convertible_to<std::string_view>;
    { m.dim } -> std::convertible_to<int>;
    { m.noise_dim } -> std::convertible_to<int>;
    { m.noise_kind } -> std::convertible_to<NoiseKind>;
    m.template drift<double>(x, 0.0, b);
    m.template drift<Dual>(xd, Dual(0.0), bd);
    m.template sigma<double>(x, 0.0, s);
    m.template sigma<Dual>(xd, Dual(0.0), sd);
};

// Optional extras, each read only when the model has it.
template <class M>
concept HasCalculus = requires(const M& m) { { m.calculus } -> std::convertible_to<Calculus>; };
template <class M>
concept HasKilling = requires(const M& m, std::span<const double> x) {
    { m.template killing<double>(x, 0.0) } -> std::convertible_to<double>;
};
template <class M>
concept HasExactTransition =
    requires(const M& m, std::span<double> x, Draws& draws) { m.sample_transition(x, 0.0, 0.0, draws); };
template <class M>
concept HasTransitionDensity = requires(const M& m, std::span<const double> x) {
    { m.transition_density(x, x, 0.0, 0.0) } -> std::convertible_to<double>;
};
template <class M>
concept HasVariables = requires(const M& m) { { m.variables() } -> std::convertible_to<std::vector<std::string>>; };
template <class M>
concept HasNaturalDomain = requires(const M& m) { { m.natural_domain() } -> std::convertible_to<Domain>; };
template <class M>
concept TimeDependent = requires { requires !M::autonomous; };

/// The Process of a model. `final`, so that code templated over the process type inlines it.
template <Model M>
class ModelProcess final : public Process {
    using K = detail::Kernels<M>;

public:
    explicit ModelProcess(M model) : model_(std::move(model)) {
        name_ = std::string(M::name);
        dim_ = model_.dim;
        noise_dim_ = model_.noise_dim;
        noise_kind_ = model_.noise_kind;
        if constexpr (HasCalculus<M>) calculus_ = model_.calculus;
        if constexpr (HasVariables<M>) variables_ = model_.variables();
        else variables_ = default_variables(dim_);
        if constexpr (HasNaturalDomain<M>) natural_domain_ = model_.natural_domain();
        else natural_domain_.assign(static_cast<std::size_t>(dim_), AxisDomain{});
        autonomous_ = !TimeDependent<M>;
        has_killing_ = HasKilling<M>;
    }

    const M& model() const { return model_; }

    void drift(Points x, double t, Rows out) const override {
        switch (vector_level()) {
            case VectorLevel::v4: return drift_v4(x, t, out);
            case VectorLevel::v3: return drift_v3(x, t, out);
            default: return K::drift(model_, x, t, out);
        }
    }
    void sigma(Points x, double t, Rows out) const override {
        switch (vector_level()) {
            case VectorLevel::v4: return sigma_v4(x, t, out);
            case VectorLevel::v3: return sigma_v3(x, t, out);
            default: return K::sigma(model_, x, t, out);
        }
    }
    void ito_drift(Points x, double t, Rows out) const override {
        const double alpha = correction_weight(calculus_);
        if (alpha == 0.0 || noise_kind_ == NoiseKind::additive || noise_kind_ == NoiseKind::none)
            return drift(x, t, out);
        switch (vector_level()) {
            case VectorLevel::v4: return ito_drift_v4(alpha, x, t, out);
            case VectorLevel::v3: return ito_drift_v3(alpha, x, t, out);
            default: return K::ito_drift(model_, alpha, x, t, out);
        }
    }
    // Small systems only: the four stages of a large one would not fit the registers.
    bool runge_kutta4(Rows x, Index n, double t, double h) const override {
        if constexpr (detail::StaticDim<M> && K::D <= 8) {
            switch (vector_level()) {
                case VectorLevel::v4: runge_kutta4_v4(x, n, t, h); break;
                case VectorLevel::v3: runge_kutta4_v3(x, n, t, h); break;
                default: K::runge_kutta4(model_, x, n, t, h);
            }
            return true;
        } else {
            return Process::runge_kutta4(x, n, t, h);
        }
    }
    bool dormand_prince5(const DormandPrinceTrials& trials) const override {
        if constexpr (detail::StaticDim<M> && K::D <= 8) {
            switch (vector_level()) {
                case VectorLevel::v4: dormand_prince5_v4(trials); break;
                case VectorLevel::v3: dormand_prince5_v3(trials); break;
                default: detail::dormand_prince5<K>(model_, trials);
            }
            return true;
        } else {
            return Process::dormand_prince5(trials);
        }
    }
    void drift_jacobian(Points x, double t, Rows out) const override { K::drift_jacobian(model_, x, t, out); }
    void drift_time_derivative(Points x, double t, Rows out) const override {
        K::drift_time_derivative(model_, x, t, out);
    }
    void sigma_derivative_along_noise(Points x, double t, Rows out) const override {
        const bool diagonal = noise_kind_ == NoiseKind::diagonal;
        switch (vector_level()) {
            case VectorLevel::v4: return sigma_derivative_v4(diagonal, x, t, out);
            case VectorLevel::v3: return sigma_derivative_v3(diagonal, x, t, out);
            default: return K::sigma_derivative(model_, diagonal, x, t, out);
        }
    }
    void killing_rate(Points x, double t, Rows out) const override {
        if constexpr (HasKilling<M>) {
            for (Index q = 0; q < x.n; ++q) {
                std::array<double, K::D> xq{};
                for (int j = 0; j < dim_; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
                out.row(0)[q] = model_.template killing<double>(
                    std::span<const double>(xq.data(), static_cast<std::size_t>(dim_)), t);
            }
        } else {
            Process::killing_rate(x, t, out);
        }
    }

    bool has_exact_transition() const override { return HasExactTransition<M>; }
    void sample_transition(Rows x, Index n, double t, double dt, std::uint64_t first_particle,
                           const DrawSource& source) const override {
        if constexpr (HasExactTransition<M>) {
            std::array<double, K::D> xq{};
            for (Index q = 0; q < n; ++q) {
                for (int j = 0; j < dim_; ++j) xq[static_cast<std::size_t>(j)] = x.row(j)[q];
                Draws draws(source, first_particle + static_cast<std::uint64_t>(q));
                model_.sample_transition(std::span<double>(xq.data(), static_cast<std::size_t>(dim_)), t, dt, draws);
                for (int j = 0; j < dim_; ++j) x.row(j)[q] = xq[static_cast<std::size_t>(j)];
            }
        } else {
            Process::sample_transition(x, n, t, dt, first_particle, source);
        }
    }

    bool has_transition_density() const override { return HasTransitionDensity<M>; }
    void transition_density(Points x, const double* x0, double t, double dt, double* out) const override {
        if constexpr (HasTransitionDensity<M>) {
            std::array<double, K::D> xq{};
            const auto d = static_cast<std::size_t>(dim_);
            for (Index q = 0; q < x.n; ++q) {
                for (int j = 0; j < dim_; ++j) xq[static_cast<std::size_t>(j)] = x.component(j)[q];
                out[q] = model_.transition_density(std::span<const double>(xq.data(), d),
                                                   std::span<const double>(x0, d), t, dt);
            }
        } else {
            Process::transition_density(x, x0, t, dt, out);
        }
    }

private:
    // target_clones does not reach templates, so each level is spelled out; the bodies are shared.
    DYNKIN_TARGET_V4 void drift_v4(Points x, double t, Rows out) const { K::drift(model_, x, t, out); }
    DYNKIN_TARGET_V3 void drift_v3(Points x, double t, Rows out) const { K::drift(model_, x, t, out); }
    DYNKIN_TARGET_V4 void runge_kutta4_v4(Rows x, Index n, double t, double h) const {
        K::runge_kutta4(model_, x, n, t, h);
    }
    DYNKIN_TARGET_V3 void runge_kutta4_v3(Rows x, Index n, double t, double h) const {
        K::runge_kutta4(model_, x, n, t, h);
    }
    DYNKIN_TARGET_V4 void dormand_prince5_v4(const DormandPrinceTrials& trials) const {
        detail::dormand_prince5<K>(model_, trials);
    }
    DYNKIN_TARGET_V3 void dormand_prince5_v3(const DormandPrinceTrials& trials) const {
        detail::dormand_prince5<K>(model_, trials);
    }
    DYNKIN_TARGET_V4 void sigma_v4(Points x, double t, Rows out) const { K::sigma(model_, x, t, out); }
    DYNKIN_TARGET_V3 void sigma_v3(Points x, double t, Rows out) const { K::sigma(model_, x, t, out); }
    DYNKIN_TARGET_V4 void ito_drift_v4(double alpha, Points x, double t, Rows out) const {
        K::ito_drift(model_, alpha, x, t, out);
    }
    DYNKIN_TARGET_V3 void ito_drift_v3(double alpha, Points x, double t, Rows out) const {
        K::ito_drift(model_, alpha, x, t, out);
    }
    DYNKIN_TARGET_V4 void sigma_derivative_v4(bool diagonal, Points x, double t, Rows out) const {
        K::sigma_derivative(model_, diagonal, x, t, out);
    }
    DYNKIN_TARGET_V3 void sigma_derivative_v3(bool diagonal, Points x, double t, Rows out) const {
        K::sigma_derivative(model_, diagonal, x, t, out);
    }

    M model_;
};

template <Model M>
std::shared_ptr<const Process> make_process(M model) {
    return std::make_shared<const ModelProcess<M>>(std::move(model));
}

}  // namespace dynkin
