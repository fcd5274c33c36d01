#include "solvers/sampling/data_law.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/elementary.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/sampling/data_sums.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

namespace dynkin {
namespace {

using detail::DataSums, detail::strip, detail::tile, detail::unit;

constexpr Index lane = 64;  // points of a tied embedding that are handled together

void check_rows(const char* who, const std::vector<std::vector<double>>& rows, const std::vector<double>& weights) {
    const std::string name = who;
    if (rows.empty() || rows.front().empty()) throw ConfigError(name + ": no data");
    if (!weights.empty() && weights.size() != rows.size())
        throw ConfigError(name + ": " + std::to_string(weights.size()) + " weights for " + std::to_string(rows.size()) +
                          " rows");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].size() != rows.front().size())
            throw ConfigError(name + ": row " + std::to_string(i) + " has " + std::to_string(rows[i].size()) +
                              " columns, the first has " + std::to_string(rows.front().size()));
        for (const double value : rows[i])
            if (!std::isfinite(value)) throw ConfigError(name + ": row " + std::to_string(i) + " is not finite");
    }
    double total = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] >= 0.0) || !std::isfinite(weights[i]))
            throw ConfigError(name + ": weight " + std::to_string(i) + " is " + std::to_string(weights[i]) +
                              ", expected >= 0");
        total += weights[i];
    }
    if (!weights.empty() && !(total > 0.0)) throw ConfigError(name + ": all weights are zero");
}

// Rows that are close should share tiles: order by the cells of a grid of 2^bits per axis on a Morton curve.
std::vector<std::size_t> close_rows_together(const std::vector<std::vector<double>>& rows) {
    const std::size_t dim = std::min<std::size_t>(rows.front().size(), 6);
    const int bits = static_cast<int>(60 / dim) < 16 ? static_cast<int>(60 / dim) : 16;
    std::vector<double> lower(dim, HUGE_VAL), upper(dim, -HUGE_VAL);
    for (const auto& row : rows)
        for (std::size_t j = 0; j < dim; ++j) {
            lower[j] = std::min(lower[j], row[j]);
            upper[j] = std::max(upper[j], row[j]);
        }
    std::vector<std::uint64_t> key(rows.size(), 0);
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < dim; ++j) {
            const double width = upper[j] - lower[j];
            const double share = width > 0.0 ? (rows[i][j] - lower[j]) / width : 0.0;
            const auto cell = static_cast<std::uint64_t>(share * static_cast<double>((1 << bits) - 1));
            for (int b = 0; b < bits; ++b) key[i] |= (cell >> b & 1u) << (static_cast<std::size_t>(b) * dim + j);
        }
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
    return order;
}

class DataDenoiser final : public Denoiser {
public:
    DataDenoiser(const std::vector<std::vector<double>>& rows, const std::vector<double>& weights)
        : Denoiser("data", static_cast<int>(rows.front().size())) {
        double total = 0.0;
        for (const double weight : weights) total += weight;
        for (const std::size_t i : close_rows_together(rows)) {
            const double share = weights.empty() ? 1.0 / static_cast<double>(rows.size()) : weights[i] / total;
            if (share == 0.0) continue;
            log_weight_.push_back(std::log(share));
            y_.insert(y_.end(), rows[i].begin(), rows[i].end());
        }
        // Whole strips: rows of weight 0 at the place of the last one.
        while (log_weight_.size() % strip != 0) {
            log_weight_.push_back(-HUGE_VAL);
            const std::vector<double> last(y_.end() - dim(), y_.end());
            y_.insert(y_.end(), last.begin(), last.end());
        }
    }

    void denoise(Points x, NoiseLevel level, Rows out) const override {
        for_lanes(x, level, [&](Index first, Index n, const DataSums& sums) {
            for (int j = 0; j < dim(); ++j)
                for (Index q = 0; q < n; ++q)
                    out.row(j)[first + q] =
                        sums.weighted[static_cast<std::size_t>(j * unit + q)] / sums.total[static_cast<std::size_t>(q)];
        });
    }

    bool has_log_density() const override { return true; }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        const double constant = -dim() * std::log(std::sqrt(2.0 * std::numbers::pi) * level.sigma);
        for_lanes(x, level, [&](Index first, Index n, const DataSums& sums) {
            for (Index q = 0; q < n; ++q) {
                const auto i = static_cast<std::size_t>(q);
                out[first + q] = constant + sums.largest[i] + std::log(sums.total[i]);
            }
        });
    }

