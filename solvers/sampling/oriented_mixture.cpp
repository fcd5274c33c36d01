#include "solvers/sampling/oriented_mixture.hpp"

#include "solvers/core/errors.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace dynkin {
namespace detail {
namespace {

constexpr double orthonormal = 1e-9;

/// What one component contributes at one noise level: log gamma = offset - 1/2 sum_j (a_j . (x - centre))^2 / v_j, and
/// an affine map of x - centre.
struct Component {
    double weight, offset;
    std::vector<double> centre, inverse_variance, sd2;
    const std::vector<double>* axes;  // (dim * dim)
};

class OrientedDenoiser final : public Denoiser {
public:
    explicit OrientedDenoiser(GaussianMixture mixture)
        : Denoiser("gaussian_mixture", mixture.dim()), mixture_(std::move(mixture)) {}

    // E[X_0 | x, k] = m + sum_j a_j (alpha s_j^2 / v_j) y_j with y_j = a_j . (x - alpha m).
    void denoise(Points x, NoiseLevel level, Rows out) const override {
        each_point(x, level, [&](Index q, const std::vector<Component>& all, const Local& at) {
            for (int i = 0; i < dim(); ++i) out.row(i)[q] = 0.0;
            for (std::size_t k = 0; k < all.size(); ++k)
                for (int i = 0; i < dim(); ++i) {
                    double mean = mixture_.means[k][static_cast<std::size_t>(i)];
                    for (int j = 0; j < dim(); ++j) {
                        const auto a = static_cast<std::size_t>(j);
                        mean += axis(all[k], j, i) * level.alpha * all[k].sd2[a] * all[k].inverse_variance[a] *
                                at.y[k * static_cast<std::size_t>(dim()) + a];
                    }
                    out.row(i)[q] += at.gamma[k] * mean;
                }
        });
    }
    void score(Points x, NoiseLevel level, Rows out) const override {
        each_point(x, level, [&](Index q, const std::vector<Component>& all, const Local& at) {
            for (int i = 0; i < dim(); ++i) {
                double sum = 0.0;
                for (std::size_t k = 0; k < all.size(); ++k) sum += at.gamma[k] * component_score(all[k], at, k, i);
                out.row(i)[q] = sum;
            }
        });
    }
    // With u_k the score of component k: E_gamma[(u - s)(u - s)^T] - E_gamma[C_k^-1].
    void score_jacobian(Points x, NoiseLevel level, Rows out) const override {
        const int d = dim();
        each_point(x, level, [&](Index q, const std::vector<Component>& all, const Local& at) {
            std::vector<double> s(static_cast<std::size_t>(d), 0.0);
            for (std::size_t k = 0; k < all.size(); ++k)
                for (int i = 0; i < d; ++i)
                    s[static_cast<std::size_t>(i)] += at.gamma[k] * component_score(all[k], at, k, i);
            for (int i = 0; i < d; ++i)
                for (int l = 0; l < d; ++l) {
                    double sum = 0.0;
                    for (std::size_t k = 0; k < all.size(); ++k) {
                        double entry = (component_score(all[k], at, k, i) - s[static_cast<std::size_t>(i)]) *
                                       (component_score(all[k], at, k, l) - s[static_cast<std::size_t>(l)]);
                        for (int j = 0; j < d; ++j)
                            entry -= axis(all[k], j, i) * axis(all[k], j, l) *
                                     all[k].inverse_variance[static_cast<std::size_t>(j)];
                        sum += at.gamma[k] * entry;
                    }
                    out.row(i * d + l)[q] = sum;
                }
        });
    }
    bool has_log_density() const override { return true; }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        const double constant = -0.5 * dim() * std::log(2.0 * std::numbers::pi);
        each_point(x, level,
                   [&](Index q, const std::vector<Component>&, const Local& at) { out[q] = constant + at.log_sum; });
    }

private:
    struct Local {
        std::vector<double> y, gamma;  // (K * dim), (K)
        double log_sum = 0.0;
    };

    double axis(const Component& c, int j, int i) const { return (*c.axes)[static_cast<std::size_t>(j * dim() + i)]; }
    double component_score(const Component& c, const Local& at, std::size_t k, int i) const {
        double sum = 0.0;
        for (int j = 0; j < dim(); ++j)
            sum -= axis(c, j, i) * c.inverse_variance[static_cast<std::size_t>(j)] *
                   at.y[k * static_cast<std::size_t>(dim()) + static_cast<std::size_t>(j)];
        return sum;
    }

