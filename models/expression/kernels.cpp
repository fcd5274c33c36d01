#include "models/expression/kernels.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cmath>

// Rows never overlap in part, so each loop may be vectorised without a check.
#if defined(__clang__)
#define DYNKIN_EACH _Pragma("clang loop vectorize(assume_safety)") for (Index i = 0; i < n; ++i)
#else
#define DYNKIN_EACH _Pragma("GCC ivdep") for (Index i = 0; i < n; ++i)
#endif

// In `formula`: A, B, C are the arguments as rows, a0, b0, c0 as one number.
#define A a[i]
#define B b[i]
#define C c[i]
#define DYNKIN_KERNEL(name, formula)                                                                   \
    DYNKIN_CLONES void name(double* out, const double* a, const double* b, const double* c, Index n) { \
        [[maybe_unused]] const double a0 = *a, b0 = *b, c0 = *c;                                       \
        DYNKIN_EACH out[i] = formula;                                                                  \
    }

// Functions of libm are called element by element: their bits do not depend on the vector level.
#define DYNKIN_MATH_KERNEL(name, formula)                                                               \
    void name(double* out, const double* a, [[maybe_unused]] const double* b, const double*, Index n) { \
        for (Index i = 0; i < n; ++i) out[i] = formula;                                                 \
    }