private:
    template <class Use>
    void for_lanes(Points x, NoiseLevel level, Use use) const {
        const int d = dim(), n_rows = static_cast<int>(log_weight_.size());
        const double precision = 0.5 / (level.ratio() * level.ratio());
        DataSums sums(d);
        for (Index first = 0; first < x.n; first += unit) {
            const Index n = std::min(unit, x.n - first);
            // A short block repeats its last point: all lanes run, and none sees another.
            for (int j = 0; j < d; ++j)
                for (Index q = 0; q < unit; ++q)
                    sums.x[static_cast<std::size_t>(j * unit + q)] =
                        x.component(j)[first + std::min(q, n - 1)] / level.alpha;
            sums.clear();
            for (int r = 0; r < n_rows; r += tile)
                sums.add(y_.data() + static_cast<Index>(r) * d, log_weight_.data() + r, std::min(tile, n_rows - r),
                         precision);
            use(first, n, sums);
        }
    }

    std::vector<double> y_;           // (n, dim) by rows
    std::vector<double> log_weight_;  // (n)
};

// out (n_tokens rows): alpha / sigma^2 <x, e_j> - ..., then the softmax over rows, in place.
DYNKIN_CLONES void softmax_rows(int n_rows, Index n, Rows l) {
    double largest[lane], total[lane];
    for (Index q = 0; q < n; ++q) largest[q] = -HUGE_VAL;
    for (Index q = 0; q < n; ++q) total[q] = 0.0;
    for (int r = 0; r < n_rows; ++r)
        for (Index q = 0; q < n; ++q) largest[q] = largest[q] < l.row(r)[q] ? l.row(r)[q] : largest[q];
    for (int r = 0; r < n_rows; ++r) {
        double* row = l.row(r);
        for (Index q = 0; q < n; ++q) {
            row[q] = elementary::exp(row[q] - largest[q]);
            total[q] += row[q];
        }
    }
    for (int r = 0; r < n_rows; ++r)
        for (Index q = 0; q < n; ++q) l.row(r)[q] /= total[q];
}

}  // namespace

DenoiserPtr data_denoiser(const std::vector<std::vector<double>>& rows, std::vector<double> weights) {
    check_rows("data", rows, weights);
    return std::make_shared<const DataDenoiser>(rows, weights);
}

TiedEmbedding::TiedEmbedding(std::vector<std::vector<double>> embeddings, std::vector<double> prior)
    : Denoiser("tied_embedding", embeddings.empty() ? 0 : static_cast<int>(embeddings.front().size())) {
    check_rows("tied embedding", embeddings, prior);
    double total = 0.0;
    for (const double p : prior) total += p;
    for (std::size_t j = 0; j < embeddings.size(); ++j) {
        double square = 0.0;
        for (const double e : embeddings[j]) square += e * e;
        half_square_.push_back(0.5 * square);
        log_prior_.push_back(prior.empty() ? -std::log(static_cast<double>(embeddings.size()))
                                           : std::log(prior[j] / total));
        embeddings_.insert(embeddings_.end(), embeddings[j].begin(), embeddings[j].end());
    }
}

void TiedEmbedding::posterior(Points x, NoiseLevel level, Rows out) const {
    const double factor = level.alpha / (level.sigma * level.sigma);
    for (Index first = 0; first < x.n; first += lane) {
        const Index n = std::min(lane, x.n - first);
        const Rows l{out.data + first, out.stride};
        for (int j = 0; j < n_tokens(); ++j) {
            const auto token = static_cast<std::size_t>(j);
            std::fill_n(l.row(j), n, log_prior_[token] - factor * level.alpha * half_square_[token]);
            for (int i = 0; i < dim(); ++i) {
                const double e =
                    factor * embeddings_[token * static_cast<std::size_t>(dim()) + static_cast<std::size_t>(i)];
                const double* xi = x.component(i) + first;
                DYNKIN_INDEPENDENT
                for (Index q = 0; q < n; ++q) l.row(j)[q] += e * xi[q];
            }
        }
        softmax_rows(n_tokens(), n, l);
    }
}

void TiedEmbedding::denoise(Points x, NoiseLevel level, Rows out) const {
    Block p(n_tokens(), std::min(lane, x.n));
    for (Index first = 0; first < x.n; first += lane) {
        const Index n = std::min(lane, x.n - first);
        posterior(x.slice(first, n), level, p.rows());
        for (int i = 0; i < dim(); ++i) {
            double* o = out.row(i) + first;
            std::fill_n(o, n, 0.0);
            for (int j = 0; j < n_tokens(); ++j) {
                const double e = embeddings_[static_cast<std::size_t>(j) * static_cast<std::size_t>(dim()) +
                                             static_cast<std::size_t>(i)];
                for (Index q = 0; q < n; ++q) o[q] += p.row(j)[q] * e;
            }
        }
    }
}

}  // namespace dynkin
