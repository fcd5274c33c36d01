#pragma once
// A family of test functions evaluated at once: what its members share is worked out once a point.
#include "solvers/core/axis_kernels.hpp"
#include "solvers/core/test_function.hpp"

#include <vector>

namespace dynkin {

/// Built once from a family. Powers and Hermite polynomials of one coordinate climb one recurrence, factors that
/// several products share are taken once, and every loop runs at the machine's vector level. Functions of other kinds
/// are asked one by one. Values are the same bits as those of TestFunction::value, on every vector level.
class FusedTestFunctions {
public:
    /// The functions must have the same dimension.
    explicit FusedTestFunctions(TestFunctions functions);

    int size() const { return static_cast<int>(functions_.size()); }

    /// phi_k at the points in row k of out, n values each.
    void values(Points x, Rows out) const;
    /// sum over the points of phi_k(x), in out[0..size()). By blocks of 4096 points in order, so it depends on nothing
    /// but the points. Up to degree 16 of one coordinate nothing is written but the sums.
    void sums(Points x, double* out) const;

private:
    /// Where the values of a factor live: in the row of the function that is this factor alone, or in a spare row.
    struct Place {
        bool spare = false;
        int row = -1;
    };
    struct Ladder {
        int axis = 0;
        axis::LadderShape shape;
        std::vector<Place> places;  // of degrees 1, 2, ...; row -1 where nobody asks
    };
    struct Single {
        int axis = 0;
        AxisFactor factor;
        Place place;
    };
    struct Product {
        int function = 0;
        std::vector<Place> factors;  // more than one, or a copy
    };

    void plan(int function);
    Place place_of(int axis, const AxisFactor& factor, int function_alone);
    void block(Points x, Rows out, double* spare) const;
    void evaluate(const Single& single, Points x, double* out) const;
    bool one_ladder() const;

    TestFunctions functions_;
    std::vector<Ladder> ladders_;
    std::vector<Single> singles_;
    std::vector<Product> products_;
    std::vector<int> ones_, others_;  // constants; functions of other kinds
    int n_spare_ = 0;
};

}  // namespace dynkin
