#include "solvers/core/initial_law.hpp"

#include "solvers/core/initial_law_parts.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace dynkin {

using namespace initial_law_parts;

namespace {

class PointLaw final : public InitialLaw {
public:
    explicit PointLaw(std::vector<double> at) : at_(std::move(at)) {}

    int dim() const override { return static_cast<int>(at_.size()); }
    std::string kind() const override { return "point"; }
    void sample(Rows x, Index n, std::uint64_t, const DrawSource&) const override {
        for (int j = 0; j < dim(); ++j) std::fill_n(x.row(j), n, at_[static_cast<std::size_t>(j)]);
    }
    double mass(const double* lower, const double* upper) const override {
        for (std::size_t j = 0; j < at_.size(); ++j)
            if (at_[j] < lower[j] || at_[j] >= upper[j]) return 0.0;
        return 1.0;
    }
    bool is_point() const override { return true; }
    std::vector<double> mean() const override { return at_; }
    void support(double, std::vector<double>& lower, std::vector<double>& upper) const override { lower = upper = at_; }
    double moment(const std::vector<int>& degree) const override {
        double product = 1.0;
        for (std::size_t j = 0; j < at_.size(); ++j) product *= power(at_[j], degree[j]);
        return product;
    }

private:
    std::vector<double> at_;
};

class UniformLaw final : public InitialLaw {
public:
    UniformLaw(std::vector<double> lower, std::vector<double> upper)
        : lower_(std::move(lower)), upper_(std::move(upper)) {}

    int dim() const override { return static_cast<int>(lower_.size()); }
    std::string kind() const override { return "uniform"; }
    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        for (Index i = 0; i < n; ++i) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(i));
            for (std::size_t j = 0; j < lower_.size(); ++j)
                x.row(static_cast<int>(j))[i] = lower_[j] + (upper_[j] - lower_[j]) * draws.uniform();
        }
    }
    double mass(const double* lower, const double* upper) const override {
        double product = 1.0;
        for (std::size_t j = 0; j < lower_.size(); ++j) {
            const double length = std::min(upper[j], upper_[j]) - std::max(lower[j], lower_[j]);
            product *= std::max(0.0, length) / (upper_[j] - lower_[j]);
        }
        return product;
    }
    std::vector<double> mean() const override {
        std::vector<double> m(lower_.size());
        for (std::size_t j = 0; j < m.size(); ++j) m[j] = 0.5 * (lower_[j] + upper_[j]);
        return m;
    }
    void support(double, std::vector<double>& lower, std::vector<double>& upper) const override {
        lower = lower_;
        upper = upper_;
    }
    double moment(const std::vector<int>& degree) const override {
        // (u^(k+1) - l^(k+1)) / ((k + 1)(u - l)) without the cancellation: the mean of the k + 1 products u^i l^(k-i).
        double product = 1.0;
        for (std::size_t j = 0; j < lower_.size(); ++j) {
            double sum = 0.0;
            for (int i = 0; i <= degree[j]; ++i) sum += power(upper_[j], i) * power(lower_[j], degree[j] - i);
            product *= sum / (degree[j] + 1);
        }
        return product;
    }

private:
    std::vector<double> lower_, upper_;
};

/// sum_k weight_k N(mean_k, diag sd_k^2). One component: the Gaussian law, which spends no draw on the choice.
class MixtureLaw final : public InitialLaw {
public:
    MixtureLaw(std::string kind, std::vector<double> weights, std::vector<std::vector<double>> means,
               std::vector<std::vector<double>> sds)
        : kind_(std::move(kind)), weights_(std::move(weights)), means_(std::move(means)), sds_(std::move(sds)) {
        double sum = 0.0;
        for (const double w : weights_) sum += w;
        double running = 0.0;
        for (double& w : weights_) {
            w /= sum;
            cumulative_.push_back(running += w);
        }
        cumulative_.back() = 1.0;
    }

