#include "solvers/check/exact_moments.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/core/test_functions.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>

namespace dynkin {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<std::vector<int>> all_degrees(int dim, int total) {
    std::vector<std::vector<int>> result;
    std::vector<int> degree(static_cast<std::size_t>(dim), 0);
    const auto extend = [&](const auto& self, std::size_t axis, int left) -> void {
        if (axis + 1 == degree.size()) {
            degree[axis] = left;
            result.push_back(degree);
            return;
        }
        for (int k = left; k >= 0; --k) {
            degree[axis] = k;
            self(self, axis + 1, left - k);
        }
    };
    for (int n = 0; n <= total; ++n) extend(extend, 0, n);
    return result;
}

/// Points of a box by the additive recurrence with the generalised golden ratio.
Block points_of(const std::vector<double>& lower, const std::vector<double>& upper, dynkin::Index n) {
    const int d = static_cast<int>(lower.size());
    double ratio = 2.0;
    for (int it = 0; it < 60; ++it) ratio = std::pow(1.0 + ratio, 1.0 / (d + 1.0));
    Block x(d, n);
    for (int j = 0; j < d; ++j) {
        const auto c = static_cast<std::size_t>(j);
        const double step = std::pow(1.0 / ratio, j + 1.0);
        for (dynkin::Index q = 0; q < n; ++q)
            x.row(j)[q] = lower[c] + (upper[c] - lower[c]) * std::fmod(0.5 + step * static_cast<double>(q + 1), 1.0);
    }
    return x;
}

/// E prod_j (factor_j Z_j + shift_j)^degree_j from the moments of Z, by the binomial theorem along each axis.
template <class Moment>
double affine_moment(const std::vector<int>& degree, const std::vector<double>& factor,
                     const std::vector<double>& shift, const Moment& moment) {
    double sum = 0.0;
    std::vector<int> inner(degree.size(), 0);
    const auto expand = [&](const auto& self, std::size_t axis, double weight) -> void {
        if (axis == inner.size()) {
            sum += weight * moment(inner);
            return;
        }
        double binomial = 1.0;
        for (int i = 0; i <= degree[axis]; ++i) {
            inner[axis] = i;
            self(self, axis + 1,
                 weight * binomial * std::pow(factor[axis], i) * std::pow(shift[axis], degree[axis] - i));
            binomial = binomial * (degree[axis] - i) / (i + 1);
        }
    };
    expand(expand, 0, 1.0);
    return sum;
}

/// The generator on polynomials of degree <= n in y = (x - centre) / scale, as the matrix A(t) of m' = A m.
class MomentEquation {
public:
    MomentEquation(const Process& process, const std::vector<double>& lower, const std::vector<double>& upper,
                   int degree)
        : process_(process), degrees_(all_degrees(process.dim(), degree)) {
        const int d = process.dim();
        std::vector<double> wide_lower(lower), wide_upper(upper);
        for (int j = 0; j < d; ++j) {
            const auto c = static_cast<std::size_t>(j);
            centre_.push_back(0.5 * (lower[c] + upper[c]));
            scale_.push_back(0.5 * (upper[c] - lower[c]));
            const AxisDomain& axis = process.natural_domain()[c];
            wide_lower[c] = std::max(axis.lower, centre_[c] - 2.0 * scale_[c]);
            wide_upper[c] = std::min(axis.upper, centre_[c] + 2.0 * scale_[c]);
        }
        const auto n_fit = static_cast<dynkin::Index>(3 * degrees_.size() + 8);
        fit_ = points_of(lower, upper, n_fit);
        test_ = points_of(wide_lower, wide_upper, n_fit + 5);
        basis_test_ = basis(test_);
        const MatrixXd basis_fit = basis(fit_);
        solver_ = basis_fit.colPivHouseholderQr().solve(MatrixXd::Identity(basis_fit.rows(), basis_fit.rows()));
    }

    const std::vector<std::vector<int>>& degrees() const { return degrees_; }

