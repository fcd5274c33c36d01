#include "solvers/sampling/gaussian_mixture.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/elementary.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/oriented_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dynkin {
namespace {

constexpr Index lane = 64;  // points that go through the components together

// The noised mixture as the loops read it; entry [k * dim + j].
struct Components {
    int n = 0, dim = 0;
    std::vector<double> offset;                      // (n) log w - 1/2 sum log v
    std::vector<double> centre, inverse_variance;    // alpha m, 1 / v with v = alpha^2 s^2 + sigma^2
    std::vector<double> pull_constant, pull_factor;  // E[X_0 | x, k] = pull_constant + pull_factor x
};

// gamma_k(x) for m points, in rows of `lane`; `largest` and `sum` give log p = largest + log sum.
DYNKIN_CLONES void responsibilities(const Components& c, Points x, double* gamma, double* largest, double* sum) {
    const Index m = x.n;
    std::fill_n(largest, m, -HUGE_VAL);
    std::fill_n(sum, m, 0.0);
    for (int k = 0; k < c.n; ++k) {
        double* l = gamma + k * lane;
        std::fill_n(l, m, c.offset[static_cast<std::size_t>(k)]);
        for (int j = 0; j < c.dim; ++j) {
            const auto kj = static_cast<std::size_t>(k * c.dim + j);
            const double centre = c.centre[kj], half = 0.5 * c.inverse_variance[kj];
            const double* xj = x.component(j);
            DYNKIN_INDEPENDENT
            for (Index q = 0; q < m; ++q) l[q] -= half * (xj[q] - centre) * (xj[q] - centre);
        }
        for (Index q = 0; q < m; ++q) largest[q] = largest[q] < l[q] ? l[q] : largest[q];
    }
    for (int k = 0; k < c.n; ++k) {
        double* l = gamma + k * lane;
        DYNKIN_INDEPENDENT
        for (Index q = 0; q < m; ++q) {
            l[q] = elementary::exp(l[q] - largest[q]);
            sum[q] += l[q];
        }
    }
    for (int k = 0; k < c.n; ++k) {
        double* l = gamma + k * lane;
        for (Index q = 0; q < m; ++q) l[q] /= sum[q];
    }
}

// out += gamma (constant + factor x)
DYNKIN_CLONES void add_affine(Index m, const double* gamma, double constant, double factor, const double* x,
                              double* out) {
    DYNKIN_INDEPENDENT
    for (Index q = 0; q < m; ++q) out[q] += gamma[q] * (constant + factor * x[q]);
}

class MixtureDenoiser final : public Denoiser {
public:
    explicit MixtureDenoiser(GaussianMixture mixture)
        : Denoiser("gaussian_mixture", mixture.dim()), mixture_(std::move(mixture)) {}

    void denoise(Points x, NoiseLevel level, Rows out) const override {
        const Components c = components(level);
        for_lanes(c, x, [&](Index first, Points part, const double* gamma, const double*, const double*) {
            sum_of_affine(c, part, gamma, c.pull_constant, c.pull_factor, {out.data + first, out.stride});
        });
    }

    void score(Points x, NoiseLevel level, Rows out) const override {
        const Components c = components(level);
        const ScoreTerms terms = score_terms(c);
        for_lanes(c, x, [&](Index first, Points part, const double* gamma, const double*, const double*) {
            sum_of_affine(c, part, gamma, terms.constant, terms.factor, {out.data + first, out.stride});
        });
    }

