#include "solvers/grid/mesh.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

namespace dynkin {

namespace {

constexpr int fewest_cells = 3;

void require_interval(double lower, double upper, int n) {
    std::ostringstream text;
    if (!std::isfinite(lower) || !std::isfinite(upper) || !(lower < upper))
        text << "grid: an axis runs from lower to a larger upper, both finite, not from " << lower << " to " << upper;
    else if (n < fewest_cells)
        text << "grid: an axis needs at least " << fewest_cells << " cells, not " << n;
    if (!text.str().empty()) throw ConfigError(text.str());
}

}  // namespace

std::vector<int> Mesh::n_cells() const {
    std::vector<int> n;
    for (int axis = 0; axis < dim(); ++axis) n.push_back(n_cells(axis));
    return n;
}

Index Mesh::n_total() const {
    Index n = 1;
    for (int axis = 0; axis < dim(); ++axis) n *= n_cells(axis);
    return n;
}

std::vector<double> Mesh::centres(int axis) const {
    const std::vector<double>& f = faces[static_cast<std::size_t>(axis)];
    std::vector<double> x(f.size() - 1);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5 * (f[i] + f[i + 1]);
    return x;
}

std::vector<double> Mesh::widths(int axis) const {
    const std::vector<double>& f = faces[static_cast<std::size_t>(axis)];
    std::vector<double> h(f.size() - 1);
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = f[i + 1] - f[i];
    return h;
}

void check(const Mesh& mesh) {
    if (mesh.dim() < 1 || mesh.dim() > 3)
        throw ConfigError("grid: a density is solved on 1 to 3 axes, not " + std::to_string(mesh.dim()));
    for (int axis = 0; axis < mesh.dim(); ++axis) {
        const std::vector<double>& f = mesh.faces[static_cast<std::size_t>(axis)];
        if (f.size() < fewest_cells + 1)
            throw ConfigError("grid: axis " + std::to_string(axis) + " needs at least " + std::to_string(fewest_cells) +
                              " cells, not " + std::to_string(f.empty() ? 0 : f.size() - 1));
        for (std::size_t i = 0; i < f.size(); ++i)
            if (!std::isfinite(f[i]) || (i > 0 && !(f[i] > f[i - 1])))
                throw ConfigError("grid: the faces of axis " + std::to_string(axis) +
                                  " must be finite and increasing; face " + std::to_string(i) + " is " +
                                  std::to_string(f[i]));
    }
}

std::vector<double> uniform_faces(double lower, double upper, int n) {
    require_interval(lower, upper, n);
    std::vector<double> f(static_cast<std::size_t>(n) + 1);
    for (int i = 0; i <= n; ++i)
        f[static_cast<std::size_t>(i)] = lower + (upper - lower) * (static_cast<double>(i) / n);
    f.back() = upper;
    return f;
}

std::vector<double> graded_faces(double lower, double upper, int n, double centre, double ratio) {
    require_interval(lower, upper, n);
    if (!(centre >= lower) || !(centre <= upper) || !(ratio >= 1.0) || !std::isfinite(ratio)) {
        std::ostringstream text;
        text << "grid: a graded axis has its centre in [" << lower << ", " << upper << "] and a ratio >= 1, not centre "
             << centre << " and ratio " << ratio;
        throw ConfigError(text.str());
    }
    if (ratio == 1.0) return uniform_faces(lower, upper, n);
    // dx/ds = alpha cosh(s) is `ratio` alpha at the end further away from the centre.
    const double alpha = std::max(centre - lower, upper - centre) / std::sqrt(ratio * ratio - 1.0);
    const double first = -std::asinh((centre - lower) / alpha), last = std::asinh((upper - centre) / alpha);
    std::vector<double> f(static_cast<std::size_t>(n) + 1);
    for (int i = 0; i <= n; ++i)
        f[static_cast<std::size_t>(i)] =
            centre + alpha * std::sinh(first + (last - first) * (static_cast<double>(i) / n));
    f.front() = lower;
    f.back() = upper;
    return f;
}

Mesh coarsened(const Mesh& mesh) {
    Mesh coarse;
    for (const std::vector<double>& fine : mesh.faces) {
        std::vector<double> f;
        for (std::size_t i = 0; i < fine.size(); i += 2) f.push_back(fine[i]);
        if (fine.size() % 2 == 0) f.push_back(fine.back());
        coarse.faces.push_back(std::move(f));
    }
    return coarse;
}

}  // namespace dynkin
