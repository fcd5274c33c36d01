#include "solvers/grid/grid_field.hpp"

#include "solvers/core/dispatch.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace dynkin {

namespace {

constexpr int W = batch_width;

Index padded(Index n, Index avoid) {
    const Index rounded = (n + W - 1) / W * W;
    return rounded % avoid == 0 ? rounded + W : rounded;
}

// Eight partial sums in a fixed order: vectorises, and gives the same bits at every vector level.
DYNKIN_CLONES double row_sum(const double* __restrict x, Index n) {
    double partial[8] = {};
    Index i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; ++l) partial[l] += x[i + l];
    for (; i < n; ++i) partial[i % 8] += x[i];
    return ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
           ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

DYNKIN_CLONES double row_l1(const double* __restrict a, const double* __restrict b, Index n) {
    double partial[8] = {};
    Index i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; ++l) partial[l] += std::abs(a[i + l] - b[i + l]);
    for (; i < n; ++i) partial[i % 8] += std::abs(a[i] - b[i]);
    return ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
           ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

// Smallest entry. x - x is NaN for infinities and NaN, and poisons the result.
DYNKIN_CLONES double row_min(const double* __restrict x, Index n) {
    double smallest[8], poison[8] = {};
    for (int l = 0; l < 8; ++l) smallest[l] = x[0];
    Index i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; ++l) {
            smallest[l] = x[i + l] < smallest[l] ? x[i + l] : smallest[l];
            poison[l] += x[i + l] - x[i + l];
        }
    for (; i < n; ++i) {
        smallest[0] = x[i] < smallest[0] ? x[i] : smallest[0];
        poison[0] += x[i] - x[i];
    }
    for (int l = 1; l < 8; ++l) {
        smallest[0] = smallest[l] < smallest[0] ? smallest[l] : smallest[0];
        poison[0] += poison[l];
    }
    return smallest[0] + poison[0];
}

// (W rows, n) -> (n, W) in tiles of eight columns, which stay in L1 on both sides.
DYNKIN_CLONES void rows_to_lines(const double* const* rows, int n, double* __restrict lines) {
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < W; ++l)
            for (int c = 0; c < 8; ++c) lines[Index{i + c} * W + l] = rows[l][i + c];
    for (; i < n; ++i)
        for (int l = 0; l < W; ++l) lines[Index{i} * W + l] = rows[l][i];
}

DYNKIN_CLONES void lines_to_rows(const double* __restrict lines, int n, int n_rows, double* const* rows) {
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < n_rows; ++l)
            for (int c = 0; c < 8; ++c) rows[l][i + c] = lines[Index{i + c} * W + l];
    for (; i < n; ++i)
        for (int l = 0; l < n_rows; ++l) rows[l][i] = lines[Index{i} * W + l];
}

}  // namespace

GridField::GridField(std::span<const int> n_cells) : dim_(static_cast<int>(n_cells.size())) {
    if (dim_ < 1 || dim_ > 3) throw ConfigError("GridField: a grid has 1, 2 or 3 axes, not " + std::to_string(dim_));
    n_ = {1, 1, 1};
    for (std::size_t a = 0; a < n_cells.size(); ++a) {
        if (n_cells[a] < 1) throw ConfigError("GridField: axis " + std::to_string(a) + " has no cells");
        n_[a] = n_cells[a];
    }
    row_stride_ = padded(n_[0], 128);
    plane_stride_ = padded(Index{n_[1]} * row_stride_, 256);
    storage_.assign(static_cast<std::size_t>(plane_stride_ * n_[2]), 0.0);
}

void GridField::load(const double* dense) {
    for (int k = 0; k < n_[2]; ++k)
        for (int j = 0; j < n_[1]; ++j) std::copy_n(dense + (Index{k} * n_[1] + j) * n_[0], n_[0], row(j, k));
}

void GridField::store(double* dense) const {
    for (int k = 0; k < n_[2]; ++k)
        for (int j = 0; j < n_[1]; ++j) std::copy_n(row(j, k), n_[0], dense + (Index{k} * n_[1] + j) * n_[0]);
}

