#pragma once
// The arithmetic of schemes on rows of particles. Each loop is compiled for every vector level.
#include "solvers/core/points.hpp"

namespace dynkin::rows {

/// x += a y
void add_scaled(double* x, double a, const double* y, Index n);
/// x += a y z
void add_product(double* x, double a, const double* y, const double* z, Index n);
/// x += a y + b z
void add_two(double* x, double a, const double* y, double b, const double* z, Index n);
/// x += a y + z w
void add_scaled_and_product(double* x, double a, const double* y, const double* z, const double* w, Index n);
/// out = x + a y
void sum(double* out, const double* x, double a, const double* y, Index n);
/// out = x
void copy(double* out, const double* x, Index n);
/// x *= a
void scale(double* x, double a, Index n);
/// x *= y
void multiply(double* x, const double* y, Index n);
/// x += a y (z z - h)
void add_milstein(double* x, double a, const double* y, const double* z, double h, Index n);
/// out += y^2
void add_square(double* out, const double* y, Index n);
/// x = 1 / (1 + h sqrt(x))
void taming_factor(double* x, double h, Index n);
/// x *= w, and 0 where w is 0 whatever x is.
void weigh(double* x, const double* w, Index n);
/// Whether every entry is 1.
bool all_ones(const double* x, Index n);
/// Number of entries that are infinite or not a number.
Index count_non_finite(const double* x, Index n);

}  // namespace dynkin::rows