    std::vector<Component> components(NoiseLevel level) const {
        std::vector<Component> all;
        for (std::size_t k = 0; k < mixture_.n_components(); ++k) {
            Component c{mixture_.weights[k], std::log(mixture_.weights[k]), {}, {}, {}, &mixture_.axes[k]};
            for (std::size_t j = 0; j < mixture_.means[k].size(); ++j) {
                const double s2 = mixture_.sds[k][j] * mixture_.sds[k][j];
                const double v = level.alpha * level.alpha * s2 + level.sigma * level.sigma;
                c.offset -= 0.5 * std::log(v);
                c.centre.push_back(level.alpha * mixture_.means[k][j]);
                c.inverse_variance.push_back(1.0 / v);
                c.sd2.push_back(s2);
            }
            all.push_back(std::move(c));
        }
        return all;
    }

    template <class Use>
    void each_point(Points x, NoiseLevel level, Use use) const {
        const std::vector<Component> all = components(level);
        const auto d = static_cast<std::size_t>(dim()), K = all.size();
        Local at{std::vector<double>(K * d), std::vector<double>(K), 0.0};
        for (Index q = 0; q < x.n; ++q) {
            double largest = -HUGE_VAL, sum = 0.0;
            for (std::size_t k = 0; k < K; ++k) {
                at.gamma[k] = all[k].offset;
                for (int j = 0; j < dim(); ++j) {
                    double y = 0.0;
                    for (int i = 0; i < dim(); ++i)
                        y += axis(all[k], j, i) * (x.component(i)[q] - all[k].centre[static_cast<std::size_t>(i)]);
                    at.y[k * d + static_cast<std::size_t>(j)] = y;
                    at.gamma[k] -= 0.5 * y * y * all[k].inverse_variance[static_cast<std::size_t>(j)];
                }
                largest = std::max(largest, at.gamma[k]);
            }
            for (double& gamma : at.gamma) sum += gamma = std::exp(gamma - largest);
            for (double& gamma : at.gamma) gamma /= sum;
            at.log_sum = largest + std::log(sum);
            use(q, all, at);
        }
    }

    GaussianMixture mixture_;
};

class OrientedLaw final : public InitialLaw {
public:
    explicit OrientedLaw(GaussianMixture mixture) : mixture_(std::move(mixture)) {
        double running = 0.0, total = 0.0;
        for (const double w : mixture_.weights) total += w;
        for (double& w : mixture_.weights) cumulative_.push_back(running += w /= total);
        cumulative_.back() = 1.0;
        for (std::size_t k = 0; k < mixture_.n_components(); ++k) covariances_.push_back(covariance(k));
    }

    int dim() const override { return mixture_.dim(); }
    std::string kind() const override { return "mixture"; }
    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        for (Index q = 0; q < n; ++q) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(q));
            const auto k = static_cast<std::size_t>(
                std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, draws.uniform()) - cumulative_.begin());
            for (int i = 0; i < dim(); ++i) x.row(i)[q] = mixture_.means[k][static_cast<std::size_t>(i)];
            for (int j = 0; j < dim(); ++j) {
                const double step = mixture_.sds[k][static_cast<std::size_t>(j)] * draws.normal();
                for (int i = 0; i < dim(); ++i)
                    x.row(i)[q] += step * mixture_.axes[k][static_cast<std::size_t>(j * dim() + i)];
            }
        }
    }
    double mass(const double*, const double*) const override {
        throw ConfigError(
            "gaussian mixture: components with axes of their own have no closed mass of a box; particles "
            "may start from them, grids may not");
    }
    std::vector<double> mean() const override {
        std::vector<double> m(static_cast<std::size_t>(dim()), 0.0);
        for (std::size_t k = 0; k < covariances_.size(); ++k)
            for (std::size_t j = 0; j < m.size(); ++j) m[j] += mixture_.weights[k] * mixture_.means[k][j];
        return m;
    }
    // Tails of a Gaussian beyond z standard deviations are below exp(-z^2 / 2).
    void support(double tail, std::vector<double>& lower, std::vector<double>& upper) const override {
        const double z = std::sqrt(2.0 * std::log(2.0 * dim() / tail));
        const auto d = static_cast<std::size_t>(dim());
        lower.assign(d, HUGE_VAL);
        upper.assign(d, -HUGE_VAL);
        for (std::size_t k = 0; k < covariances_.size(); ++k)
            for (std::size_t j = 0; j < d; ++j) {
                const double reach = z * std::sqrt(covariances_[k][j * d + j]);
                lower[j] = std::min(lower[j], mixture_.means[k][j] - reach);
                upper[j] = std::max(upper[j], mixture_.means[k][j] + reach);
            }
    }
    double moment(const std::vector<int>& degree) const override {
        double sum = 0.0;
        for (std::size_t k = 0; k < covariances_.size(); ++k) sum += mixture_.weights[k] * moment_of(k, degree);
        return sum;
    }