double GridField::sum() const {
    double total = 0.0;
    for (int k = 0; k < n_[2]; ++k)
        for (int j = 0; j < n_[1]; ++j) total += row_sum(row(j, k), n_[0]);
    return total;
}

double GridField::smallest() const {
    double smallest = std::numeric_limits<double>::infinity();
    for (int k = 0; k < n_[2]; ++k)
        for (int j = 0; j < n_[1]; ++j) {
            const double m = row_min(row(j, k), n_[0]);
            if (!std::isfinite(m)) return std::numeric_limits<double>::quiet_NaN();
            smallest = std::min(smallest, m);
        }
    return smallest;
}

double l1_distance(const GridField& a, const GridField& b) {
    double total = 0.0;
    for (int k = 0; k < a.n_cells(2); ++k)
        for (int j = 0; j < a.n_cells(1); ++j) total += row_l1(a.row(j, k), b.row(j, k), a.n_cells(0));
    return total;
}

LineBatches::LineBatches(const GridField& field, int axis)
    : axis_(axis), n_(field.n_cells(axis)), n_x_(field.n_cells(0)), n_y_(field.n_cells(1)) {
    n_lines_ = field.n_total() / n_;
    if (axis == 0) {
        n_batches_ = (n_lines_ + W - 1) / W;
    } else {
        n_chunks_ = (n_x_ + W - 1) / W;
        n_batches_ = Index{n_chunks_} * (axis == 1 ? field.n_cells(2) : n_y_);
    }
}

int LineBatches::n_lanes(Index b) const {
    if (axis_ == 0) return static_cast<int>(std::min<Index>(W, n_lines_ - b * W));
    return std::min(W, n_x_ - static_cast<int>(b % n_chunks_) * W);
}

std::array<int, 3> LineBatches::first_cell(Index b, int lane) const {
    if (axis_ == 0) {
        const Index line = b * W + lane;
        return {0, static_cast<int>(line % n_y_), static_cast<int>(line / n_y_)};
    }
    const int x = static_cast<int>(b % n_chunks_) * W + lane, outer = static_cast<int>(b / n_chunks_);
    return axis_ == 1 ? std::array<int, 3>{x, 0, outer} : std::array<int, 3>{x, outer, 0};
}

void LineBatches::gather(const GridField& field, Index b, double* lines) const {
    if (axis_ == 0) {
        const double* rows[W];
        const int lanes = n_lanes(b);
        for (int l = 0; l < W; ++l) {
            const auto cell = first_cell(b, std::min(l, lanes - 1));
            rows[l] = field.row(cell[1], cell[2]);
        }
        rows_to_lines(rows, n_, lines);
        for (int l = lanes; l < W; ++l)
            for (int i = 0; i < n_; ++i) lines[Index{i} * W + l] = 0.0;
        return;
    }
    const auto [source, stride] = rows_of(field, b);
    for (int i = 0; i < n_; ++i) std::copy_n(source + i * stride, W, lines + Index{i} * W);
}

LineBatches::RowsInPlace LineBatches::rows_of(const GridField& field, Index b) const {
    if (axis_ == 0) return {};
    const auto cell = first_cell(b, 0);
    return {field.row(cell[1], cell[2]) + cell[0], field.stride(axis_)};
}

void LineBatches::scatter(const double* lines, Index b, GridField& field) const {
    const int lanes = n_lanes(b);
    if (axis_ == 0) {
        double* rows[W];
        for (int l = 0; l < lanes; ++l) {
            const auto cell = first_cell(b, l);
            rows[l] = field.row(cell[1], cell[2]);
        }
        lines_to_rows(lines, n_, lanes, rows);
        return;
    }
    const auto cell = first_cell(b, 0);
    double* target = field.row(cell[1], cell[2]) + cell[0];
    const Index stride = field.stride(axis_);
    for (int i = 0; i < n_; ++i) std::copy_n(lines + Index{i} * W, lanes, target + i * stride);
}

}  // namespace dynkin
