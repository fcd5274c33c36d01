#pragma once
// The loops behind the operations: one row in, one row out. Private to this folder.
#include "models/expression/operation.hpp"
#include "solvers/core/points.hpp"

namespace dynkin::expression {

/// out[i] = op(a[i], b[i], c[i]) for i < n. Arguments that the operation does not have are not read but must not be
/// null (give a). `out` may be one of the arguments, and must not overlap them otherwise.
using Kernel = void (*)(double* out, const double* a, const double* b, const double* c, Index n);

/// Which arguments are one number instead of a row: the sum of these.
enum Scalars : unsigned { no_scalar = 0, scalar_a = 1, scalar_b = 2, scalar_c = 4 };

/// Any operation with arguments, all of them rows; with scalars only arithmetic, comparisons, min, max, power: nullptr
/// otherwise. The kernel of integer_power does not exist: programs multiply.
Kernel kernel_for(Op op, unsigned scalars = no_scalar);

/// The two operations (a inner b) outer c, or c - (a inner b) when `reversed`, in one pass with the roundings of two.
/// inner, outer: add, subtract, multiply. nullptr when there is none for these scalars.
Kernel fused_kernel(Op inner, Op outer, bool reversed, unsigned scalars);

/// a^2 = a a and a^3 = (a a) a.
Kernel power_kernel(int exponent);

/// a^n outer b, or b - a^n when `reversed`; b is a row, a number, or a itself; n = 2, 3.
enum class PowerPartner { row, scalar, same_row };
Kernel fused_power_kernel(int exponent, Op outer, bool reversed, PowerPartner partner);

/// A row of one number: out[i] = a[0].
Kernel fill_kernel();
/// out[i] = a[i].
Kernel copy_kernel();

/// The operation on numbers, with the same bits.
double evaluate(Op op, double a, double b = 0.0, double c = 0.0);

}  // namespace dynkin::expression
