#pragma once
// Moments that obey a closed linear equation, found from the process itself.
#include "solvers/core/initial_law.hpp"
#include "solvers/core/process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dynkin {

/// E prod_j X_j^degree_j, weighted by the Feynman-Kac weight when the process kills.
struct MomentTable {
    int degree = 0;  ///< largest total degree that closes, at most the one asked for
    std::vector<std::vector<int>>
        degrees;                ///< (M) exponents, (dim) each, total degree <= degree; the first is all zero
    std::vector<double> times;  ///< (T)
    std::vector<std::vector<double>> values;  ///< (T)(M)
    /// The moment at output `time_index`, or nothing when its degree is not in the table.
    std::optional<double> at(std::size_t time_index, const std::vector<int>& degree) const;
};

/// L - c maps polynomials of total degree <= n to such when drift is affine, a = sigma sigma^T quadratic and the
/// killing rate c constant (OU, GBM, CIR, Wright-Fisher, linear systems), and for some others. Then their expectations
/// obey m' = A(t) m. This is found numerically from the block interface: L x^k - c x^k at quasi-random points of the
/// box [lower, upper] is fitted by polynomials of degree <= n; it closes when the residual at further points of a box
/// twice as large (inside the natural domain) is below 1e-9 of the values. The largest n <= max_degree that closes is
/// taken; nothing is returned when none does, with the reason in *why when given.
///
/// The equation is solved by the matrix exponential for autonomous processes, else by Dormand and Prince's 5(4) pair
/// with relative tolerance 1e-11.
///
/// Not to be used with walls, absorbing sides or periodic axes: there boundary terms enter. A natural boundary that the
/// process never crosses, such as x >= 0 for CIR, is no wall.
///   box: where the process lives, (dim) each; need not hold all of it.   times: increasing, first >= t0.
/// Throws ConfigError on max_degree < 1, sizes that differ, or times before t0.
std::optional<MomentTable> exact_moments(const Process& process, const InitialLaw& law, double t0,
                                         const std::vector<double>& times, const std::vector<double>& lower,
                                         const std::vector<double>& upper, int max_degree = 4,
                                         std::string* why = nullptr);

}  // namespace dynkin
