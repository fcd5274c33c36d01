#include "solvers/core/initial_law.hpp"
#include "solvers/core/initial_law_parts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dynkin {

using namespace initial_law_parts;

namespace {

/// A density that is linear along every axis inside each cell of a lattice. Node values are kept with axis 0 fastest.
/// Its integral against any product of functions of one coordinate is sum_nodes f prod_j w_j[node_j] with
/// w_j = int function_j(x) hat(x) dx, which gives masses and moments exactly.
class DensityLaw final : public InitialLaw {
public:
    DensityLaw(std::vector<double> lower, std::vector<double> upper, int n_cells,
               const std::function<void(Points, double*)>& density)
        : lower_(std::move(lower)), upper_(std::move(upper)), n_cells_(n_cells) {
        evaluate(density);
        const double total = integral([](int) { return [](double) { return 1.0; }; });
        if (!(total > 0.0) || !std::isfinite(total)) refuse("expression", "the density is zero everywhere on its box");
        for (double& value : node_) value /= total;
        accumulate();
    }

    int dim() const override { return static_cast<int>(lower_.size()); }
    std::string kind() const override { return "expression"; }

    void sample(Rows x, Index n, std::uint64_t first_particle, const DrawSource& source) const override {
        for (Index i = 0; i < n; ++i) {
            Draws draws(source, first_particle + static_cast<std::uint64_t>(i));
            const double u = draws.uniform() * cumulative_.back();
            const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, u);
            Index cell = found - cumulative_.begin();
            std::array<double, 8> corner = corners(cell);
            for (int j = 0; j < dim(); ++j, cell /= n_cells_) {
                const double position = draw_inside(corner, j, draws.uniform());
                x.row(j)[i] = coordinate(j, static_cast<double>(cell % n_cells_) + position);
            }
        }
    }

    double mass(const double* lower, const double* upper) const override {
        std::vector<std::vector<double>> weight(lower_.size());
        std::vector<int> first(lower_.size()), last(lower_.size());
        for (int j = 0; j < dim(); ++j) {
            const auto c = static_cast<std::size_t>(j);
            const double a = std::clamp(position(j, lower[j]), 0.0, static_cast<double>(n_cells_));
            const double b = std::clamp(position(j, upper[j]), 0.0, static_cast<double>(n_cells_));
            if (b <= a) return 0.0;
            first[c] = std::min(static_cast<int>(a), n_cells_ - 1);
            last[c] = std::min(static_cast<int>(std::ceil(b)), n_cells_);
            weight[c].assign(static_cast<std::size_t>(last[c] - first[c] + 1), 0.0);
            for (int k = first[c]; k < last[c]; ++k) {
                const double s = std::max(a - k, 0.0), e = std::min(b - k, 1.0);
                const auto local = static_cast<std::size_t>(k - first[c]);
                weight[c][local] += spacing(j) * ((e - s) - 0.5 * (e * e - s * s));
                weight[c][local + 1] += spacing(j) * 0.5 * (e * e - s * s);
            }
        }
        return contract(weight, first);
    }

    std::vector<double> mean() const override {
        std::vector<double> m(lower_.size());
        for (std::size_t j = 0; j < m.size(); ++j) {
            std::vector<int> degree(lower_.size(), 0);
            degree[j] = 1;
            m[j] = moment(degree);
        }
        return m;
    }

    void support(double tail, std::vector<double>& lower, std::vector<double>& upper) const override {
        lower = lower_;
        upper = upper_;
        for (int j = 0; j < dim(); ++j) {
            const std::vector<double> slab = marginal(j);
            const double allowed = 0.5 * tail / dim();
            int first = 0, last = n_cells_;
            for (double left = 0.0; first < n_cells_ - 1 && (left += slab[static_cast<std::size_t>(first)]) < allowed;) ++first;
            for (double left = 0.0; last > first + 1 && (left += slab[static_cast<std::size_t>(last - 1)]) < allowed;) --last;
            lower[static_cast<std::size_t>(j)] = coordinate(j, first);
            upper[static_cast<std::size_t>(j)] = coordinate(j, last);
        }
    }

