#pragma once
// Flows with known answers, and processes that misreport one thing: the mutants of these tests.
#include "solvers/core/model.hpp"

#include <atomic>
#include <cmath>
#include <memory>
#include <string_view>

namespace dynkin::testing_flows {

/// What every model here shares: no noise.
struct NoNoise {
    static constexpr int noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

/// y' = -2 t y^2, y = 1 / (1 / y0 + t^2). Non-linear and time-dependent: it sees a wrong node.
struct Rational : NoNoise {
    static constexpr std::string_view name = "rational";
    static constexpr int dim = 1;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = -2.0 * t * x[0] * x[0];
    }
    static double exact(double y0, double t) { return 1.0 / (1.0 / y0 + t * t); }
};

/// x'' = -x^3 + g(t) with x = sin t.
struct ForcedQuartic : NoNoise {
    static constexpr std::string_view name = "forced_quartic";
    static constexpr int dim = 2;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        const S s = sin(t);
        b[0] = x[1];
        b[1] = -x[0] * x[0] * x[0] + s * s * s - s;
    }
};

/// x'' = -x^3 with energy v^2/2 + x^4/4; with friction it is no longer separable.
struct Quartic : NoNoise {
    static constexpr std::string_view name = "quartic";
    static constexpr int dim = 2;
    double friction = 0.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = -x[0] * x[0] * x[0] - friction * x[1];
    }
};

/// Solid-body rotation about the origin.
struct Rotation : NoNoise {
    static constexpr std::string_view name = "rotation";
    static constexpr int dim = 2;
    double omega = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -omega * x[1];
        b[1] = omega * x[0];
    }
};

/// LeVeque (1996), eq. 9.5: swirls for half the period and back.
struct Swirl : NoNoise {
    static constexpr std::string_view name = "swirl";
    static constexpr int dim = 2;
    static constexpr bool autonomous = false;
    double period = 1.5;
    bool reverses = true;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        const double pi = 3.141592653589793;
        const S g = reverses ? cos(pi / period * t) : S(1.0), sx = sin(pi * x[0]), sy = sin(pi * x[1]);
        b[0] = g * sx * sx * sin(2.0 * pi * x[1]);
        b[1] = -g * sy * sy * sin(2.0 * pi * x[0]);
    }
};

/// x' = r x (1 - x).
struct Logistic : NoNoise {
    static constexpr std::string_view name = "logistic";
    static constexpr int dim = 1;
    double r = 1.3;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = r * x[0] * (1.0 - x[0]);
    }
    double exact(double x0, double t) const { return x0 * std::exp(r * t) / (1.0 + x0 * (std::exp(r * t) - 1.0)); }
    /// log p(x(t), t) - log p(x0, 0) = -log dx(t)/dx0.
    double log_density_gain(double x0, double t) const {
        return -(r * t - 2.0 * std::log1p(x0 * (std::exp(r * t) - 1.0)));
    }
};

/// x' = A(t) x with A = (1 + cos t) ((-0.3, 1.1), (-0.4, -0.9)): trace -1.2 (1 + cos t).
struct Linear : NoNoise {
    static constexpr std::string_view name = "linear";
    static constexpr int dim = 2;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        const S g = 1.0 + cos(t);
        b[0] = g * (-0.3 * x[0] + 1.1 * x[1]);
        b[1] = g * (-0.4 * x[0] - 0.9 * x[1]);
    }
};

/// x' = -x with killing rate (1 + t) x^2: log w = -x0^2 int_0^t (1 + s) exp(-2 s) ds.
struct Leaking : NoNoise {
    static constexpr std::string_view name = "leaking";
    static constexpr int dim = 1;
    static constexpr bool autonomous = false;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -x[0];
    }
    template <class S>
    S killing(std::span<const S> x, S t) const {
        return (1.0 + t) * x[0] * x[0];
    }
    static double weight(double x0, double t) {
        return std::exp(-x0 * x0 * (0.75 - std::exp(-2.0 * t) * (0.75 + 0.5 * t)));
    }
};

/// Robertson's kinetics.
struct Robertson : NoNoise {
    static constexpr std::string_view name = "robertson";
    static constexpr int dim = 3;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -0.04 * x[0] + 1e4 * x[1] * x[2];
        b[2] = 3e7 * x[1] * x[1];
        b[1] = -b[0] - b[2];
    }
};

/// eps x'' = (1 - x^2) x' - x.
struct VanDerPol : NoNoise {
    static constexpr std::string_view name = "van_der_pol";
    static constexpr int dim = 2;
    double eps = 1e-6;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = ((1.0 - x[0] * x[0]) * x[1] - x[0]) / eps;
    }
};

/// x' = u, y' = 0.
struct UniformFlow : NoNoise {
    static constexpr std::string_view name = "uniform_flow";
    static constexpr int dim = 2;
    double u = 1.0;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(u);
        b[1] = S(0.0);
    }
};

/// x' = x^2: at infinity at t = 1 / x0.
struct Explosion : NoNoise {
    static constexpr std::string_view name = "explosion";
    static constexpr int dim = 1;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] * x[0];
    }
};

/// Another process, with its drift evaluations (points) counted.
class Wrapped : public Process {
public:
    explicit Wrapped(std::shared_ptr<const Process> inner) : inner_(std::move(inner)) {
        name_ = inner_->name();
        dim_ = inner_->dim();
        variables_ = inner_->variables();
        natural_domain_ = inner_->natural_domain();
        autonomous_ = inner_->autonomous();
    }
    void drift(Points x, double t, Rows out) const override {
        n_evaluations += x.n;
        inner_->drift(x, t, out);
    }
    void sigma(Points, double, Rows) const override {}
    void ito_drift(Points x, double t, Rows out) const override { drift(x, t, out); }
    void drift_jacobian(Points x, double t, Rows out) const override { inner_->drift_jacobian(x, t, out); }
    void drift_time_derivative(Points x, double t, Rows out) const override {
        inner_->drift_time_derivative(x, t, out);
    }
    void sigma_derivative_along_noise(Points, double, Rows) const override {}

    mutable std::atomic<std::int64_t> n_evaluations{0};

protected:
    std::shared_ptr<const Process> inner_;
};

}  // namespace dynkin::testing_flows
