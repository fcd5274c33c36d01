#include "solvers/core/process.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

const char* name_of(NoiseKind kind) {
    switch (kind) {
        case NoiseKind::none: return "none";
        case NoiseKind::additive: return "additive";
        case NoiseKind::diagonal: return "diagonal";
        case NoiseKind::commutative: return "commutative";
        default: return "general";
    }
}

const char* name_of(Calculus calculus) {
    switch (calculus) {
        case Calculus::ito: return "ito";
        case Calculus::stratonovich: return "stratonovich";
        default: return "haenggi_klimontovich";
    }
}

double correction_weight(Calculus calculus) {
    switch (calculus) {
        case Calculus::ito: return 0.0;
        case Calculus::stratonovich: return 0.5;
        default: return 1.0;
    }
}

void Process::killing_rate(Points, double, Rows) const {
    throw NumericsError(name() + ": has no killing rate");
}

void Process::sample_transition(Rows, Index, double, double, std::uint64_t, const DrawSource&) const {
    throw NumericsError(name() + ": has no exact transition sampler");
}

void Process::transition_density(Points, const double*, double, double, double*) const {
    throw NumericsError(name() + ": has no closed transition density");
}

void diffusion_matrix(int dim, int noise_dim, Index n, Rows sigma_rows, Rows out) {
    for (int i = 0; i < dim; ++i)
        for (int j = 0; j < dim; ++j) {
            double* a = out.row(i * dim + j);
            std::fill_n(a, n, 0.0);
            for (int k = 0; k < noise_dim; ++k) {
                const double* s_ik = sigma_rows.row(i * noise_dim + k);
                const double* s_jk = sigma_rows.row(j * noise_dim + k);
                for (Index q = 0; q < n; ++q) a[q] += s_ik[q] * s_jk[q];
            }
        }
}

void divergence(int dim, Index n, Rows jacobian_rows, double* out) {
    std::fill_n(out, n, 0.0);
    for (int i = 0; i < dim; ++i) {
        const double* diagonal = jacobian_rows.row(i * dim + i);
        for (Index q = 0; q < n; ++q) out[q] += diagonal[q];
    }
}

void check_domain(const Process& process, Domain& domain) {
    const auto dim = static_cast<std::size_t>(process.dim());
    if (domain.empty()) domain.assign(dim, AxisDomain{});
    if (domain.size() != dim)
        throw ConfigError("the domain of '" + process.name() + "' needs " + std::to_string(dim) + " axes, not " +
                          std::to_string(domain.size()));
    for (std::size_t j = 0; j < dim; ++j) {
        const AxisDomain& axis = domain[j];
        const std::string where = "axis " + process.variables()[j] + " of '" + process.name() + "': ";
        if (!(axis.lower < axis.upper)) throw ConfigError(where + "the lower end must lie below the upper one");
        if ((axis.at_lower != Boundary::open && !std::isfinite(axis.lower)) ||
            (axis.at_upper != Boundary::open && !std::isfinite(axis.upper)))
            throw ConfigError(where + "a wall needs a finite position");
        if ((axis.at_lower == Boundary::periodic) != (axis.at_upper == Boundary::periodic))
            throw ConfigError(where + "an axis is periodic on both sides or on none");
    }
}

std::vector<std::string> default_variables(int dim) {
    if (dim <= 3) {
        const std::vector<std::string> xyz = {"x", "y", "z"};
        return {xyz.begin(), xyz.begin() + dim};
    }
    std::vector<std::string> names;
    for (int i = 0; i < dim; ++i) names.push_back("x" + std::to_string(i));
    return names;
}

namespace {

// Points of the additive recurrence with the generalised golden ratio: low discrepancy in any dimension.
void quasi_random_points(const std::vector<double>& lower, const std::vector<double>& upper, Block& x) {
    const int dim = x.n_rows();
    double phi = 2.0;
    for (int it = 0; it < 60; ++it) phi = std::pow(1.0 + phi, 1.0 / (dim + 1.0));
    for (int j = 0; j < dim; ++j) {
        const double alpha = std::pow(1.0 / phi, j + 1.0);
        for (Index q = 0; q < x.size(); ++q) {
            const double u = std::fmod(0.5 + alpha * static_cast<double>(q + 1), 1.0);
            x.row(j)[q] = lower[static_cast<std::size_t>(j)] +
                          u * (upper[static_cast<std::size_t>(j)] - lower[static_cast<std::size_t>(j)]);
        }
    }
}

struct SigmaSample {
    const Process& process;
    Index n;

    Block at(const Block& x, double t) const {
        Block s(process.dim() * process.noise_dim(), n);
        process.sigma(x.points(), t, s.rows());
        return s;
    }
    // Moves component j of every point by a tenth of the range, keeping the others.
    bool depends_on(const Block& x, int entry, int j, double shift, double t) const {
        Block moved = x;
        for (Index q = 0; q < n; ++q) moved.row(j)[q] += shift * (q % 2 == 0 ? 1.0 : -1.0);
        const Block s0 = at(x, t), s1 = at(moved, t);
        for (Index q = 0; q < n; ++q) {
            const double scale = std::abs(s0.row(entry)[q]) + std::abs(s1.row(entry)[q]);
            if (std::abs(s1.row(entry)[q] - s0.row(entry)[q]) > 1e-9 * scale) return true;
        }
        return false;
    }
};

}  // namespace

NoiseKind measured_noise_kind(const Process& process, const std::vector<double>& lower,
                              const std::vector<double>& upper, double t0, double t1) {
    const int d = process.dim(), m = process.noise_dim();
    if (m == 0) return NoiseKind::none;
    const Index n = 64;
    Block x(d, n);
    quasi_random_points(lower, upper, x);
    const SigmaSample sample{process, n};

    bool zero = true, constant = true, diagonal = d == m, commutative = true;
    for (const double t : {t0, t1}) {
        const Block s = sample.at(x, t);
        for (int i = 0; i < d; ++i)
            for (int k = 0; k < m; ++k) {
                const int entry = i * m + k;
                const bool vanishes = std::all_of(s.row(entry), s.row(entry) + n, [](double v) { return v == 0.0; });
                zero = zero && vanishes;
                if (i != k && !vanishes) diagonal = false;
                for (int j = 0; j < d; ++j) {
                    const double range = upper[static_cast<std::size_t>(j)] - lower[static_cast<std::size_t>(j)];
                    if (!sample.depends_on(x, entry, j, 0.1 * range, t)) continue;
                    constant = false;
                    if (j != i) diagonal = false;
                }
            }
        if (constant || diagonal || m == 1) continue;
        Block along(m * m * d, n);
        // A model that claims diagonal noise writes only the diagonal terms; it is judged by the two tests above.
        if (process.noise_kind() == NoiseKind::diagonal) {
            commutative = false;
            continue;
        }
        process.sigma_derivative_along_noise(x.points(), t, along.rows());
        for (int k = 0; k < m; ++k)
            for (int l = 0; l < k; ++l)
                for (int i = 0; i < d; ++i)
                    for (Index q = 0; q < n; ++q) {
                        const double kl = along.row((k * m + l) * d + i)[q], lk = along.row((l * m + k) * d + i)[q];
                        if (std::abs(kl - lk) > 1e-9 * (std::abs(kl) + std::abs(lk) + 1e-300) &&
                            std::abs(kl - lk) > 1e-12)
                            commutative = false;
                    }
    }
    if (zero) return NoiseKind::none;
    if (constant) return NoiseKind::additive;
    if (diagonal) return NoiseKind::diagonal;
    return commutative ? NoiseKind::commutative : NoiseKind::general;
}

}  // namespace dynkin