    double moment(const std::vector<int>& degree) const override {
        return integral([&](int j) {
            const int k = degree[static_cast<std::size_t>(j)];
            return [k](double x) { return power(x, k); };
        });
    }

private:
    double spacing(int j) const {
        const auto c = static_cast<std::size_t>(j);
        return (upper_[c] - lower_[c]) / n_cells_;
    }
    double coordinate(int j, double cells) const { return lower_[static_cast<std::size_t>(j)] + spacing(j) * cells; }
    double position(int j, double x) const { return (x - lower_[static_cast<std::size_t>(j)]) / spacing(j); }
    int n_nodes() const { return n_cells_ + 1; }

    void evaluate(const std::function<void(Points, double*)>& density) {
        Index total = 1;
        for (int j = 0; j < dim(); ++j) total *= n_nodes();
        Block x(dim(), total);
        for (Index q = 0; q < total; ++q) {
            Index digits = q;
            for (int j = 0; j < dim(); ++j, digits /= n_nodes())
                x.row(j)[q] = coordinate(j, static_cast<double>(digits % n_nodes()));
        }
        node_.resize(static_cast<std::size_t>(total));
        density(x.points(), node_.data());
        for (Index q = 0; q < total; ++q) {
            const double value = node_[static_cast<std::size_t>(q)];
            if (std::isfinite(value) && value >= 0.0) continue;
            std::string where;
            for (int j = 0; j < dim(); ++j) where += (j ? ", " : "") + std::to_string(x.row(j)[q]);
            refuse("expression", "the density is " + std::to_string(value) + " at (" + where +
                                     "); it must be finite and not negative");
        }
    }

    // Values at the 2^dim corners of a cell; bit j of the position is the end along axis j.
    std::array<double, 8> corners(Index cell) const {
        std::array<double, 8> value{};
        for (int bits = 0; bits < 1 << dim(); ++bits) {
            Index node = 0, stride = 1, digits = cell;
            for (int j = 0; j < dim(); ++j, digits /= n_cells_, stride *= n_nodes())
                node += stride * (digits % n_cells_ + (bits >> j & 1));
            value[static_cast<std::size_t>(bits)] = node_[static_cast<std::size_t>(node)];
        }
        return value;
    }

    // The position in [0, 1] along axis j given those along the axes before it, and the corners reduced to it.
    double draw_inside(std::array<double, 8>& corner, int j, double u) const {
        double ends[2] = {0.0, 0.0};
        const int n_corners = 1 << dim();
        for (int bits = 0; bits < n_corners; ++bits) ends[bits >> j & 1] += corner[static_cast<std::size_t>(bits)];
        // Inverse of F(s) = (f0 s + (f1 - f0) s^2 / 2) / ((f0 + f1) / 2), in the form without cancellation.
        const double f0 = ends[0], f1 = ends[1], area = 0.5 * (f0 + f1) * u;
        const double root = f0 + std::sqrt(f0 * f0 + 2.0 * (f1 - f0) * area);
        const double s = root > 0.0 ? std::min(1.0, 2.0 * area / root) : u;
        for (int bits = 0; bits < n_corners; ++bits)
            corner[static_cast<std::size_t>(bits)] *= bits >> j & 1 ? s : 1.0 - s;
        return s;
    }

    void accumulate() {
        Index n = 1;
        for (int j = 0; j < dim(); ++j) n *= n_cells_;
        cumulative_.resize(static_cast<std::size_t>(n));
        double running = 0.0;
        for (Index cell = 0; cell < n; ++cell) {
            for (const double value : corners(cell)) running += value;
            cumulative_[static_cast<std::size_t>(cell)] = running;
        }
    }

