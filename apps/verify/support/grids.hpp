#pragma once
// Grid numbers judged by how they converge.
#include "apps/verify/support/rows.hpp"
#include "solvers/grid/density_solver.hpp"

#include <functional>
#include <vector>

namespace dynkin::verify {

/// A number computed on n cells (an axis).
using OnCells = std::function<double(int n)>;

/// Two rows: the order of |value - expected| over the meshes, four or more, each r times finer than the one before; and
/// the value extrapolated from the last two with the stated order against `expected`. Allowed for the latter: the
/// change from the extrapolation one mesh earlier, which is several times its error, + `precision` of the reference
/// itself.
void add_convergence(VerifyReport& report, const std::string& quantity, double expected, const OnCells& value,
                     const std::vector<int>& n_cells, double precision = 1e-9, double order = 2.0);

/// The problem of a process on n equal cells of [lower, upper] on every axis, the same kind of side everywhere.
GridProblem box_problem(std::shared_ptr<const Process> process, double lower, double upper, int n,
                        Boundary side = Boundary::open);

/// The mean of the two values beside a face at x: of second order when values are those at centres.
double at_face(const std::vector<double>& values, const Mesh& mesh, double x);

/// sum |a - b|.
double l1_distance(const std::vector<double>& a, const std::vector<double>& b);

/// Cell masses of a law on a 1-D mesh from its distribution function.
std::vector<double> masses_of(const Mesh& mesh, const std::function<double(double)>& cumulative);

}  // namespace dynkin::verify