    /// A_{kl}: coefficient of monomial l in (L - c) monomial k.
    MatrixXd matrix(double t) const { return (solver_ * images(fit_, t)).transpose(); }

    /// Largest |fit - (L - c) monomial| at points not fitted, relative to the largest value. Infinite when the process
    /// is not finite inside the box; points around it where it is not (sqrt(x) below zero) are passed over.
    double residual(double t) const {
        const MatrixXd image = images(test_, t), fitted = basis_test_ * matrix(t).transpose();
        if (!fitted.allFinite()) return INFINITY;
        double error = 0.0, size = 0.0;
        for (Index q = 0; q < image.rows(); ++q) {
            if (!image.row(q).allFinite()) continue;
            error = std::max(error, (image.row(q) - fitted.row(q)).cwiseAbs().maxCoeff());
            size = std::max(size, image.row(q).cwiseAbs().maxCoeff());
        }
        return size > 0.0 ? error / size : 0.0;
    }

    /// Does |a| grow no faster than |x|^2? Else E of a monomial need not obey its equation (strict local martingales).
    bool sigma_grows_linearly(double t) const {
        const int d = process_.dim(), w = process_.noise_dim();
        if (w == 0) return true;
        double near = 0.0;
        for (const double reach : {1.0, 10.0, 100.0}) {
            std::vector<double> lower, upper;
            for (std::size_t j = 0; j < centre_.size(); ++j) {
                const AxisDomain& axis = process_.natural_domain()[j];
                lower.push_back(std::max(axis.lower, centre_[j] - reach * scale_[j]));
                upper.push_back(std::min(axis.upper, centre_[j] + reach * scale_[j]));
            }
            const Block x = points_of(lower, upper, 64);
            Block sigma(d * w, x.size());
            process_.sigma(x.points(), t, sigma.rows());
            double largest = 0.0;
            for (int r = 0; r < d * w; ++r)
                for (dynkin::Index q = 0; q < x.size(); ++q) largest = std::max(largest, std::abs(sigma.row(r)[q]));
            if (!std::isfinite(largest)) return false;
            if (reach == 1.0)
                near = largest;
            else if (largest > 4.0 * reach * near)
                return false;
        }
        return true;
    }

    /// E of the monomials in y at the start.
    VectorXd initial(const InitialLaw& law) const {
        std::vector<double> factor, shift;
        for (std::size_t j = 0; j < centre_.size(); ++j) {
            factor.push_back(1.0 / scale_[j]);
            shift.push_back(-centre_[j] / scale_[j]);
        }
        VectorXd m(static_cast<Index>(degrees_.size()));
        for (std::size_t k = 0; k < degrees_.size(); ++k)
            m[static_cast<Index>(k)] =
                affine_moment(degrees_[k], factor, shift, [&](const auto& inner) { return law.moment(inner); });
        return m;
    }

    /// From moments of y to moments of x.
    std::vector<double> in_x(const VectorXd& m) const {
        const auto moment = [&](const std::vector<int>& inner) {
            return m[static_cast<Index>(std::find(degrees_.begin(), degrees_.end(), inner) - degrees_.begin())];
        };
        std::vector<double> values;
        for (const auto& degree : degrees_) values.push_back(affine_moment(degree, scale_, centre_, moment));
        return values;
    }

private:
    Block scaled(const Block& x) const {
        Block y = x;
        for (int j = 0; j < x.n_rows(); ++j)
            for (dynkin::Index q = 0; q < x.size(); ++q)
                y.row(j)[q] =
                    (x.row(j)[q] - centre_[static_cast<std::size_t>(j)]) / scale_[static_cast<std::size_t>(j)];
        return y;
    }

    MatrixXd basis(const Block& x) const {
        const Block y = scaled(x);
        MatrixXd B(x.size(), static_cast<Index>(degrees_.size()));
        for (std::size_t k = 0; k < degrees_.size(); ++k)
            monomial(degrees_[k])->value(y.points(), B.col(static_cast<Index>(k)).data());
        return B;
    }

