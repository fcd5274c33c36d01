#pragma once
#include "solvers/core/level_set.hpp"

#include <algorithm>

namespace dynkin::verify {

/// { x : x_axis >= at }.
class AxisLevel final : public LevelSet {
public:
    AxisLevel(int dim, int axis, double at) : dim_(dim), axis_(axis), at_(at) {}
    int dim() const override { return dim_; }
    std::string name() const override { return "x" + std::to_string(axis_) + " >= " + std::to_string(at_); }
    void level(Points x, double* out) const override {
        for (Index q = 0; q < x.n; ++q) out[q] = x.component(axis_)[q] - at_;
    }
    void gradient(Points x, Rows out) const override {
        for (int j = 0; j < dim_; ++j) std::fill_n(out.row(j), x.n, j == axis_ ? 1.0 : 0.0);
    }

private:
    int dim_, axis_;
    double at_;
};

}  // namespace dynkin::verify
