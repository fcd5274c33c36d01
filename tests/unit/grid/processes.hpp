#pragma once
// Processes whose densities are known, and short ways to solve for them.
#include "solvers/core/errors.hpp"
#include "solvers/core/model.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/grid/density_solver.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace dynkin::test {

struct Drifted {  // drift u, diffusivity D, killing rate c x^2
    static constexpr std::string_view name = "drifted";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double u = 0.0, D = 1.0, c = 0.0;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(u);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * D));
    }
    template <class S>
    S killing(std::span<const S> x, S) const {
        return c * x[0] * x[0];
    }
};

struct Well {  // U = x^4/4 - x^2/2, or x^2/2 when linear
    static constexpr std::string_view name = "well";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.3;
    bool linear = false;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = linear ? -x[0] : x[0] - x[0] * x[0] * x[0];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = S(std::sqrt(2.0 * D));
    }
};

struct GradientMaierStein {  // U = x^4/4 - x^2/2 + y^2 (1 + x^2) / 2; case D3
    static constexpr std::string_view name = "gradient_maier_stein";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double D = 0.3;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[0] - x[0] * x[0] * x[0] - x[0] * x[1] * x[1];
        b[1] = -1.0 * (1.0 + x[0] * x[0]) * x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(std::sqrt(2.0 * D));
    }
};

struct RingWithD {  // case C7: no drift, D = 1 + sin(2 pi x) / 2
    static constexpr std::string_view name = "ring";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Calculus calculus = Calculus::ito;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sqrt(2.0 + sin(6.283185307179586 * x[0]));
    }
};

/// X = sinh Z with dZ = -Z dt + s(t) dW, s = 0.4 + 0.2 sin 3t: non-linear, multiplicative, time-dependent, and known.
struct SinhOfGaussian {
    static constexpr std::string_view name = "sinh_of_gaussian";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr bool autonomous = false;
    Calculus calculus = Calculus::ito;  // Ito is the right reading
    template <class S>
    static S s(S t) {
        return 0.4 + 0.2 * sin(3.0 * t);
    }
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        const S root = sqrt(1.0 + x[0] * x[0]), st = s(t);
        b[0] = 0.5 * st * st * x[0] - root * log(x[0] + root);
    }
    template <class S>
    void sigma(std::span<const S> x, S t, SigmaView<S> out) const {
        out(0, 0) = s(t) * sqrt(1.0 + x[0] * x[0]);
    }

    static constexpr double mean0 = 0.5, variance0 = 0.04;
    static double mean(double t) { return mean0 * std::exp(-t); }
    static double variance(double t) {  // integral of e^(-2 (t - r)) s(r)^2, by Simpson on 2000 intervals
        const int n = 2000;
        double sum = 0.0;
        for (int i = 0; i <= n; ++i) {
            const double r = t * i / n, weight = i == 0 || i == n ? 1.0 : i % 2 ? 4.0 : 2.0;
            sum += weight * std::exp(-2.0 * (t - r)) * s(r) * s(r);
        }
        return variance0 * std::exp(-2.0 * t) + sum * t / (3.0 * n);
    }
    static std::shared_ptr<const InitialLaw> initial() {
        return density_law({-1.5}, {3.0}, [](Points x, double* out) {
            for (Index q = 0; q < x.n; ++q) {
                const double v = x.component(0)[q], z = std::asinh(v) - mean0;
                out[q] = std::exp(-0.5 * z * z / variance0) / std::sqrt(1.0 + v * v);
            }
        });
    }
    static std::vector<double> first_two_moments(double t) {
        const double m = mean(t), v = variance(t);
        return {std::sinh(m) * std::exp(0.5 * v), 0.5 * (std::cosh(2.0 * m) * std::exp(2.0 * v) - 1.0)};
    }
};

struct Rotating {  // case C3
    static constexpr std::string_view name = "rotating";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double turn = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = -0.5 * x[0] - 2.0 * turn * x[1];
        b[1] = 2.0 * turn * x[0] - x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(0.5);
    }
};