    // With u_k the score of component k: E_gamma[u u^T] - s s^T - E_gamma[1 / v] on the diagonal.
    void score_jacobian(Points x, NoiseLevel level, Rows out) const override {
        const Components c = components(level);
        const ScoreTerms terms = score_terms(c);
        const int d = dim();
        std::vector<double> u(static_cast<std::size_t>(c.n * d)), s(static_cast<std::size_t>(d));
        for_lanes(c, x, [&](Index first, Points part, const double* gamma, const double*, const double*) {
            for (Index q = 0; q < part.n; ++q) {
                std::fill(s.begin(), s.end(), 0.0);
                for (int k = 0; k < c.n; ++k)
                    for (int j = 0; j < d; ++j) {
                        const auto kj = static_cast<std::size_t>(k * d + j);
                        u[kj] = terms.constant[kj] + terms.factor[kj] * part.component(j)[q];
                        s[static_cast<std::size_t>(j)] += gamma[k * lane + q] * u[kj];
                    }
                for (int i = 0; i < d; ++i)
                    for (int j = 0; j < d; ++j) {
                        double sum = 0.0;
                        for (int k = 0; k < c.n; ++k) {
                            const auto ki = static_cast<std::size_t>(k * d + i),
                                       kj = static_cast<std::size_t>(k * d + j);
                            const double deviation =
                                (u[ki] - s[static_cast<std::size_t>(i)]) * (u[kj] - s[static_cast<std::size_t>(j)]);
                            sum += gamma[k * lane + q] * (deviation - (i == j ? c.inverse_variance[ki] : 0.0));
                        }
                        out.row(i * d + j)[first + q] = sum;
                    }
            }
        });
    }

    bool has_log_density() const override { return true; }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        const double constant = -0.5 * dim() * std::log(2.0 * std::numbers::pi);
        for_lanes(components(level), x,
                  [&](Index first, Points part, const double*, const double* largest, const double* sum) {
                      for (Index q = 0; q < part.n; ++q) out[first + q] = constant + largest[q] + std::log(sum[q]);
                  });
    }

private:
    Components components(NoiseLevel level) const {
        Components c{.n = static_cast<int>(mixture_.n_components()),
                     .dim = dim(),
                     .offset = {},
                     .centre = {},
                     .inverse_variance = {},
                     .pull_constant = {},
                     .pull_factor = {}};
        const double alpha = level.alpha, noise = level.sigma * level.sigma;
        for (std::size_t k = 0; k < mixture_.n_components(); ++k) {
            double offset = std::log(mixture_.weights[k]);
            for (std::size_t j = 0; j < mixture_.means[k].size(); ++j) {
                const double m = mixture_.means[k][j], s2 = mixture_.sds[k][j] * mixture_.sds[k][j];
                const double v = alpha * alpha * s2 + noise;
                offset -= 0.5 * std::log(v);
                c.centre.push_back(alpha * m);
                c.inverse_variance.push_back(1.0 / v);
                c.pull_constant.push_back(m * noise / v);
                c.pull_factor.push_back(alpha * s2 / v);
            }
            c.offset.push_back(offset);
        }
        return c;
    }

    // The score of component k is constant + factor x.
    struct ScoreTerms {
        std::vector<double> constant, factor;
    };
    static ScoreTerms score_terms(const Components& c) {
        ScoreTerms terms;
        for (std::size_t kj = 0; kj < c.centre.size(); ++kj) {
            terms.constant.push_back(c.centre[kj] * c.inverse_variance[kj]);
            terms.factor.push_back(-c.inverse_variance[kj]);
        }
        return terms;
    }

    static void sum_of_affine(const Components& c, Points x, const double* gamma, const std::vector<double>& constant,
                              const std::vector<double>& factor, Rows out) {
        for (int j = 0; j < c.dim; ++j) {
            std::fill_n(out.row(j), x.n, 0.0);
            for (int k = 0; k < c.n; ++k) {
                const auto kj = static_cast<std::size_t>(k * c.dim + j);
                add_affine(x.n, gamma + k * lane, constant[kj], factor[kj], x.component(j), out.row(j));
            }
        }
    }

    template <class Use>
    static void for_lanes(const Components& c, Points x, Use use) {
        std::vector<double> gamma(static_cast<std::size_t>(c.n) * lane);
        double largest[lane], sum[lane];
        for (Index first = 0; first < x.n; first += lane) {
            const Points part = x.slice(first, std::min(lane, x.n - first));
            responsibilities(c, part, gamma.data(), largest, sum);
            use(first, part, gamma.data(), largest, sum);
        }
    }

    GaussianMixture mixture_;
};

}  // namespace