    int dim() const override { return static_cast<int>(means_[0].size()); }
    std::string kind() const override { return kind_; }
    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        for (Index i = 0; i < n; ++i) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(i));
            std::size_t k = 0;
            if (weights_.size() > 1)
                k = static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, draws.uniform()) -
                                             cumulative_.begin());
            for (int j = 0; j < dim(); ++j) {
                const auto c = static_cast<std::size_t>(j);
                x.row(j)[i] = means_[k][c] + sds_[k][c] * draws.normal();
            }
        }
    }
    double mass(const double* lower, const double* upper) const override {
        return weighted([&](std::size_t k, std::size_t j) { return normal_mass(means_[k][j], sds_[k][j], lower[j], upper[j]); });
    }
    std::vector<double> mean() const override {
        std::vector<double> m(means_[0].size(), 0.0);
        for (std::size_t k = 0; k < weights_.size(); ++k)
            for (std::size_t j = 0; j < m.size(); ++j) m[j] += weights_[k] * means_[k][j];
        return m;
    }
    void support(double tail, std::vector<double>& lower, std::vector<double>& upper) const override {
        const double z = normal_two_sided_quantile(tail / dim());
        lower.assign(means_[0].size(), std::numeric_limits<double>::infinity());
        upper.assign(means_[0].size(), -std::numeric_limits<double>::infinity());
        for (std::size_t k = 0; k < weights_.size(); ++k)
            for (std::size_t j = 0; j < lower.size(); ++j) {
                lower[j] = std::min(lower[j], means_[k][j] - z * sds_[k][j]);
                upper[j] = std::max(upper[j], means_[k][j] + z * sds_[k][j]);
            }
    }
    double moment(const std::vector<int>& degree) const override {
        return weighted([&](std::size_t k, std::size_t j) { return normal_moment(means_[k][j], sds_[k][j], degree[j]); });
    }

private:
    template <class Factor>
    double weighted(const Factor& factor) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < weights_.size(); ++k) {
            double product = weights_[k];
            for (std::size_t j = 0; j < means_[k].size(); ++j) product *= factor(k, j);
            sum += product;
        }
        return sum;
    }

    std::string kind_;
    std::vector<double> weights_, cumulative_;
    std::vector<std::vector<double>> means_, sds_;
};

/// Rows of data, each the centre of a Gaussian kernel (an atom along axes of zero bandwidth), sorted along axis 0
/// so that a cell only visits the kernels that reach it.
class SamplesLaw final : public InitialLaw {
public:
    SamplesLaw(std::vector<std::vector<double>> rows, std::vector<double> bandwidth)
        : rows_(std::move(rows)), bandwidth_(std::move(bandwidth)) {
        std::sort(rows_.begin(), rows_.end());
    }

    int dim() const override { return static_cast<int>(bandwidth_.size()); }
    std::string kind() const override { return "samples"; }
    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        const auto n_rows = static_cast<double>(rows_.size());
        for (Index i = 0; i < n; ++i) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(i));
            const auto k = std::min(static_cast<std::size_t>(draws.uniform() * n_rows), rows_.size() - 1);
            for (std::size_t j = 0; j < bandwidth_.size(); ++j) {
                const double kernel = bandwidth_[j] > 0.0 ? bandwidth_[j] * draws.normal() : 0.0;
                x.row(static_cast<int>(j))[i] = rows_[k][j] + kernel;
            }
        }
    }
    double mass(const double* lower, const double* upper) const override {
        constexpr double reach = 9.0;  // a normal has 2e-19 of its mass further out
        const auto below = [](const std::vector<double>& row, double value) { return row[0] < value; };
        const auto first = std::lower_bound(rows_.begin(), rows_.end(), lower[0] - reach * bandwidth_[0], below);
        const auto last = std::upper_bound(first, rows_.end(), upper[0] + reach * bandwidth_[0],
                                           [](double value, const std::vector<double>& row) { return value < row[0]; });
        double sum = 0.0;
        for (auto row = first; row != last; ++row) {
            double product = 1.0;
            for (std::size_t j = 0; j < bandwidth_.size() && product > 0.0; ++j)
                product *= normal_mass((*row)[j], bandwidth_[j], lower[j], upper[j]);
            sum += product;
        }
        return sum / static_cast<double>(rows_.size());
    }
    /// Several atoms are binned like any sample; only a single one is placed like a point.
    bool is_point() const override {
        return rows_.size() == 1 && std::all_of(bandwidth_.begin(), bandwidth_.end(), [](double h) { return h == 0.0; });
    }
    std::vector<double> mean() const override {
        std::vector<double> m(bandwidth_.size(), 0.0);
        for (const auto& row : rows_)
            for (std::size_t j = 0; j < m.size(); ++j) m[j] += row[j];
        for (double& value : m) value /= static_cast<double>(rows_.size());
        return m;
    }
    void support(double tail, std::vector<double>& lower, std::vector<double>& upper) const override {
        const double z = normal_two_sided_quantile(tail / dim());
        lower = upper = rows_[0];
        for (const auto& row : rows_)
            for (std::size_t j = 0; j < lower.size(); ++j) {
                lower[j] = std::min(lower[j], row[j]);
                upper[j] = std::max(upper[j], row[j]);
            }
        for (std::size_t j = 0; j < lower.size(); ++j) {
            lower[j] -= z * bandwidth_[j];
            upper[j] += z * bandwidth_[j];
        }
    }
    double moment(const std::vector<int>& degree) const override {
        double sum = 0.0;
        for (const auto& row : rows_) {
            double product = 1.0;
            for (std::size_t j = 0; j < row.size(); ++j) product *= normal_moment(row[j], bandwidth_[j], degree[j]);
            sum += product;
        }
        return sum / static_cast<double>(rows_.size());
    }

