#include "apps/sample/expectations.hpp"

#include "solvers/core/initial_law.hpp"
#include "solvers/core/test_functions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dynkin {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double tail = 1e-13;  // mass of a law beyond the box it is integrated over

/// E f(X) for X ~ N(m, s^2) and one factor f of a test function.
double normal_expectation(const AxisFactor& f, double m, double s) {
    switch (f.kind) {
        case AxisFactor::Kind::one: return 1.0;
        case AxisFactor::Kind::power: {
            double before = 0.0, now = 1.0;  // M_{k+1} = m M_k + k s^2 M_{k-1}
            for (int k = 0; k < f.degree; ++k) before = std::exchange(now, m * now + k * s * s * before);
            return now;
        }
        case AxisFactor::Kind::hermite: {
            // Y = (X - c) / scale is N(mu, t2): H_{k+1} = mu H_k + k (t2 - 1) H_{k-1}.
            const double mu = (m - f.centre) / f.scale, t2 = s * s / (f.scale * f.scale);
            double before = 0.0, now = 1.0;
            for (int k = 0; k < f.degree; ++k) before = std::exchange(now, mu * now + k * (t2 - 1.0) * before);
            return now;
        }
        case AxisFactor::Kind::bump: {
            const double square = f.scale * f.scale + s * s, d = m - f.centre;
            return f.scale / std::sqrt(square) * std::exp(-0.5 * d * d / square);
        }
        case AxisFactor::Kind::cosine:
            return std::exp(-0.5 * f.scale * f.scale * s * s) * std::cos(f.scale * (m - f.centre));
        case AxisFactor::Kind::sine:
            return std::exp(-0.5 * f.scale * f.scale * s * s) * std::sin(f.scale * (m - f.centre));
    }
    return nan;
}

double product_expectation(const GaussianMixture& mixture, const std::vector<AxisFactor>& factors) {
    double sum = 0.0, total = 0.0;
    for (std::size_t k = 0; k < mixture.n_components(); ++k) {
        double product = mixture.weights[k];
        total += product;
        for (std::size_t j = 0; j < factors.size(); ++j)
            product *= normal_expectation(factors[j], mixture.means[k][j], mixture.sds[k][j]);
        sum += product;
    }
    return sum / total;
}

Mesh box_mesh(const std::vector<double>& lower, const std::vector<double>& upper, int n) {
    Mesh mesh;
    for (std::size_t j = 0; j < lower.size(); ++j) mesh.faces.push_back(uniform_faces(lower[j], upper[j], n));
    return mesh;
}

/// Calls use(cell, lower, upper) for every cell, x fastest; one or two dimensions.
template <class Use>
void each_cell(const Mesh& mesh, Use use) {
    const int ny = mesh.dim() > 1 ? mesh.n_cells(1) : 1;
    std::size_t cell = 0;
    for (int j = 0; j < ny; ++j)
        for (int i = 0; i < mesh.n_cells(0); ++i, ++cell) {
            double lower[2] = {mesh.faces[0][static_cast<std::size_t>(i)], 0.0},
                   upper[2] = {mesh.faces[0][static_cast<std::size_t>(i) + 1], 0.0};
            if (mesh.dim() > 1) {
                lower[1] = mesh.faces[1][static_cast<std::size_t>(j)];
                upper[1] = mesh.faces[1][static_cast<std::size_t>(j) + 1];
            }
            use(cell, lower, upper);
        }
}

std::vector<double> cell_masses_of(const Mesh& mesh, const InitialLaw& law) {
    std::vector<double> masses(static_cast<std::size_t>(mesh.n_total()));
    each_cell(mesh, [&](std::size_t cell, const double* lower, const double* upper) {
        masses[cell] = law.mass(lower, upper);
    });
    return masses;
}

int finest(std::size_t dim) {
    return dim == 1 ? 20000 : 800;
}

}  // namespace

