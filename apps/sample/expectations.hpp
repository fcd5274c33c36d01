#pragma once
// E phi under laws that are known exactly: what generated samples are held against.
#include "solvers/core/test_function.hpp"
#include "solvers/grid/mesh.hpp"
#include "solvers/sampling/gaussian_mixture.hpp"

#include <functional>
#include <vector>

namespace dynkin {

/// (K) each. NaN where nothing is known: a function that is no product of functions of one coordinate, in more than two
/// dimensions. bound: of the quadrature, 0 for closed forms.
struct Expectations {
    std::vector<double> value, bound;
};

/// Monomials, Hermite functions, bumps and Fourier modes in closed form in any dimension; others by cell means over a
/// fine grid in one and two dimensions, with the change from a grid of half the cells as bound. Of components with axes
/// of their own only monomials are closed.
Expectations mixture_expectations(const GaussianMixture& mixture, const TestFunctions& functions);

/// Under masses (n_cells, x fastest) on a mesh.
std::vector<double> grid_expectations(const Mesh& mesh, const std::vector<double>& masses,
                                      const TestFunctions& functions);

/// Under the density proportional to exp(log_density) on a box of one or two dimensions, by midpoints. NaN in more.
Expectations density_expectations(const std::function<void(Points, double*)>& log_density,
                                  const std::vector<double>& lower, const std::vector<double>& upper,
                                  const TestFunctions& functions);

}  // namespace dynkin
