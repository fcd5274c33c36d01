#include "solvers/sampling/grid_score.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace dynkin {
namespace {

constexpr double tail = 1e-280;

using Field = std::vector<double>;  // (n_total)

struct Fields {
    double log_ratio = 0.0;
    Field log_density;
    std::vector<Field> gradient;  // (dim)
};

// Derivative of the parabola through three neighbours at the middle one.
double parabola_slope(double left, double f_left, double middle, double f, double right, double f_right) {
    const double a = middle - left, b = right - middle;
    return ((f - f_left) / a * b + (f_right - f) / b * a) / (a + b);
}

// The cells of a mesh as lines along an axis.
struct Lines {
    std::vector<std::vector<double>> centres;
    std::vector<Index> strides;
    Index n_total = 1;

    explicit Lines(const Mesh& mesh) {
        for (int axis = 0; axis < mesh.dim(); ++axis) {
            centres.push_back(mesh.centres(axis));
            strides.push_back(n_total);
            n_total *= mesh.n_cells(axis);
        }
    }

    Field gradient(const Field& f, const std::vector<bool>& known, int axis) const {
        const auto& c = centres[static_cast<std::size_t>(axis)];
        const Index stride = strides[static_cast<std::size_t>(axis)], n = static_cast<Index>(c.size());
        Field slope(f.size(), 0.0);
        std::vector<bool> has(f.size(), false);
        for (Index cell = 0; cell < n_total; ++cell) {
            const Index i = cell / stride % n, m = std::clamp<Index>(i, 1, n - 2), middle = cell + (m - i) * stride;
            const auto at = [&](Index k) { return static_cast<std::size_t>(middle + k * stride); };
            if (!known[at(-1)] || !known[at(0)] || !known[at(1)]) continue;
            const auto x = [&](Index k) { return c[static_cast<std::size_t>(m + k)]; };
            const double centre = parabola_slope(x(-1), f[at(-1)], x(0), f[at(0)], x(1), f[at(1)]);
            // At the ends: the slope of the chord, turned by as much again as the parabola turns.
            double value = centre;
            if (i == 0) value = 2.0 * (f[at(0)] - f[at(-1)]) / (x(0) - x(-1)) - centre;
            if (i == n - 1) value = 2.0 * (f[at(1)] - f[at(0)]) / (x(1) - x(0)) - centre;
            slope[static_cast<std::size_t>(cell)] = value;
            has[static_cast<std::size_t>(cell)] = true;
        }
        fill_gaps(slope, has, stride, n);
        return slope;
    }

    // Cells without a value take that of the nearest cell of their line that has one.
    void fill_gaps(Field& f, std::vector<bool>& has, Index stride, Index n) const {
        for (Index start = 0; start < n_total; ++start) {
            if (start / stride % n != 0) continue;
            const auto at = [&](Index i) { return static_cast<std::size_t>(start + i * stride); };
            for (Index i = 0; i < n; ++i) {
                if (has[at(i)]) continue;
                for (Index d = 1; d < n; ++d) {
                    const Index source = i - d >= 0 && has[at(i - d)]  ? i - d
                                         : i + d < n && has[at(i + d)] ? i + d
                                                                       : -1;
                    if (source < 0) continue;
                    f[at(i)] = f[at(source)];
                    break;
                }
            }
        }
    }
};

// A point among the centres: the 2^dim corners of its cell with their shares.
struct Corners {
    std::array<Index, 8> cell{};
    std::array<double, 8> share{};
    int n = 1;

    Corners(const Lines& lines, Points x, Index q) {
        share[0] = 1.0;
        for (int axis = 0; axis < x.dim; ++axis) {
            const auto& c = lines.centres[static_cast<std::size_t>(axis)];
            const double at = x.component(axis)[q];
            const auto right = std::upper_bound(c.begin() + 1, c.end() - 1, at);
            const double u = std::clamp((at - *(right - 1)) / (*right - *(right - 1)), 0.0, 1.0);
            const Index stride = lines.strides[static_cast<std::size_t>(axis)], i = right - 1 - c.begin();
            for (int k = 0; k < n; ++k) {
                const auto low = static_cast<std::size_t>(k), high = static_cast<std::size_t>(k + n);
                cell[high] = cell[low] + (i + 1) * stride;
                share[high] = share[low] * u;
                cell[low] += i * stride;
                share[low] *= 1.0 - u;
            }
            n *= 2;
        }
    }
    double operator()(const Field& f) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k)
            sum += share[k] * f[static_cast<std::size_t>(cell[k])];
        return sum;
    }
};

class GridDenoiser final : public Denoiser {
public:
    GridDenoiser(const Mesh& mesh, const std::vector<GridSnapshot>& snapshots)
        : Denoiser("grid", mesh.dim()), lines_(mesh) {
        for (const GridSnapshot& snapshot : snapshots) fields_.push_back(fields_of(mesh, snapshot));
    }