    /// Column k: (L - c) monomial_k(y) at the points x.
    MatrixXd images(const Block& x, double t) const {
        const int d = process_.dim(), w = process_.noise_dim();
        const dynkin::Index n = x.size();
        const Block y = scaled(x);
        Block b(d, n), sigma(std::max(1, d * w), n), a(d * d, n), value(1, n), gradient(d, n), hessian(d * d, n),
            rate(1, n);
        process_.ito_drift(x.points(), t, b.rows());
        if (w > 0) process_.sigma(x.points(), t, sigma.rows());
        diffusion_matrix(d, w, n, sigma.rows(), a.rows());
        if (process_.has_killing()) process_.killing_rate(x.points(), t, rate.rows());
        for (int i = 0; i < d; ++i) {  // to the coordinates y
            const double si = scale_[static_cast<std::size_t>(i)];
            for (dynkin::Index q = 0; q < n; ++q) b.row(i)[q] /= si;
            for (int j = 0; j < d; ++j)
                for (dynkin::Index q = 0; q < n; ++q) a.row(i * d + j)[q] /= si * scale_[static_cast<std::size_t>(j)];
        }
        MatrixXd image(n, static_cast<Index>(degrees_.size()));
        for (std::size_t k = 0; k < degrees_.size(); ++k) {
            auto column = image.col(static_cast<Index>(k));
            monomial(degrees_[k])->derivatives(y.points(), value.row(0), gradient.rows(), hessian.rows());
            apply_generator(d, n, b.rows(), a.rows(), gradient.rows(), hessian.rows(), column.data());
            for (dynkin::Index q = 0; q < n; ++q) column[q] -= rate.row(0)[q] * value.row(0)[q];
        }
        return image;
    }

