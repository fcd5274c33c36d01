#pragma once
// Forward derivatives: a Dual carries a value and its derivative along one direction.
// A model whose drift and sigma are templates over the scalar gets its derivatives from here.
#include <cmath>

namespace dynkin {

// Models call sqrt(x), max(x, 0.0), ... unqualified; these serve double, the overloads below serve Dual.
using std::abs;
using std::atan;
using std::atan2;
using std::cos;
using std::cosh;
using std::erf;
using std::exp;
using std::log;
using std::pow;
using std::sin;
using std::sinh;
using std::sqrt;
using std::tan;
using std::tanh;
inline double max(double a, double b) { return a < b ? b : a; }
inline double min(double a, double b) { return b < a ? b : a; }

/// a + eps * d with eps^2 = 0; d is the derivative along the seeded direction.
struct Dual {
    double a = 0.0, d = 0.0;

    constexpr Dual() = default;
    constexpr Dual(double value) : a(value) {}  // NOLINT: constants enter formulas as they stand
    constexpr Dual(double value, double derivative) : a(value), d(derivative) {}

    constexpr Dual& operator+=(Dual y) { return *this = *this + y; }
    constexpr Dual& operator-=(Dual y) { return *this = *this - y; }
    constexpr Dual& operator*=(Dual y) { return *this = *this * y; }
    constexpr Dual& operator/=(Dual y) { return *this = *this / y; }

    friend constexpr Dual operator-(Dual x) { return {-x.a, -x.d}; }
    friend constexpr Dual operator+(Dual x, Dual y) { return {x.a + y.a, x.d + y.d}; }
    friend constexpr Dual operator-(Dual x, Dual y) { return {x.a - y.a, x.d - y.d}; }
    friend constexpr Dual operator*(Dual x, Dual y) { return {x.a * y.a, x.d * y.a + x.a * y.d}; }
    friend constexpr Dual operator/(Dual x, Dual y) { return {x.a / y.a, (x.d - x.a / y.a * y.d) / y.a}; }
    friend constexpr bool operator<(Dual x, Dual y) { return x.a < y.a; }
    friend constexpr bool operator>(Dual x, Dual y) { return x.a > y.a; }
    friend constexpr bool operator<=(Dual x, Dual y) { return x.a <= y.a; }
    friend constexpr bool operator>=(Dual x, Dual y) { return x.a >= y.a; }
};

inline Dual abs(Dual x) { return x.a < 0.0 ? -x : x; }
inline Dual sqrt(Dual x) {
    const double r = std::sqrt(x.a);
    // At the edge of the domain sqrt has no derivative; one-sided models (CIR, Wright-Fisher) never use it there.
    return {r, r > 0.0 ? 0.5 * x.d / r : 0.0};
}
inline Dual exp(Dual x) {
    const double e = std::exp(x.a);
    return {e, e * x.d};
}
inline Dual log(Dual x) { return {std::log(x.a), x.d / x.a}; }
inline Dual sin(Dual x) { return {std::sin(x.a), std::cos(x.a) * x.d}; }
inline Dual cos(Dual x) { return {std::cos(x.a), -std::sin(x.a) * x.d}; }
inline Dual tan(Dual x) {
    const double r = std::tan(x.a);
    return {r, (1.0 + r * r) * x.d};
}
inline Dual atan(Dual x) { return {std::atan(x.a), x.d / (1.0 + x.a * x.a)}; }
inline Dual atan2(Dual y, Dual x) {
    return {std::atan2(y.a, x.a), (x.a * y.d - y.a * x.d) / (x.a * x.a + y.a * y.a)};
}
inline Dual sinh(Dual x) { return {std::sinh(x.a), std::cosh(x.a) * x.d}; }
inline Dual cosh(Dual x) { return {std::cosh(x.a), std::sinh(x.a) * x.d}; }
inline Dual tanh(Dual x) {
    const double r = std::tanh(x.a);
    return {r, (1.0 - r * r) * x.d};
}
inline Dual erf(Dual x) { return {std::erf(x.a), 1.1283791670955126 * std::exp(-x.a * x.a) * x.d}; }
inline Dual pow(Dual x, double p) {
    return {std::pow(x.a, p), p == 0.0 ? 0.0 : p * std::pow(x.a, p - 1.0) * x.d};
}
inline Dual max(Dual x, Dual y) { return x.a < y.a ? y : x; }
inline Dual min(Dual x, Dual y) { return y.a < x.a ? y : x; }

}  // namespace dynkin