std::vector<double> grid_expectations(const Mesh& mesh, const std::vector<double>& masses,
                                      const TestFunctions& functions) {
    std::vector<double> sums(functions.size(), 0.0);
    double mass = 0.0;
    each_cell(mesh, [&](std::size_t cell, const double* lower, const double* upper) {
        mass += masses[cell];
        for (std::size_t k = 0; k < functions.size(); ++k)
            if (masses[cell] > 0.0) sums[k] += masses[cell] * functions[k]->cell_mean(lower, upper);
    });
    for (double& sum : sums) sum /= mass;
    return sums;
}

/// With axes of its own a component is no product: monomials in closed form, the rest by midpoints.
Expectations oriented_expectations(const GaussianMixture& mixture, const TestFunctions& functions) {
    const auto law = initial_law(mixture);
    std::vector<double> lower, upper;
    law->support(tail, lower, upper);
    const DenoiserPtr model = mixture_denoiser(mixture);
    Expectations e = density_expectations(
        [&](Points x, double* out) {
            model->log_density(x, {1.0, 0.0}, out);
        },
        lower, upper, functions);
    for (std::size_t k = 0; k < functions.size(); ++k)
        if (const auto degree = monomial_degree(*functions[k])) {
            e.value[k] = law->moment(*degree);
            e.bound[k] = 0.0;
        }
    return e;
}

Expectations mixture_expectations(const GaussianMixture& mixture, const TestFunctions& functions) {
    if (!mixture.axes.empty()) return oriented_expectations(mixture, functions);
    Expectations e;
    TestFunctions others;
    std::vector<std::size_t> where;
    for (std::size_t k = 0; k < functions.size(); ++k) {
        const std::vector<AxisFactor> factors = functions[k]->axis_factors();
        e.value.push_back(factors.empty() ? nan : product_expectation(mixture, factors));
        e.bound.push_back(0.0);
        if (!factors.empty()) continue;
        others.push_back(functions[k]);
        where.push_back(k);
    }
    if (others.empty() || mixture.dim() > 2) return e;
    const auto law = initial_law(mixture);
    std::vector<double> lower, upper;
    law->support(tail, lower, upper);
    const int n = finest(lower.size());
    const Mesh fine = box_mesh(lower, upper, n), coarse = box_mesh(lower, upper, n / 2);
    const std::vector<double> value = grid_expectations(fine, cell_masses_of(fine, *law), others),
                              other = grid_expectations(coarse, cell_masses_of(coarse, *law), others);
    for (std::size_t i = 0; i < where.size(); ++i) {
        e.value[where[i]] = value[i];
        e.bound[where[i]] = std::abs(value[i] - other[i]);
    }
    return e;
}

Expectations density_expectations(const std::function<void(Points, double*)>& log_density,
                                  const std::vector<double>& lower, const std::vector<double>& upper,
                                  const TestFunctions& functions) {
    Expectations e;
    e.value.assign(functions.size(), nan);
    e.bound.assign(functions.size(), 0.0);
    if (lower.size() > 2) return e;
    const auto at = [&](int n) {
        const Mesh mesh = box_mesh(lower, upper, n);
        Block x(mesh.dim(), static_cast<Index>(mesh.n_total()));
        each_cell(mesh, [&](std::size_t cell, const double* a, const double* b) {
            for (int j = 0; j < mesh.dim(); ++j) x.row(j)[cell] = 0.5 * (a[j] + b[j]);
        });
        std::vector<double> p(static_cast<std::size_t>(x.size()));
        log_density(x.points(), p.data());
        const double largest = *std::max_element(p.begin(), p.end());
        for (double& value : p) value = std::exp(value - largest);
        return grid_expectations(mesh, p, functions);
    };
    const int n = finest(lower.size());
    e.value = at(n);
    const std::vector<double> coarse = at(n / 2);
    for (std::size_t k = 0; k < e.value.size(); ++k) e.bound[k] = std::abs(e.value[k] - coarse[k]);
    return e;
}

}  // namespace dynkin
