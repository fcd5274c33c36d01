#pragma once
// Families of test functions. All are evaluated on blocks of points; the smooth ones carry gradient and Hessian.
#include "solvers/core/domain.hpp"
#include "solvers/core/test_function.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dynkin {

using TestFunctionPtr = std::shared_ptr<const TestFunction>;
/// Names of the components used in the names of functions; empty: default_variables(dim).
using VariableNames = std::vector<std::string>;

/// prod_j x_j^degree_j. degree (dim), each >= 0; all zero gives the constant "1" (total mass).
/// Throws ConfigError on an empty or negative degree, as do the others on sizes that differ and scales <= 0.
TestFunctionPtr monomial(std::vector<int> degree, const VariableNames& variables = {});

/// prod_j He_{degree_j}((x_j - centre_j) / scale_j), the probabilists' Hermite polynomials.
TestFunctionPtr hermite(std::vector<int> degree, std::vector<double> centre, std::vector<double> scale,
                        const VariableNames& variables = {});

/// exp(-sum_j (x_j - centre_j)^2 / (2 width_j^2)); an infinite width leaves that component out.
TestFunctionPtr gaussian_bump(std::vector<double> centre, std::vector<double> width, const VariableNames& variables = {});

enum class FourierPhase { cosine, sine };
/// cos or sin of 2 pi sum_j mode_j (x_j - lower_j) / period_j. Periods of components with mode 0 are not read.
TestFunctionPtr fourier(std::vector<int> mode, std::vector<double> lower, std::vector<double> period, FourierPhase phase,
                        const VariableNames& variables = {});

enum class Side { below, above };
/// 1[x_axis < threshold] or 1[x_axis >= threshold]. Not smooth; cell means are exact fractions.
TestFunctionPtr half_line_indicator(int dim, int axis, double threshold, Side side, const VariableNames& variables = {});

/// 1[lower <= x < upper] for every component; infinite ends leave that side open. Not smooth; exact cell means.
TestFunctionPtr box_indicator(std::vector<double> lower, std::vector<double> upper, const VariableNames& variables = {});

/// The degree of a function made by `monomial`, nothing for any other.
std::optional<std::vector<int>> monomial_degree(const TestFunction& phi);

/// Does phi take the same values, slopes included, on both ends of every periodic axis? Checked to 1e-6 at 16 points of
/// each end; true of functions that are not smooth.
bool respects_periodicity(const TestFunction& phi, const Domain& domain);

/// Does the total mass change (killing, sources)? Absorbing walls are seen in the domain itself.
enum class Mass { conserved, changing };

/// A family for a box whose sides say what happens there. Open or walled axes: all monomials of degree 1 and 2 (x_i and
/// x_i^2 alone beyond dimension 7), Gaussian bumps over the finite axes up to dimension 3, in one dimension two
/// indicators of half-lines as well. Periodic axes: the first two Fourier modes instead. "1" when mass can be lost.
TestFunctions default_test_functions(const Domain& box, const VariableNames& variables = {},
                                     Mass mass = Mass::conserved);

}  // namespace dynkin