private:
    std::vector<double> covariance(std::size_t k) const {
        const auto d = static_cast<std::size_t>(dim());
        std::vector<double> C(d * d, 0.0);
        for (std::size_t j = 0; j < d; ++j)
            for (std::size_t i = 0; i < d; ++i)
                for (std::size_t l = 0; l < d; ++l)
                    C[i * d + l] += mixture_.sds[k][j] * mixture_.sds[k][j] * mixture_.axes[k][j * d + i] *
                                    mixture_.axes[k][j * d + l];
        return C;
    }
    // Stein's identity: E[x_i f] = m_i E f + sum_l C_il E[df / dx_l].
    double moment_of(std::size_t k, std::vector<int> degree) const {
        const auto first = std::find_if(degree.begin(), degree.end(), [](int n) { return n > 0; });
        if (first == degree.end()) return 1.0;
        const auto i = static_cast<std::size_t>(first - degree.begin()), d = degree.size();
        --degree[i];
        double sum = mixture_.means[k][i] * moment_of(k, degree);
        for (std::size_t l = 0; l < d; ++l) {
            if (degree[l] == 0) continue;
            std::vector<int> lower = degree;
            --lower[l];
            sum += covariances_[k][i * d + l] * degree[l] * moment_of(k, lower);
        }
        return sum;
    }

    GaussianMixture mixture_;
    std::vector<double> cumulative_;
    std::vector<std::vector<double>> covariances_;
};

}  // namespace

void check_axes(const GaussianMixture& mixture) {
    const auto d = static_cast<std::size_t>(mixture.dim());
    if (mixture.axes.size() != mixture.n_components())
        throw ConfigError("gaussian mixture: axes for " + std::to_string(mixture.axes.size()) + " of " +
                          std::to_string(mixture.n_components()) + " components");
    for (std::size_t k = 0; k < mixture.axes.size(); ++k) {
        const std::vector<double>& a = mixture.axes[k];
        double worst = a.size() == d * d ? 0.0 : HUGE_VAL;
        for (std::size_t i = 0; i < d && a.size() == d * d; ++i)
            for (std::size_t j = 0; j < d; ++j) {
                double product = i == j ? -1.0 : 0.0;
                for (std::size_t l = 0; l < d; ++l) product += a[i * d + l] * a[j * d + l];
                worst = std::max(worst, std::isfinite(product) ? std::abs(product) : HUGE_VAL);
            }
        if (worst > orthonormal)
            throw ConfigError("gaussian mixture: component " + std::to_string(k) + ": axes are not " +
                              std::to_string(d) + " orthonormal vectors");
    }
}

DenoiserPtr oriented_denoiser(GaussianMixture mixture) {
    return std::make_shared<const OrientedDenoiser>(std::move(mixture));
}

std::shared_ptr<const InitialLaw> oriented_law(const GaussianMixture& mixture) {
    return std::make_shared<const OrientedLaw>(mixture);
}

}  // namespace detail

GaussianMixture mixture_of_covariances(std::vector<double> weights, std::vector<std::vector<double>> means,
                                       const std::vector<std::vector<double>>& covariances) {
    GaussianMixture mixture{std::move(weights), std::move(means), {}, {}};
    const std::size_t d = mixture.means.empty() ? 0 : mixture.means.front().size();
    for (std::size_t k = 0; k < covariances.size(); ++k) {
        const std::string who = "gaussian mixture: component " + std::to_string(k) + ": covariance ";
        if (d == 0 || covariances[k].size() != d * d)
            throw ConfigError(who + "of " + std::to_string(covariances[k].size()) + " numbers, expected " +
                              std::to_string(d * d) + ", row by row");
        using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        const Matrix C = Eigen::Map<const Matrix>(covariances[k].data(), static_cast<Index>(d), static_cast<Index>(d));
        if (!((C - C.transpose()).cwiseAbs().maxCoeff() <= 1e-9 * C.cwiseAbs().maxCoeff()))
            throw ConfigError(who + "is not symmetric");
        const Eigen::SelfAdjointEigenSolver<Matrix> solver(C);
        if (!(solver.eigenvalues().minCoeff() > 0.0))
            throw ConfigError(who + "has the eigenvalue " + std::to_string(solver.eigenvalues().minCoeff()) +
                              ", expected all > 0");
        mixture.sds.emplace_back();
        mixture.axes.emplace_back();
        for (Index j = 0; j < static_cast<Index>(d); ++j) {
            mixture.sds.back().push_back(std::sqrt(solver.eigenvalues()[j]));
            for (Index i = 0; i < static_cast<Index>(d); ++i)
                mixture.axes.back().push_back(solver.eigenvectors()(i, j));
        }
    }
    if (d == 1) mixture.axes.clear();
    check(mixture);
    return mixture;
}

}  // namespace dynkin