    void denoise(Points x, NoiseLevel level, Rows out) const override {
        score(x, level, out);
        convert(Prediction::score, Prediction::denoiser, x, level, out);
    }
    void score(Points x, NoiseLevel level, Rows out) const override {
        const auto [lower, upper, u] = between(level);
        for (Index q = 0; q < x.n; ++q) {
            const Corners at(lines_, x, q);
            for (std::size_t axis = 0; axis < static_cast<std::size_t>(dim()); ++axis)
                out.row(static_cast<int>(axis))[q] =
                    (1.0 - u) * at(lower->gradient[axis]) + (u > 0.0 ? u * at(upper->gradient[axis]) : 0.0);
        }
    }
    bool has_log_density() const override { return true; }
    void log_density(Points x, NoiseLevel level, double* out) const override {
        const auto [lower, upper, u] = between(level);
        for (Index q = 0; q < x.n; ++q) {
            const Corners at(lines_, x, q);
            out[q] = (1.0 - u) * at(lower->log_density) + (u > 0.0 ? u * at(upper->log_density) : 0.0);
        }
    }

private:
    Fields fields_of(const Mesh& mesh, const GridSnapshot& snapshot) const {
        Fields fields{.log_ratio = std::log(snapshot.level.ratio()), .log_density = {}, .gradient = {}};
        const double largest = *std::max_element(snapshot.masses.begin(), snapshot.masses.end());
        std::vector<bool> known;
        std::vector<std::vector<double>> widths;
        for (int axis = 0; axis < dim(); ++axis) widths.push_back(mesh.widths(axis));
        for (std::size_t cell = 0; cell < snapshot.masses.size(); ++cell) {
            double volume = 1.0;
            for (std::size_t axis = 0; axis < widths.size(); ++axis)
                volume *= widths[axis][cell / static_cast<std::size_t>(lines_.strides[axis]) % widths[axis].size()];
            known.push_back(snapshot.masses[cell] > tail * largest);
            fields.log_density.push_back(std::log(std::max(snapshot.masses[cell], tail * largest) / volume));
        }
        for (int axis = 0; axis < dim(); ++axis)
            fields.gradient.push_back(lines_.gradient(fields.log_density, known, axis));
        return fields;
    }

    struct Between {
        const Fields *lower, *upper;
        double share;
    };
    Between between(NoiseLevel level) const {
        const double wanted = std::log(level.ratio()), slack = 1e-9;
        const auto upper = std::lower_bound(fields_.begin(), fields_.end(), wanted - slack,
                                            [](const Fields& f, double value) { return f.log_ratio < value; });
        if (upper == fields_.end() || (upper == fields_.begin() && upper->log_ratio > wanted + slack)) {
            std::ostringstream message;
            message << "grid score: sigma / alpha = " << level.ratio() << " lies outside the snapshots, "
                    << std::exp(fields_.front().log_ratio) << " ... " << std::exp(fields_.back().log_ratio)
                    << "; solve the noising process over all sampling times";
            throw NumericsError(message.str());
        }
        if (upper->log_ratio <= wanted + slack) return {&*upper, &*upper, 0.0};
        const auto lower = upper - 1;
        return {&*lower, &*upper, (wanted - lower->log_ratio) / (upper->log_ratio - lower->log_ratio)};
    }

    Lines lines_;
    std::vector<Fields> fields_;
};

void check_snapshots(const Mesh& mesh, const std::vector<GridSnapshot>& snapshots) {
    check(mesh);
    if (snapshots.empty()) throw ConfigError("grid score: no snapshots");
    double before = 0.0;
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        const std::string who = "grid score: snapshot " + std::to_string(i) + ": ";
        const GridSnapshot& snapshot = snapshots[i];
        if (static_cast<Index>(snapshot.masses.size()) != mesh.n_total())
            throw ConfigError(who + std::to_string(snapshot.masses.size()) + " masses, the mesh has " +
                              std::to_string(mesh.n_total()) + " cells");
        const double ratio = snapshot.level.ratio();
        if (!(ratio > before) || !std::isfinite(ratio))
            throw ConfigError(who + "sigma / alpha = " + std::to_string(ratio) + ", expected rising numbers > 0");
        before = ratio;
        double total = 0.0;
        for (const double mass : snapshot.masses) {
            if (!(mass >= -1e-12)) throw ConfigError(who + "a mass is " + std::to_string(mass) + ", expected >= 0");
            total += mass;
        }
        if (!(total > 0.0)) throw ConfigError(who + "all masses are zero");
    }
}

}  // namespace

DenoiserPtr grid_denoiser(const Mesh& mesh, std::vector<GridSnapshot> snapshots) {
    check_snapshots(mesh, snapshots);
    return std::make_shared<const GridDenoiser>(mesh, snapshots);
}

}  // namespace dynkin
