#include "solvers/grid/initial_masses.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>

namespace dynkin {

namespace {

constexpr double allowed_outside = 1e-6;
constexpr double image_tail = 1e-14;  // images of a ring that hold less are left out
constexpr double most_images = 1000.0;
constexpr double infinity = std::numeric_limits<double>::infinity();

bool periodic(const AxisDomain& axis) {
    return axis.at_lower == Boundary::periodic;
}

// The cells of one axis as intervals [lower, upper) of the law's line; a ring appears once per image.
struct AxisIntervals {
    std::vector<double> lower, upper;  // (n_images * n)
    int n = 0, n_images = 1;
};

AxisIntervals intervals(const std::vector<double>& faces, const AxisDomain& sides, double law_lower, double law_upper) {
    AxisIntervals a;
    a.n = static_cast<int>(faces.size()) - 1;
    const double length = faces.back() - faces.front();
    double first = 0.0, last = 0.0;
    if (periodic(sides)) {
        first = std::floor((law_lower - faces.front()) / length);
        last = std::floor((law_upper - faces.front()) / length);
        if (!(last - first < most_images))
            throw ConfigError("grid: the initial law is more than a thousand times wider than a periodic axis");
    }
    a.n_images = static_cast<int>(last - first) + 1;
    for (double image = first; image <= last; image += 1.0)
        for (std::size_t i = 0; i + 1 < faces.size(); ++i) {
            a.lower.push_back(faces[i] + image * length);
            a.upper.push_back(faces[i + 1] + image * length);
        }
    if (periodic(sides)) return a;
    if (sides.at_lower != Boundary::absorbing) a.lower.front() = -infinity;
    if (sides.at_upper != Boundary::absorbing) a.upper.back() = infinity;
    return a;
}

void require_inside(const InitialLaw& law, const Mesh& mesh, const Domain& domain, const std::string& who,
                    const std::vector<std::string>& variables) {
    std::array<double, 3> lower{}, upper{};
    for (int a = 0; a < mesh.dim(); ++a) {
        const auto c = static_cast<std::size_t>(a);
        lower[c] = periodic(domain[c]) ? -infinity : mesh.lower(a);
        upper[c] = periodic(domain[c]) ? infinity : mesh.upper(a);
    }
    double outside = 1.0 - law.mass(lower.data(), upper.data());
    if (law.is_point()) {  // a point on the upper face is inside
        outside = 0.0;
        const std::vector<double> at = law.mean();
        for (std::size_t a = 0; a < at.size(); ++a)
            if (!(at[a] >= lower[a] && at[a] <= upper[a])) outside = 1.0;
    }
    if (outside <= allowed_outside) return;
    std::vector<double> from, to;
    law.support(allowed_outside, from, to);
    std::ostringstream text;
    text.precision(4);
    text << who << ": the grid does not hold the initial law: " << outside
         << " of it lies outside. A grid that holds it:";
    for (std::size_t a = 0; a < domain.size(); ++a)
        if (!periodic(domain[a])) text << (a ? ", " : " ") << variables[a] << " from " << from[a] << " to " << to[a];
    throw ConfigError(text.str());
}

struct Share {
    int cell = 0;
    double weight = 0.0;
};

// The two centres around x and their shares of a unit mass.
std::array<Share, 2> shares_of_point(double x, const std::vector<double>& faces, bool ring) {
    const double length = faces.back() - faces.front();
    if (ring) x -= std::floor((x - faces.front()) / length) * length;
    const int n = static_cast<int>(faces.size()) - 1;
    const auto centre = [&](int i) {
        const auto c = static_cast<std::size_t>((i + n) % n);
        return 0.5 * (faces[c] + faces[c + 1]) + (i < 0 ? -length : i >= n ? length : 0.0);
    };
    int above = 0;
    while (above < n && centre(above) <= x) ++above;
    if (!ring && above == 0) return {{{0, 1.0}, {0, 0.0}}};
    if (!ring && above == n) return {{{n - 1, 1.0}, {n - 1, 0.0}}};
    const double share = (x - centre(above - 1)) / (centre(above) - centre(above - 1));
    return {{{(above - 1 + n) % n, 1.0 - share}, {above % n, share}}};
}

std::vector<double> masses_of_point(const std::vector<double>& at, const Mesh& mesh, const Domain& domain) {
    std::vector<double> masses(static_cast<std::size_t>(mesh.n_total()), 0.0);
    std::vector<std::array<Share, 2>> shares;
    for (std::size_t a = 0; a < at.size(); ++a)
        shares.push_back(shares_of_point(at[a], mesh.faces[a], periodic(domain[a])));
    for (unsigned corner = 0; corner < 1u << at.size(); ++corner) {
        Index cell = 0, stride = 1;
        double weight = 1.0;
        for (std::size_t a = 0; a < at.size(); ++a) {
            const Share& share = shares[a][corner >> a & 1u];
            cell += stride * share.cell;
            stride *= mesh.n_cells(static_cast<int>(a));
            weight *= share.weight;
        }
        masses[static_cast<std::size_t>(cell)] += weight;
    }
    return masses;
}

}  // namespace

std::vector<double> cell_masses(const InitialLaw& law, const Mesh& mesh, const Domain& domain, const std::string& who,
                                const std::vector<std::string>& variables) {
    if (law.dim() != mesh.dim())
        throw ConfigError(who + ": the initial law has " + std::to_string(law.dim()) + " components, the grid " +
                          std::to_string(mesh.dim()));
    require_inside(law, mesh, domain, who, variables);
    if (law.is_point()) return masses_of_point(law.mean(), mesh, domain);

    std::vector<double> from, to;
    law.support(image_tail, from, to);
    std::array<AxisIntervals, 3> axes;
    for (auto& a : axes) a = {{0.0}, {0.0}, 1, 1};
    for (std::size_t a = 0; a < domain.size(); ++a) axes[a] = intervals(mesh.faces[a], domain[a], from[a], to[a]);

    std::vector<double> masses(static_cast<std::size_t>(mesh.n_total()), 0.0);
    std::array<double, 3> lower{}, upper{};
    const auto set = [&](std::size_t a, int piece) {
        lower[a] = axes[a].lower[static_cast<std::size_t>(piece)];
        upper[a] = axes[a].upper[static_cast<std::size_t>(piece)];
        return piece % axes[a].n;
    };
    for (int k = 0; k < axes[2].n * axes[2].n_images; ++k)
        for (int j = 0; j < axes[1].n * axes[1].n_images; ++j)
            for (int i = 0; i < axes[0].n * axes[0].n_images; ++i) {
                const Index z = set(2, k), y = set(1, j), x = set(0, i);
                masses[static_cast<std::size_t>(x + axes[0].n * (y + axes[1].n * z))] +=
                    law.mass(lower.data(), upper.data());
            }
    return masses;
}

}  // namespace dynkin
