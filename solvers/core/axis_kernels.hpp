#pragma once
// Loops of the test functions over one coordinate, compiled for every vector level. Not part of the interface.
#include "solvers/core/points.hpp"

namespace dynkin::axis {

/// exp(-z^2 / 2) with z = (x - centre) inverse_width.
void bump(const double* x, Index n, double centre, double inverse_width, double* out);
/// x = cos x and x = sin x.
void cosine(double* x, Index n);
void sine(double* x, Index n);
/// frequency (x - lower)
void phase(const double* x, Index n, double frequency, double lower, double* out);

/// What a ladder climbs: powers x^k, or Hermite polynomials He_k((x - centre) inverse_scale), for k = 1, 2, ...
struct LadderShape {
    bool hermite = false;
    double centre = 0.0, inverse_scale = 1.0;
    bool operator==(const LadderShape&) const = default;
};
/// Degrees 1 ... top of all n points: degree k to rows[k - 1] (nullptr: not wanted).
void ladder(const LadderShape& shape, const double* x, Index n, int top, double* const* rows);

inline constexpr int register_ladder = 16;  ///< degrees whose sums fit the registers
/// Sums over n points of degrees 1 ... 16, in eight interleaved partial sums; out (16).
void ladder_sums(const LadderShape& shape, const double* x, Index n, double* out);

/// out *= y
void multiply(double* out, const double* y, Index n);
/// Sum in eight interleaved partial sums.
double sum(const double* y, Index n);

}  // namespace dynkin::axis