#define DYNKIN_BINARY(name, formula)         \
    DYNKIN_KERNEL(name##_rr, formula(A, B))  \
    DYNKIN_KERNEL(name##_sr, formula(a0, B)) \
    DYNKIN_KERNEL(name##_rs, formula(A, b0))

#define DYNKIN_FUSED(name, formula)               \
    DYNKIN_KERNEL(name##_rrr, formula(A, B, C))   \
    DYNKIN_KERNEL(name##_srr, formula(a0, B, C))  \
    DYNKIN_KERNEL(name##_rsr, formula(A, b0, C))  \
    DYNKIN_KERNEL(name##_rrs, formula(A, B, c0))  \
    DYNKIN_KERNEL(name##_srs, formula(a0, B, c0)) \
    DYNKIN_KERNEL(name##_rss, formula(A, b0, c0))

namespace dynkin::expression {
namespace {

DYNKIN_KERNEL(fill, a0)
DYNKIN_KERNEL(copy, A)
DYNKIN_KERNEL(negate, -A)
DYNKIN_KERNEL(logical_not, A == 0.0 ? 1.0 : 0.0)
DYNKIN_KERNEL(square_root, std::sqrt(A))
DYNKIN_KERNEL(absolute, std::abs(A))
// NaN stays NaN, as 0 x NaN.
DYNKIN_KERNEL(sign, A > 0.0 ? 1.0 : (A < 0.0 ? -1.0 : 0.0 * A))
DYNKIN_KERNEL(floor_of, std::floor(A))
DYNKIN_KERNEL(ceil_of, std::ceil(A))

DYNKIN_CLONES void sqrt_slope(double* out, const double* a, const double*, const double*, Index n) {
    DYNKIN_EACH {
        const double root = std::sqrt(A);
        const double slope = 0.5 / root;
        out[i] = root > 0.0 ? slope : 0.0;
    }
}

DYNKIN_MATH_KERNEL(exp, std::exp(A))
DYNKIN_MATH_KERNEL(log, std::log(A))
DYNKIN_MATH_KERNEL(log1p, std::log1p(A))
DYNKIN_MATH_KERNEL(expm1, std::expm1(A))
DYNKIN_MATH_KERNEL(log10, std::log10(A))
DYNKIN_MATH_KERNEL(sin, std::sin(A))
DYNKIN_MATH_KERNEL(cos, std::cos(A))
DYNKIN_MATH_KERNEL(tan, std::tan(A))
DYNKIN_MATH_KERNEL(asin, std::asin(A))
DYNKIN_MATH_KERNEL(acos, std::acos(A))
DYNKIN_MATH_KERNEL(atan, std::atan(A))
DYNKIN_MATH_KERNEL(sinh, std::sinh(A))
DYNKIN_MATH_KERNEL(cosh, std::cosh(A))
DYNKIN_MATH_KERNEL(tanh, std::tanh(A))
DYNKIN_MATH_KERNEL(asinh, std::asinh(A))
DYNKIN_MATH_KERNEL(acosh, std::acosh(A))
DYNKIN_MATH_KERNEL(atanh, std::atanh(A))
DYNKIN_MATH_KERNEL(erf, std::erf(A))
DYNKIN_MATH_KERNEL(erfc, std::erfc(A))
DYNKIN_MATH_KERNEL(power_rr, std::pow(A, B))
DYNKIN_MATH_KERNEL(power_sr, std::pow(*a, B))
DYNKIN_MATH_KERNEL(atan2, std::atan2(A, B))
DYNKIN_MATH_KERNEL(hypot, std::hypot(A, B))

void power_rs(double* out, const double* a, const double* b, const double*, Index n) {
    const double exponent = *b;
    for (Index i = 0; i < n; ++i) out[i] = std::pow(A, exponent);
}

#define PLUS(x, y) (x) + (y)
#define MINUS(x, y) (x) - (y)
#define TIMES(x, y) (x) * (y)
#define OVER(x, y) (x) / (y)
// As the scalar min and max of solvers/core/dual.hpp, NaN included.
#define SMALLER(x, y) (y) < (x) ? (y) : (x)
#define LARGER(x, y) (x) < (y) ? (y) : (x)
#define LESS(x, y) (x) < (y) ? 1.0 : 0.0
#define LESS_EQUAL(x, y) (x) <= (y) ? 1.0 : 0.0
#define EQUAL(x, y) (x) == (y) ? 1.0 : 0.0
#define NOT_EQUAL(x, y) (x) != (y) ? 1.0 : 0.0
DYNKIN_BINARY(add, PLUS)
DYNKIN_BINARY(subtract, MINUS)
DYNKIN_BINARY(multiply, TIMES)
DYNKIN_BINARY(divide, OVER)
DYNKIN_BINARY(min, SMALLER)
DYNKIN_BINARY(max, LARGER)
DYNKIN_BINARY(less, LESS)
DYNKIN_BINARY(less_equal, LESS_EQUAL)
DYNKIN_BINARY(equal, EQUAL)
DYNKIN_BINARY(not_equal, NOT_EQUAL)
DYNKIN_KERNEL(logical_and, ((A != 0.0) & (B != 0.0)) ? 1.0 : 0.0)
DYNKIN_KERNEL(logical_or, ((A != 0.0) | (B != 0.0)) ? 1.0 : 0.0)
// A choice, not a product: a NaN of the branch not taken stays there.
DYNKIN_KERNEL(where, A != 0.0 ? B : C)
DYNKIN_KERNEL(where_rrs, A != 0.0 ? B : c0)
DYNKIN_KERNEL(where_rsr, A != 0.0 ? b0 : C)
DYNKIN_KERNEL(where_rss, A != 0.0 ? b0 : c0)

#define PLUS_PLUS(x, y, z) ((x) + (y)) + (z)
#define MINUS_PLUS(x, y, z) ((x) - (y)) + (z)
#define TIMES_PLUS(x, y, z) ((x) * (y)) + (z)
#define PLUS_MINUS(x, y, z) ((x) + (y)) - (z)
#define MINUS_MINUS(x, y, z) ((x) - (y)) - (z)
#define TIMES_MINUS(x, y, z) ((x) * (y)) - (z)
#define PLUS_TAKEN(x, y, z) (z) - ((x) + (y))
#define MINUS_TAKEN(x, y, z) (z) - ((x) - (y))
#define TIMES_TAKEN(x, y, z) (z) - ((x) * (y))
#define PLUS_TIMES(x, y, z) ((x) + (y)) * (z)
#define MINUS_TIMES(x, y, z) ((x) - (y)) * (z)
#define TIMES_TIMES(x, y, z) ((x) * (y)) * (z)
DYNKIN_FUSED(plus_plus, PLUS_PLUS)
DYNKIN_FUSED(minus_plus, MINUS_PLUS)
DYNKIN_FUSED(times_plus, TIMES_PLUS)
DYNKIN_FUSED(plus_minus, PLUS_MINUS)
DYNKIN_FUSED(minus_minus, MINUS_MINUS)
DYNKIN_FUSED(times_minus, TIMES_MINUS)
DYNKIN_FUSED(plus_taken, PLUS_TAKEN)
DYNKIN_FUSED(minus_taken, MINUS_TAKEN)
DYNKIN_FUSED(times_taken, TIMES_TAKEN)
DYNKIN_FUSED(plus_times, PLUS_TIMES)
DYNKIN_FUSED(minus_times, MINUS_TIMES)
DYNKIN_FUSED(times_times, TIMES_TIMES)

DYNKIN_KERNEL(square, A* A)
DYNKIN_KERNEL(cube, A* A* A)

#define DYNKIN_POWER_PAIR(name, formula)                 \
    DYNKIN_KERNEL(square_##name##_r, formula(A* A, B))   \
    DYNKIN_KERNEL(square_##name##_s, formula(A* A, b0))  \
    DYNKIN_KERNEL(square_##name##_a, formula(A* A, A))   \
    DYNKIN_KERNEL(cube_##name##_r, formula(A* A* A, B))  \
    DYNKIN_KERNEL(cube_##name##_s, formula(A* A* A, b0)) \
    DYNKIN_KERNEL(cube_##name##_a, formula(A* A* A, A))
#define TAKEN(x, y) (y) - (x)
DYNKIN_POWER_PAIR(plus, PLUS)
DYNKIN_POWER_PAIR(minus, MINUS)
DYNKIN_POWER_PAIR(taken, TAKEN)
DYNKIN_POWER_PAIR(times, TIMES)

Kernel unary_kernel(Op op) {
    switch (op) {
        case Op::negate: return negate;
        case Op::logical_not: return logical_not;
        case Op::sqrt: return square_root;
        case Op::sqrt_slope: return sqrt_slope;
        case Op::exp: return exp;
        case Op::log: return log;
        case Op::log1p: return log1p;
        case Op::expm1: return expm1;
        case Op::log10: return log10;
        case Op::sin: return sin;
        case Op::cos: return cos;
        case Op::tan: return tan;
        case Op::asin: return asin;
        case Op::acos: return acos;
        case Op::atan: return atan;
        case Op::sinh: return sinh;
        case Op::cosh: return cosh;
        case Op::tanh: return tanh;
        case Op::asinh: return asinh;
        case Op::acosh: return acosh;
        case Op::atanh: return atanh;
        case Op::abs: return absolute;
        case Op::sign: return sign;
        case Op::floor: return floor_of;
        case Op::ceil: return ceil_of;
        case Op::erf: return erf;
        case Op::erfc: return erfc;
        default: return nullptr;
    }
}

Kernel choose(unsigned scalars, Kernel rr, Kernel sr, Kernel rs) {
    if (scalars == no_scalar) return rr;
    if (scalars == scalar_a) return sr;
    return scalars == scalar_b ? rs : nullptr;
}

}  // namespace

Kernel kernel_for(Op op, unsigned scalars) {
    const auto rows_only = [scalars](Kernel kernel) { return scalars == no_scalar ? kernel : nullptr; };
    switch (op) {
        case Op::add: return choose(scalars, add_rr, add_sr, add_rs);
        case Op::subtract: return choose(scalars, subtract_rr, subtract_sr, subtract_rs);
        case Op::multiply: return choose(scalars, multiply_rr, multiply_sr, multiply_rs);
        case Op::divide: return choose(scalars, divide_rr, divide_sr, divide_rs);
        case Op::power: return choose(scalars, power_rr, power_sr, power_rs);
        case Op::min: return choose(scalars, min_rr, min_sr, min_rs);
        case Op::max: return choose(scalars, max_rr, max_sr, max_rs);
        case Op::less: return choose(scalars, less_rr, less_sr, less_rs);
        case Op::less_equal: return choose(scalars, less_equal_rr, less_equal_sr, less_equal_rs);
        case Op::equal: return choose(scalars, equal_rr, equal_sr, equal_rs);
        case Op::not_equal: return choose(scalars, not_equal_rr, not_equal_sr, not_equal_rs);
        case Op::atan2: return rows_only(atan2);
        case Op::hypot: return rows_only(hypot);
        case Op::logical_and: return rows_only(logical_and);
        case Op::logical_or: return rows_only(logical_or);
        case Op::where:
            if (scalars == scalar_c) return where_rrs;
            if (scalars == scalar_b) return where_rsr;
            return scalars == (scalar_b | scalar_c) ? where_rss : rows_only(where);
        default: return rows_only(unary_kernel(op));
    }
}

namespace {

/// 0 add, 1 subtract, 2 taken from the other, 3 multiply, -1 none of these.
int row_of(Op outer, bool reversed) {
    if (outer == Op::subtract) return reversed ? 2 : 1;
    return outer == Op::add ? 0 : outer == Op::multiply ? 3 : -1;
}

}  // namespace

Kernel fused_kernel(Op inner, Op outer, bool reversed, unsigned scalars) {
#define DYNKIN_SHAPES(name) \
    { name##_rrr, name##_srr, name##_rsr, nullptr, name##_rrs, name##_srs, name##_rss, nullptr }
    // [outer: add, subtract, taken from c, multiply][inner: add, subtract, multiply][scalars]
    static const Kernel kernels[4][3][8] = {
        {DYNKIN_SHAPES(plus_plus), DYNKIN_SHAPES(minus_plus), DYNKIN_SHAPES(times_plus)},
        {DYNKIN_SHAPES(plus_minus), DYNKIN_SHAPES(minus_minus), DYNKIN_SHAPES(times_minus)},
        {DYNKIN_SHAPES(plus_taken), DYNKIN_SHAPES(minus_taken), DYNKIN_SHAPES(times_taken)},
        {DYNKIN_SHAPES(plus_times), DYNKIN_SHAPES(minus_times), DYNKIN_SHAPES(times_times)},
    };
    const int row = row_of(outer, reversed), column = inner == Op::add        ? 0
                                                      : inner == Op::subtract ? 1
                                                      : inner == Op::multiply ? 2
                                                                              : -1;
    return row < 0 || column < 0 ? nullptr : kernels[row][column][scalars];
}

Kernel power_kernel(int exponent) {
    return exponent == 2 ? square : exponent == 3 ? cube : nullptr;
}

Kernel fused_power_kernel(int exponent, Op outer, bool reversed, PowerPartner partner) {
#define DYNKIN_PARTNERS(name)                                        \
    {                                                                \
        {square_##name##_r, square_##name##_s, square_##name##_a}, { \
            cube_##name##_r, cube_##name##_s, cube_##name##_a        \
        }                                                            \
    }
    static const Kernel kernels[4][2][3] = {DYNKIN_PARTNERS(plus), DYNKIN_PARTNERS(minus), DYNKIN_PARTNERS(taken),
                                            DYNKIN_PARTNERS(times)};
    const int row = row_of(outer, reversed);
    return row < 0 || exponent < 2 || exponent > 3 ? nullptr : kernels[row][exponent - 2][static_cast<int>(partner)];
}

Kernel fill_kernel() {
    return fill;
}
Kernel copy_kernel() {
    return copy;
}

double evaluate(Op op, double a, double b, double c) {
    double out = 0.0;
    kernel_for(op)(&out, &a, &b, &c, 1);
    return out;
}

}  // namespace dynkin::expression
