#pragma once
// Tensor meshes of one to three axes, uniform or graded.
#include "solvers/core/points.hpp"

#include <vector>

namespace dynkin {

/// Cells are products of intervals; cell (i, j, k) is number i + n_x (j + n_y k).
struct Mesh {
    std::vector<std::vector<double>> faces;  ///< per axis, increasing, one more than there are cells

    int dim() const { return static_cast<int>(faces.size()); }
    int n_cells(int axis) const { return static_cast<int>(faces[static_cast<std::size_t>(axis)].size()) - 1; }
    std::vector<int> n_cells() const;
    Index n_total() const;
    double lower(int axis) const { return faces[static_cast<std::size_t>(axis)].front(); }
    double upper(int axis) const { return faces[static_cast<std::size_t>(axis)].back(); }
    std::vector<double> centres(int axis) const;
    std::vector<double> widths(int axis) const;
};

/// Throws ConfigError unless there are 1 to 3 axes of at least 3 cells with finite, increasing faces.
void check(const Mesh& mesh);

/// n equal cells. Throws ConfigError unless lower < upper are finite and n >= 3, as does graded_faces.
std::vector<double> uniform_faces(double lower, double upper, int n);

/// n cells, the smallest at `centre` (in [lower, upper]), `ratio` >= 1 = largest / smallest width in the limit of many
/// cells: x(s) = centre + alpha sinh(s) at equidistant s, a smooth map, so second-order schemes stay so.
std::vector<double> graded_faces(double lower, double upper, int n, double centre, double ratio);

/// Every second face of each axis; an odd last cell stays as it is.
Mesh coarsened(const Mesh& mesh);

}  // namespace dynkin
