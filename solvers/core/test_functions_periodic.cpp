#include "solvers/core/test_functions.hpp"

#include <cmath>

namespace dynkin {

bool respects_periodicity(const TestFunction& phi, const Domain& domain) {
    if (!phi.smooth()) return true;
    const int d = phi.dim();
    constexpr Index n = 16;
    for (int axis = 0; axis < static_cast<int>(domain.size()); ++axis) {
        const AxisDomain& ring = domain[static_cast<std::size_t>(axis)];
        if (ring.at_lower != Boundary::periodic) continue;
        Block x[2] = {Block(d, n), Block(d, n)}, value(2, n), gradient[2] = {Block(d, n), Block(d, n)},
              hessian(d * d, n);
        for (int side = 0; side < 2; ++side) {
            for (int j = 0; j < d; ++j) {
                const AxisDomain& a = domain[static_cast<std::size_t>(j)];
                const double low = std::isfinite(a.lower) ? a.lower : -1.0,
                             high = std::isfinite(a.upper) ? a.upper : low + 2.0;
                for (Index q = 0; q < n; ++q)
                    x[side].row(j)[q] =
                        j == axis ? (side == 0 ? a.lower : a.upper)
                                  : low + (high - low) *
                                              std::fmod(0.5 + 0.6180339887 * static_cast<double>(q * (j + 1)), 1.0);
            }
            phi.derivatives(x[side].points(), value.row(side), gradient[side].rows(), hessian.rows());
        }
        const double length = ring.upper - ring.lower;
        for (Index q = 0; q < n; ++q) {
            const double size = std::abs(value.row(0)[q]) + std::abs(value.row(1)[q]);
            if (std::abs(value.row(0)[q] - value.row(1)[q]) > 1e-6 * size + 1e-9) return false;
            for (int j = 0; j < d; ++j) {
                const double g0 = gradient[0].row(j)[q], g1 = gradient[1].row(j)[q];
                if (std::abs(g0 - g1) * length > 1e-6 * (size + (std::abs(g0) + std::abs(g1)) * length) + 1e-9)
                    return false;
            }
        }
    }
    return true;
}

}  // namespace dynkin
