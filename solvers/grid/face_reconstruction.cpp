#include "solvers/grid/face_reconstruction.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

namespace {

// Nonlinear weights of the three parabolas around donor c, wind from a to e; value at the face between c and d.
DYNKIN_INLINE double weno5_value(double a, double b, double c, double d, double e) {
    constexpr double tiny = 1e-40;
    const double curve0 = a - 2.0 * b + c, curve1 = b - 2.0 * c + d, curve2 = c - 2.0 * d + e;
    const double slope0 = a - 4.0 * b + 3.0 * c, slope1 = b - d, slope2 = 3.0 * c - 4.0 * d + e;
    const double beta0 = 13.0 / 12.0 * curve0 * curve0 + 0.25 * slope0 * slope0;
    const double beta1 = 13.0 / 12.0 * curve1 * curve1 + 0.25 * slope1 * slope1;
    const double beta2 = 13.0 / 12.0 * curve2 * curve2 + 0.25 * slope2 * slope2;
    const double tau = std::abs(beta0 - beta2);
    const double r0 = tau / (beta0 + tiny), r1 = tau / (beta1 + tiny), r2 = tau / (beta2 + tiny);
    const double w0 = 0.1 * (1.0 + r0 * r0), w1 = 0.6 * (1.0 + r1 * r1), w2 = 0.3 * (1.0 + r2 * r2);
    const double v0 = 2.0 * a - 7.0 * b + 11.0 * c, v1 = -b + 5.0 * c + 2.0 * d, v2 = 2.0 * c + 5.0 * d - e;
    return (w0 * v0 + w1 * v1 + w2 * v2) / (6.0 * (w0 + w1 + w2));
}

// Rows x1..x3 lie below the faces, y1..y3 above, counted away from them.
DYNKIN_CLONES void weno5_rows(Index n, const double* __restrict x3, const double* __restrict x2,
                              const double* __restrict x1, const double* __restrict y1, const double* __restrict y2,
                              const double* __restrict y3, const double* __restrict rate, double* __restrict low,
                              double* __restrict high) {
    for (Index i = 0; i < n; ++i) {
        const double r = rate[i];
        const double a = r > 0.0 ? x3[i] : y3[i], b = r > 0.0 ? x2[i] : y2[i], c = r > 0.0 ? x1[i] : y1[i];
        const double d = r > 0.0 ? y1[i] : x1[i], e = r > 0.0 ? y2[i] : x2[i];
        low[i] = r * c;
        high[i] = r * weno5_value(a, b, c, d, e);
    }
}

// The smallest of three slopes of one sign, else zero.
DYNKIN_INLINE double smallest_slope(double u, double v, double w) {
    const double magnitude = std::min(std::min(std::abs(u), std::abs(v)), std::abs(w));
    const bool positive = u > 0.0 && v > 0.0 && w > 0.0, negative = u < 0.0 && v < 0.0 && w < 0.0;
    return positive ? magnitude : negative ? -magnitude : 0.0;
}

template <bool same>
DYNKIN_INLINE void muscl(Index n, const FaceStencil& q, const double* __restrict rate, const MusclWeights* weights,
                         double* __restrict low, double* __restrict high) {
    const double *b1 = q.below[0], *b2 = q.below[1], *a1 = q.above[0], *a2 = q.above[1];
    for (Index i = 0; i < n; ++i) {
        const MusclWeights& w = weights[same ? 0 : i];
        const bool up = rate[i] > 0.0;
        const double behind = up ? b2[i] : a2[i], donor = up ? b1[i] : a1[i], ahead = up ? a1[i] : b1[i];
        const double c1 = up ? w.from_below.central_1 : w.from_above.central_1;
        const double c2 = up ? w.from_below.central_2 : w.from_above.central_2;
        const double d1 = donor - behind, d2 = ahead - donor;
        low[i] = rate[i] * donor;
        high[i] = rate[i] * (donor + smallest_slope(d1, d2, c1 * d1 + c2 * d2));
    }
}

DYNKIN_CLONES void muscl_same(Index n, const FaceStencil& q, const double* rate, const MusclWeights* weights,
                              double* low, double* high) {
    muscl<true>(n, q, rate, weights, low, high);
}

// Half the donor cell times the slope of the parabola through the three centres, in terms of the two differences.
MusclWeights::Side side_weights(double behind, double donor, double ahead) {
    const double to_behind = 0.5 * (behind + donor), to_ahead = 0.5 * (donor + ahead), span = to_behind + to_ahead;
    return {0.5 * donor * to_ahead / (span * to_behind), 0.5 * donor * to_behind / (span * to_ahead)};
}

}  // namespace

const char* name_of(AdvectiveFlux flux) {
    switch (flux) {
        case AdvectiveFlux::weno5: return "weno5";
        case AdvectiveFlux::muscl: return "muscl";
        default: return "upwind";
    }
}

std::vector<MusclWeights> muscl_weights(const std::vector<double>& widths) {
    const int n = static_cast<int>(widths.size());
    const auto width = [&](int i) { return widths[static_cast<std::size_t>(std::clamp(i, 0, n - 1))]; };
    std::vector<MusclWeights> weights;
    for (int f = 0; f <= n; ++f)
        weights.push_back(
            {side_weights(width(f - 2), width(f - 1), width(f)), side_weights(width(f + 1), width(f), width(f - 1))});
    return weights;
}

void weno5_fluxes(Index n, const FaceStencil& q, const double* rate, double* low, double* high) {
    weno5_rows(n, q.below[2], q.below[1], q.below[0], q.above[0], q.above[1], q.above[2], rate, low, high);
}

void muscl_fluxes(Index n, const FaceStencil& q, const double* rate, const MusclWeights* weights, bool same_weights,
                  double* low, double* high) {
    if (same_weights)
        muscl_same(n, q, rate, weights, low, high);
    else
        muscl<false>(n, q, rate, weights, low, high);
}

DYNKIN_CLONES void upwind_fluxes(Index n, const FaceStencil& q, const double* rate, double* low, double* high) {
    for (Index i = 0; i < n; ++i) low[i] = high[i] = rate[i] * (rate[i] > 0.0 ? q.below[0][i] : q.above[0][i]);
}

}  // namespace dynkin
