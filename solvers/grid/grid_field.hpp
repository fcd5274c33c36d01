#pragma once
// Storage of cell masses during time stepping, and its view as batches of lines along an axis.
#include "solvers/core/points.hpp"
#include "solvers/grid/tridiagonal.hpp"

#include <array>
#include <span>
#include <vector>

namespace dynkin {

/// One number per cell of a tensor grid of dimension 1 to 3, x fastest. Rows are padded to whole batches, and rows
/// and planes never lie a multiple of 1 KB (2 KB) apart: equal positions would share a cache set. Padding stays zero.
class GridField {
public:
    GridField() = default;
    /// n_cells: 1 to 3 entries, each >= 1.
    explicit GridField(std::span<const int> n_cells);

    int dim() const { return dim_; }
    /// Cells along axis a in 0..2; 1 beyond dim().
    int n_cells(int a) const { return n_[static_cast<std::size_t>(a)]; }
    Index n_total() const { return Index{n_[0]} * n_[1] * n_[2]; }
    Index row_stride() const { return row_stride_; }
    Index plane_stride() const { return plane_stride_; }
    /// Distance in memory of neighbours along axis a.
    Index stride(int a) const { return a == 0 ? 1 : a == 1 ? row_stride_ : plane_stride_; }

    double* row(int j, int k) { return storage_.data() + k * plane_stride_ + j * row_stride_; }
    const double* row(int j, int k) const { return storage_.data() + k * plane_stride_ + j * row_stride_; }
    std::vector<double>& storage() { return storage_; }
    const std::vector<double>& storage() const { return storage_; }

    /// Copies from / to a dense array, x fastest, (n_total).
    void load(const double* dense);
    void store(double* dense) const;

    /// Sum over the cells: of each row in order, then over the rows; the same for any number of threads.
    double sum() const;
    /// Smallest cell value; NaN when a cell is not finite.
    double smallest() const;

private:
    int dim_ = 0;
    std::array<int, 3> n_{0, 0, 0};
    Index row_stride_ = 0, plane_stride_ = 0;
    std::vector<double> storage_;
};

/// sum |a - b| over the cells of two fields of one shape.
double l1_distance(const GridField& a, const GridField& b);

/// The lines of a field along one axis in batches of batch_width. Along x a batch is a set of rows, transposed on the
/// way; along y and z it is a piece of consecutive x. Lanes beyond the last line read as zero and are not written.
class LineBatches {
public:
    LineBatches() = default;
    LineBatches(const GridField& field, int axis);

    int axis() const { return axis_; }
    /// Cells of a line, lines of the field.
    int n() const { return n_; }
    Index n_lines() const { return n_lines_; }
    Index n_batches() const { return n_batches_; }
    /// Lines of batch b that exist: batch_width, fewer in a last one.
    int n_lanes(Index b) const;
    /// Cell (x, y, z) at which line `lane` of batch b starts.
    std::array<int, 3> first_cell(Index b, int lane) const;

    /// Where batch b lies as it is, row i at first + i * stride; first is null along x.
    struct RowsInPlace {
        const double* first = nullptr;
        Index stride = 0;
    };
    RowsInPlace rows_of(const GridField& field, Index b) const;

    /// lines (n, batch_width).
    void gather(const GridField& field, Index b, double* lines) const;
    void scatter(const double* lines, Index b, GridField& field) const;

private:
    int axis_ = 0, n_ = 0, n_x_ = 0, n_y_ = 0, n_chunks_ = 0;
    Index n_lines_ = 0, n_batches_ = 0;
};

}  // namespace dynkin