    // Mass of each slab of cells along axis j.
    std::vector<double> marginal(int j) const {
        std::vector<double> slab(static_cast<std::size_t>(n_cells_), 0.0);
        Index stride = 1;
        for (int i = 0; i < j; ++i) stride *= n_cells_;
        double before = 0.0;
        for (std::size_t cell = 0; cell < cumulative_.size(); ++cell) {
            slab[static_cast<std::size_t>(static_cast<Index>(cell) / stride % n_cells_)] += cumulative_[cell] - before;
            before = cumulative_[cell];
        }
        for (double& value : slab) value /= cumulative_.back();
        return slab;
    }

    // sum over nodes of f prod_j weight_j[node_j - first_j].
    double contract(const std::vector<std::vector<double>>& weight, const std::vector<int>& first) const {
        Index total = 1;
        for (const auto& w : weight) total *= static_cast<Index>(w.size());
        double sum = 0.0;
        for (Index q = 0; q < total; ++q) {
            Index digits = q, node = 0, stride = 1;
            double product = 1.0;
            for (std::size_t j = 0; j < weight.size(); ++j, stride *= n_nodes()) {
                const auto size = static_cast<Index>(weight[j].size());
                const Index k = digits % size;
                digits /= size;
                product *= weight[j][static_cast<std::size_t>(k)];
                node += stride * (k + first[j]);
            }
            sum += product * node_[static_cast<std::size_t>(node)];
        }
        return sum;
    }

    // int f(x) prod_j function_j(x_j) dx; five Gauss points a cell, exact for monomials to degree 8.
    template <class FunctionOfAxis>
    double integral(const FunctionOfAxis& function_of_axis) const {
        constexpr std::array<double, 5> point = {0.046910077030668004, 0.23076534494715845, 0.5, 0.76923465505284155,
                                                 0.953089922969332};
        constexpr std::array<double, 5> gauss = {0.11846344252809454, 0.23931433524968324, 0.28444444444444444,
                                                 0.23931433524968324, 0.11846344252809454};
        std::vector<std::vector<double>> weight(lower_.size());
        for (int j = 0; j < dim(); ++j) {
            const auto function = function_of_axis(j);
            auto& w = weight[static_cast<std::size_t>(j)];
            w.assign(static_cast<std::size_t>(n_nodes()), 0.0);
            for (int k = 0; k < n_cells_; ++k)
                for (std::size_t g = 0; g < 5; ++g) {
                    const double value = gauss[g] * spacing(j) * function(coordinate(j, k + point[g]));
                    w[static_cast<std::size_t>(k)] += value * (1.0 - point[g]);
                    w[static_cast<std::size_t>(k) + 1] += value * point[g];
                }
        }
        return contract(weight, std::vector<int>(lower_.size(), 0));
    }

    std::vector<double> lower_, upper_;
    int n_cells_;
    std::vector<double> node_;        // (n_nodes^dim), normalised
    std::vector<double> cumulative_;  // (n_cells^dim), proportional to the mass of the cells up to each
};

}  // namespace

std::shared_ptr<const InitialLaw> density_law(std::vector<double> lower, std::vector<double> upper,
                                              const std::function<void(Points, double*)>& density) {
    require_finite("expression", "lower", lower);
    require_same_size("expression", "upper", upper.size(), lower.size());
    require_finite("expression", "upper", upper);
    for (std::size_t j = 0; j < lower.size(); ++j)
        if (!(lower[j] < upper[j])) refuse("expression", "lower must be below upper along every axis");
    constexpr std::array<int, 3> n_cells = {4096, 512, 96};
    if (lower.size() > n_cells.size())
        refuse("expression", "a density on a lattice is possible up to 3 dimensions; use 'mixture' or 'samples'");
    const int n = n_cells[lower.size() - 1];
    return std::make_shared<DensityLaw>(std::move(lower), std::move(upper), n, density);
}

}  // namespace dynkin
