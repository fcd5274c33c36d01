#pragma once
#include "solvers/core/points.hpp"

#include <string>

namespace dynkin {

/// A region of the state space, { x : level(x) >= 0 }, for first passages. The level should cross zero with a
/// non-zero slope, so that the wall can be placed between two cell centres and a crossing inside a step can be judged.
class LevelSet {
public:
    virtual ~LevelSet() = default;
    virtual int dim() const = 0;
    /// As the user wrote it: "x >= 0".
    virtual std::string name() const = 0;
    /// level at the points, in out[0..n).
    virtual void level(Points x, double* out) const = 0;
    /// d level / d x_j in row j. (dim)
    virtual void gradient(Points x, Rows out) const = 0;
};

}  // namespace dynkin
