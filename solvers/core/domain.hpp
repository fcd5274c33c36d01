#pragma once
// The box a process lives in, and what happens at its sides.
#include <limits>
#include <string>
#include <vector>

namespace dynkin {

/// open: no wall (the whole line, or a side the process never reaches).
enum class Boundary { open, reflecting, absorbing, periodic };

struct AxisDomain {
    double lower = -std::numeric_limits<double>::infinity();
    double upper = std::numeric_limits<double>::infinity();
    Boundary at_lower = Boundary::open;
    Boundary at_upper = Boundary::open;

    bool has_wall() const { return at_lower != Boundary::open || at_upper != Boundary::open; }
};

/// One entry per component of the state. An axis is periodic on both sides or on none.
using Domain = std::vector<AxisDomain>;

}  // namespace dynkin