    const Process& process_;
    std::vector<std::vector<int>> degrees_;
    std::vector<double> centre_, scale_;
    Block fit_, test_;
    MatrixXd basis_test_, solver_;
};

/// exp(A) v by Taylor's series on A / 2^s with |A| / 2^s <= 1/2, then 2^s applications of the same factor.
VectorXd exponential_times(const MatrixXd& A, const VectorXd& v) {
    const double norm = A.cwiseAbs().rowwise().sum().maxCoeff();
    const int s = std::max(0, static_cast<int>(std::ceil(std::log2(std::max(norm, 1e-300) * 2.0))));
    const MatrixXd B = A / std::exp2(s);
    MatrixXd E = MatrixXd::Identity(A.rows(), A.cols()), term = E;
    for (int k = 1; k <= 18; ++k) {
        term = term * B / k;
        E += term;
    }
    for (int i = 0; i < s; ++i) E = MatrixXd(E * E);
    return E * v;
}

/// m' = A(t) m from t0 to t1. Dormand & Prince (1980), 5(4), local extrapolation.
VectorXd integrate(const MomentEquation& equation, VectorXd m, double t0, double t1) {
    constexpr double tolerance = 1e-11;
    constexpr std::array<double, 6> node = {0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0};
    constexpr double a[6][6] = {{},
                                {0.2},
                                {3.0 / 40, 9.0 / 40},
                                {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656}};
    constexpr double b[6] = {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84};
    constexpr double e[7] = {71.0 / 57600, 0.0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    double t = t0, h = (t1 - t0) / 16.0;
    for (int steps = 0; t < t1; ++steps) {
        if (steps > 100000 || !(h > 1e-14 * (std::abs(t1) + std::abs(t0))))
            throw NumericsError("exact moments: the moment equation is too stiff at t = " + std::to_string(t));
        h = std::min(h, t1 - t);
        const bool last = h >= t1 - t;
        VectorXd k[7], next = m;
        for (int s = 0; s < 6; ++s) {
            VectorXd stage = m;
            for (int r = 0; r < s; ++r) stage += h * a[s][r] * k[r];
            k[s] = equation.matrix(t + node[static_cast<std::size_t>(s)] * h) * stage;
        }
        for (int s = 0; s < 6; ++s) next += h * b[s] * k[s];
        k[6] = equation.matrix(t + h) * next;
        VectorXd error = VectorXd::Zero(m.size());
        for (int s = 0; s < 7; ++s) error += h * e[s] * k[s];
        const double size =
            (error.array().abs() / (1.0 + m.array().abs().max(next.array().abs()))).maxCoeff() / tolerance;
        if (!std::isfinite(size))
            throw NumericsError("exact moments: the moment equation diverges at t = " + std::to_string(t));
        if (size <= 1.0) {
            m = next;
            t = last ? t1 : t + h;
        }
        h *= std::clamp(0.9 * std::pow(std::max(size, 1e-10), -0.2), 0.2, 5.0);
    }
    return m;
}

bool closes(const MomentEquation& equation, int degree, bool autonomous, double t0, double t1) {
    std::vector<double> when = {t0};
    if (!autonomous)
        for (int i = 1; i <= 7; ++i) when.push_back(t0 + (t1 - t0) * i / 7.0);
    for (const double t : when) {
        if (equation.residual(t) > 1e-9) return false;
        // With degree 2 closed, a is quadratic at most.
        if (degree == 1 && !equation.sigma_grows_linearly(t)) return false;
    }
    return true;
}

}  // namespace

std::optional<double> MomentTable::at(std::size_t time_index, const std::vector<int>& wanted) const {
    const auto found = std::find(degrees.begin(), degrees.end(), wanted);
    if (found == degrees.end()) return std::nullopt;
    return values.at(time_index)[static_cast<std::size_t>(found - degrees.begin())];
}

std::optional<MomentTable> exact_moments(const Process& process, const InitialLaw& law, double t0,
                                         const std::vector<double>& times, const std::vector<double>& lower,
                                         const std::vector<double>& upper, int max_degree, std::string* why) {
    const auto d = static_cast<std::size_t>(process.dim());
    if (max_degree < 1 || lower.size() != d || upper.size() != d || law.dim() != process.dim())
        throw ConfigError("exact moments: degree >= 1, a box and a law of the dimension of the process are expected");
    for (std::size_t j = 0; j < d; ++j)
        if (!(lower[j] < upper[j]) || !std::isfinite(upper[j] - lower[j]))
            throw ConfigError("exact moments: the box needs finite sides with lower < upper");
    if (!std::is_sorted(times.begin(), times.end()) || (!times.empty() && times.front() < t0))
        throw ConfigError("exact moments: times must increase and start at t0 or later");
    const double t1 = times.empty() ? t0 : times.back();
    std::vector<double> low(lower), high(upper);
    for (std::size_t j = 0; j < d; ++j) {
        low[j] = std::max(low[j], process.natural_domain()[j].lower);
        high[j] = std::min(high[j], process.natural_domain()[j].upper);
    }
    for (std::size_t j = 0; j < d; ++j)
        if (!(low[j] < high[j]))
            throw ConfigError("exact moments: the box lies outside the natural domain of " + process.name());
    for (int degree = max_degree; degree >= 1; --degree) {
        // Above this the fit costs more than it tells.
        if (all_degrees(process.dim(), degree).size() > 250) continue;
        const MomentEquation equation(process, low, high, degree);
        if (!closes(equation, degree, process.autonomous(), t0, t1)) continue;
        MomentTable table{degree, equation.degrees(), times, {}};
        VectorXd m = equation.initial(law);
        double t = t0;
        const MatrixXd A = equation.matrix(t0);
        for (const double time : times) {
            if (time > t)
                m = process.autonomous() ? exponential_times((time - t) * A, m) : integrate(equation, m, t, time);
            t = time;
            table.values.push_back(equation.in_x(m));
        }
        return table;
    }
    if (why)
        *why = "the moments of " + process.name() + " do not close: its generator raises the degree of polynomials";
    return std::nullopt;
}

}  // namespace dynkin