struct Langevin {  // case D10: no noise along x
    static constexpr std::string_view name = "langevin";
    static constexpr int dim = 2, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    double T = 0.5;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = x[1];
        b[1] = x[0] - x[0] * x[0] * x[0] - x[1];
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(1, 0) = S(std::sqrt(2.0 * T));
    }
};

struct Correlated {  // two components, one noise
    static constexpr std::string_view name = "correlated";
    static constexpr int dim = 2, noise_dim = 2;
    static constexpr NoiseKind noise_kind = NoiseKind::additive;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = b[1] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S> s) const {
        s(0, 0) = s(1, 1) = S(1.0);
        s(0, 1) = S(0.3);
    }
};

struct SquareRoot {  // CIR
    static constexpr std::string_view name = "square_root";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    double kappa = 0.5, theta = 0.04, s = 1.0;
    template <class S>
    void drift(std::span<const S> x, S, std::span<S> b) const {
        b[0] = kappa * (theta - x[0]);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> out) const {
        out(0, 0) = s * sqrt(max(x[0], S(0.0)));
    }
};

struct WrightFisher {
    static constexpr std::string_view name = "wright_fisher";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> out) const {
        out(0, 0) = sqrt(max(x[0] * (1.0 - x[0]), S(0.0)));
    }
};

struct LogNoise {  // defined for x > 0 only
    static constexpr std::string_view name = "log_noise";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    template <class S>
    void drift(std::span<const S>, S, std::span<S> b) const {
        b[0] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> out) const {
        out(0, 0) = log(x[0]);
    }
};

struct Independent {  // x: well, y: square root, z: ring. Independent, so a density is the product of theirs.
    static constexpr std::string_view name = "independent";
    static constexpr int dim = 3, noise_dim = 3;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    Well well;
    SquareRoot square_root{.theta = 0.5};
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        well.drift(x.subspan(0, 1), t, b.subspan(0, 1));
        square_root.drift(x.subspan(1, 1), t, b.subspan(1, 1));
        b[2] = S(0.0);
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> out) const {
        out(0, 0) = S(std::sqrt(2.0 * well.D));
        out(1, 1) = square_root.s * sqrt(max(x[1], S(0.0)));
        out(2, 2) = sqrt(2.0 + sin(6.283185307179586 * x[2]));
    }
};

struct Flow {  // dx = (1 + x/2 + cos(t)/4) dt: no noise at all
    static constexpr std::string_view name = "flow";
    static constexpr int dim = 1, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    static constexpr bool autonomous = false;
    double factor = 1.0;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = factor * (1.0 + 0.5 * x[0] + 0.25 * cos(t));
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

/// Everything at once: time-dependent drift, D(x), killing; for walls of any kind.
struct Crowded {
    static constexpr std::string_view name = "crowded";
    static constexpr int dim = 1, noise_dim = 1;
    static constexpr NoiseKind noise_kind = NoiseKind::diagonal;
    static constexpr bool autonomous = false;
    Calculus calculus = Calculus::ito;
    double sigma_factor = 1.0, drift_factor = 1.0;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = drift_factor * (x[0] - x[0] * x[0] * x[0] + 0.5 * cos(2.0 * t));
    }
    template <class S>
    void sigma(std::span<const S> x, S, SigmaView<S> s) const {
        s(0, 0) = sigma_factor * (0.8 + 0.3 * sin(2.0 * x[0]));
    }
    template <class S>
    S killing(std::span<const S> x, S) const {
        return 0.3 * x[0] * x[0];
    }
};

inline Domain sides(Boundary lower, Boundary upper, int dim = 1) {
    return Domain(static_cast<std::size_t>(dim), AxisDomain{.at_lower = lower, .at_upper = upper});
}

template <class M>
GridProblem problem_1d(M model, double lower, double upper, int n, Boundary at_lower = Boundary::open,
                       Boundary at_upper = Boundary::open) {
    return {make_process(std::move(model)), Mesh{{uniform_faces(lower, upper, n)}}, sides(at_lower, at_upper)};
}

/// log2 of the ratio of errors at h and h / 2, or log_r for another ratio.
inline double slope(double coarse, double fine, double ratio = 2.0) {
    return std::log(std::abs(coarse / fine)) / std::log(ratio);
}

template <class Call>
std::string message_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace dynkin::test
