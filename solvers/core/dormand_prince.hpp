#pragma once
// Trial steps of the method of Dormand and Prince (1980), order 5 with an estimate of order 4, for many states at once,
// each at its own time and with its own step; coefficients as in Hairer, Norsett & Wanner (1993), table II.5.2.
#include "solvers/core/dispatch.hpp"
#include "solvers/core/points.hpp"

#include <cmath>
#include <cstddef>

namespace dynkin {

/// n = y.n states from (time[q], y) with slope f there, by step[q].
struct DormandPrinceTrials {
    Points y{}, f{};               ///< (dim, n) f = b(y, time): the last slope of the step before
    const double* time = nullptr;  ///< (n)
    const double* step = nullptr;  ///< (n)
    double atol = 0.0, rtol = 0.0;
    Rows y_next{}, f_next{};  ///< (dim) the result of order 5 and its slope
    /// (n) max over components of |estimate of the local error| / (atol + rtol |y|): above 1 is a rejection.
    double* error = nullptr;
};

namespace detail {

/// All seven stages of a state in registers. K has State<double>, dim(m) and call_drift(m, x, t, b).
template <class K, class M>
DYNKIN_INLINE void dormand_prince5(const M& m, const DormandPrinceTrials& trials) {
    using State = typename K::template State<double>;
    const auto d = static_cast<std::size_t>(K::dim(m));
    DYNKIN_INDEPENDENT
    for (Index q = 0; q < trials.y.n; ++q) {
        const double t = trials.time[q], h = trials.step[q];
        State y0, k1, k2, k3, k4, k5, k6, k7, y;
        for (std::size_t j = 0; j < d; ++j) {
            y0[j] = trials.y.component(static_cast<int>(j))[q];
            k1[j] = trials.f.component(static_cast<int>(j))[q];
            y[j] = std::fma(h, 1.0 / 5 * k1[j], y0[j]);
        }
        K::call_drift(m, y, t + 1.0 / 5 * h, k2);
        for (std::size_t j = 0; j < d; ++j) y[j] = std::fma(h, std::fma(9.0 / 40, k2[j], 3.0 / 40 * k1[j]), y0[j]);
        K::call_drift(m, y, t + 3.0 / 10 * h, k3);
        for (std::size_t j = 0; j < d; ++j) {
            const double sum = std::fma(32.0 / 9, k3[j], std::fma(-56.0 / 15, k2[j], 44.0 / 45 * k1[j]));
            y[j] = std::fma(h, sum, y0[j]);
        }
        K::call_drift(m, y, t + 4.0 / 5 * h, k4);
        for (std::size_t j = 0; j < d; ++j) {
            const double sum =
                std::fma(-212.0 / 729, k4[j],
                         std::fma(64448.0 / 6561, k3[j], std::fma(-25360.0 / 2187, k2[j], 19372.0 / 6561 * k1[j])));
            y[j] = std::fma(h, sum, y0[j]);
        }
        K::call_drift(m, y, t + 8.0 / 9 * h, k5);
        for (std::size_t j = 0; j < d; ++j) {
            const double first = std::fma(46732.0 / 5247, k3[j], std::fma(-355.0 / 33, k2[j], 9017.0 / 3168 * k1[j]));
            y[j] = std::fma(h, std::fma(-5103.0 / 18656, k5[j], std::fma(49.0 / 176, k4[j], first)), y0[j]);
        }
        K::call_drift(m, y, t + h, k6);
        for (std::size_t j = 0; j < d; ++j) {
            const double first = std::fma(125.0 / 192, k4[j], std::fma(500.0 / 1113, k3[j], 35.0 / 384 * k1[j]));
            y[j] = std::fma(h, std::fma(11.0 / 84, k6[j], std::fma(-2187.0 / 6784, k5[j], first)), y0[j]);
        }
        K::call_drift(m, y, t + h, k7);
        double worst = 0.0;
        for (std::size_t j = 0; j < d; ++j) {
            const double first = std::fma(71.0 / 1920, k4[j], std::fma(-71.0 / 16695, k3[j], 71.0 / 57600 * k1[j]));
            const double last = std::fma(-1.0 / 40, k7[j], std::fma(22.0 / 525, k6[j], -17253.0 / 339200 * k5[j]));
            const double scaled = std::abs(h * (first + last)) / std::fma(trials.rtol, std::abs(y0[j]), trials.atol);
            worst = scaled > worst ? scaled : worst;
            trials.y_next.row(static_cast<int>(j))[q] = y[j];
            trials.f_next.row(static_cast<int>(j))[q] = k7[j];
        }
        trials.error[q] = worst;
    }
}

}  // namespace detail
}  // namespace dynkin