void check(const GaussianMixture& mixture, Atoms atoms) {
    const std::size_t n = mixture.weights.size();
    if (n == 0) throw ConfigError("gaussian mixture: no components");
    if (mixture.means.size() != n || mixture.sds.size() != n)
        throw ConfigError("gaussian mixture: " + std::to_string(n) + " weights, " +
                          std::to_string(mixture.means.size()) + " means and " + std::to_string(mixture.sds.size()) +
                          " sds; expected as many of each");
    for (std::size_t k = 0; k < n; ++k) {
        const std::string who = "gaussian mixture: component " + std::to_string(k) + ": ";
        if (!(mixture.weights[k] > 0.0) || !std::isfinite(mixture.weights[k]))
            throw ConfigError(who + "weight = " + std::to_string(mixture.weights[k]) + ", expected > 0");
        const std::size_t d = mixture.means.front().size();
        if (d == 0 || mixture.means[k].size() != d || mixture.sds[k].size() != d)
            throw ConfigError(who + "mean and sd have " + std::to_string(mixture.means[k].size()) + " and " +
                              std::to_string(mixture.sds[k].size()) + " entries, expected " +
                              std::to_string(std::max<std::size_t>(d, 1)));
        for (std::size_t j = 0; j < d; ++j) {
            const double sd = mixture.sds[k][j];
            if (!std::isfinite(mixture.means[k][j])) throw ConfigError(who + "a mean is not finite");
            if (!std::isfinite(sd) || sd < 0.0 || (sd == 0.0 && atoms == Atoms::refused))
                throw ConfigError(who + "sd = " + std::to_string(sd) + ", expected > 0");
        }
    }
    if (!mixture.axes.empty()) detail::check_axes(mixture);
}

GaussianMixture noised(const GaussianMixture& mixture, NoiseLevel level) {
    GaussianMixture law = mixture;
    for (auto& mean : law.means)
        for (double& m : mean) m *= level.alpha;
    for (auto& sd : law.sds)
        for (double& s : sd) s = std::hypot(level.alpha * s, level.sigma);
    return law;
}

std::shared_ptr<const InitialLaw> initial_law(const GaussianMixture& mixture) {
    check(mixture);
    if (!mixture.axes.empty()) return detail::oriented_law(mixture);
    return mixture_law(mixture.weights, mixture.means, mixture.sds);
}

double cumulative(const GaussianMixture& mixture, double x) {
    if (mixture.dim() != 1) throw ConfigError("gaussian mixture: quantiles need one dimension");
    double below = 0.0, total = 0.0;
    for (std::size_t k = 0; k < mixture.n_components(); ++k) {
        below +=
            mixture.weights[k] * 0.5 * std::erfc((mixture.means[k][0] - x) / (std::numbers::sqrt2 * mixture.sds[k][0]));
        total += mixture.weights[k];
    }
    return below / total;
}

double quantile(const GaussianMixture& mixture, double u) {
    double lower = HUGE_VAL, upper = -HUGE_VAL;
    for (std::size_t k = 0; k < mixture.n_components(); ++k) {
        lower = std::min(lower, mixture.means[k][0] - 40.0 * mixture.sds[k][0]);
        upper = std::max(upper, mixture.means[k][0] + 40.0 * mixture.sds[k][0]);
    }
    // Bisection: the density between far components underflows, where Newton's method has no slope to follow.
    for (int i = 0; i < 100; ++i) {
        const double middle = 0.5 * (lower + upper);
        if (!(lower < middle && middle < upper)) break;
        (cumulative(mixture, middle) < u ? lower : upper) = middle;
    }
    return 0.5 * (lower + upper);
}

DenoiserPtr mixture_denoiser(GaussianMixture mixture) {
    check(mixture, Atoms::allowed);
    double total = 0.0;
    for (const double weight : mixture.weights) total += weight;
    for (double& weight : mixture.weights) weight /= total;
    if (!mixture.axes.empty()) return detail::oriented_denoiser(std::move(mixture));
    return std::make_shared<const MixtureDenoiser>(std::move(mixture));
}

}  // namespace dynkin