private:
    std::vector<std::vector<double>> rows_;
    std::vector<double> bandwidth_;
};

}  // namespace

std::shared_ptr<const InitialLaw> point_law(std::vector<double> at) {
    require_finite("point", "at", at);
    return std::make_shared<PointLaw>(std::move(at));
}

std::shared_ptr<const InitialLaw> gaussian_law(std::vector<double> mean, std::vector<double> sd) {
    require_finite("gaussian", "mean", mean);
    require_same_size("gaussian", "sd", sd.size(), mean.size());
    require_positive("gaussian", "sd", sd);
    return std::make_shared<MixtureLaw>("gaussian", std::vector<double>{1.0},
                                        std::vector<std::vector<double>>{std::move(mean)},
                                        std::vector<std::vector<double>>{std::move(sd)});
}

std::shared_ptr<const InitialLaw> uniform_law(std::vector<double> lower, std::vector<double> upper) {
    require_finite("uniform", "lower", lower);
    require_same_size("uniform", "upper", upper.size(), lower.size());
    require_finite("uniform", "upper", upper);
    for (std::size_t j = 0; j < lower.size(); ++j)
        if (!(lower[j] < upper[j])) refuse("uniform", "lower must be below upper along every axis");
    return std::make_shared<UniformLaw>(std::move(lower), std::move(upper));
}

std::shared_ptr<const InitialLaw> mixture_law(std::vector<double> weights, std::vector<std::vector<double>> means,
                                              std::vector<std::vector<double>> sds) {
    require_positive("mixture", "weights", weights);
    require_same_size("mixture", "means", means.size(), weights.size());
    require_same_size("mixture", "sds", sds.size(), weights.size());
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const std::string entry = "[" + std::to_string(k) + "]";
        require_finite("mixture", "means" + entry, means[k]);
        require_same_size("mixture", "means" + entry, means[k].size(), means[0].size());
        require_same_size("mixture", "sds" + entry, sds[k].size(), means[0].size());
        require_positive("mixture", "sds" + entry, sds[k]);
    }
    return std::make_shared<MixtureLaw>("mixture", std::move(weights), std::move(means), std::move(sds));
}

std::shared_ptr<const InitialLaw> samples_law(std::vector<std::vector<double>> rows, std::vector<double> bandwidth) {
    if (rows.empty()) refuse("samples", "there are no rows");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string entry = "row " + std::to_string(i);
        require_finite("samples", entry, rows[i]);
        require_same_size("samples", entry, rows[i].size(), rows[0].size());
    }
    require_same_size("samples", "bandwidth", bandwidth.size(), rows[0].size());
    require_finite("samples", "bandwidth", bandwidth);
    for (const double h : bandwidth)
        if (h < 0.0) refuse("samples", "bandwidth must not be negative");
    return std::make_shared<SamplesLaw>(std::move(rows), std::move(bandwidth));
}

// Scott (1992), Multivariate Density Estimation, equation 6.42.
std::vector<double> scott_bandwidth(const std::vector<std::vector<double>>& rows) {
    if (rows.empty()) refuse("samples", "there are no rows");
    const std::size_t d = rows[0].size();
    const auto n = static_cast<double>(rows.size());
    const double factor = std::pow(n, -1.0 / (static_cast<double>(d) + 4.0));
    std::vector<double> bandwidth(d, 0.0);
    for (std::size_t j = 0; j < d && rows.size() > 1; ++j) {
        double mean = 0.0, squares = 0.0;
        for (const auto& row : rows) mean += row.at(j) / n;
        for (const auto& row : rows) squares += (row[j] - mean) * (row[j] - mean);
        bandwidth[j] = factor * std::sqrt(squares / (n - 1.0));
    }
    return bandwidth;
}

}  // namespace dynkin
