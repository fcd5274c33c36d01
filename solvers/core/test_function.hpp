#pragma once
// Observables phi: R^dim -> R. Verdicts compare E phi between views and need L phi, hence two derivatives.
#include "solvers/core/points.hpp"
#include "solvers/core/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dynkin {

/// A function of one coordinate, as a factor of a test function.
struct AxisFactor {
    /// one; x^degree; He_degree((x - centre) / scale); exp(-((x - centre) / scale)^2 / 2); cos or sin of scale (x - centre).
    enum class Kind { one, power, hermite, bump, cosine, sine };
    Kind kind = Kind::one;
    int degree = 0;
    double centre = 0.0, scale = 1.0;

    bool operator==(const AxisFactor&) const = default;
};

/// One test function, evaluated on a block of points.
class TestFunction {
public:
    virtual ~TestFunction() = default;

    /// Unique within a family; stored as the label of the axis `test_function`. E.g. "x^2", "x*y", "1[x >= 0]".
    const std::string& name() const { return name_; }
    int dim() const { return dim_; }
    /// False for indicators and the like: no gradient, so only pairing checks use them.
    bool smooth() const { return smooth_; }

    /// phi at the points, in out[0..n).
    virtual void value(Points x, double* out) const = 0;

    /// phi in value[0..n), d phi / d x_j in row j of gradient (dim), d2 phi / d x_i d x_j in row i * dim + j of
    /// hessian (dim * dim, both triangles). Only if smooth().
    virtual void derivatives(Points x, double* value, Rows gradient, Rows hessian) const = 0;

    /// Mean of phi over the box [lower, upper] (dim each). Default: tensor Gauss-Legendre, 3 points an axis
    /// (exact to degree 5); indicators give the exact fraction.
    virtual double cell_mean(const double* lower, const double* upper) const;

    /// The factors (dim) of a function that is a product of functions of single coordinates, for whoever evaluates a
    /// whole family (FusedTestFunctions); empty for any other. The product in order must give the bits of `value`.
    virtual std::vector<AxisFactor> axis_factors() const { return {}; }

protected:
    TestFunction(std::string name, int dim, bool smooth) : name_(std::move(name)), dim_(dim), smooth_(smooth) {}

private:
    std::string name_;
    int dim_;
    bool smooth_;
};

using TestFunctions = std::vector<std::shared_ptr<const TestFunction>>;

/// L phi = b . grad phi + 1/2 a : hess phi at the points, in out[0..n), with the Ito drift b and a = sigma sigma^T.
/// No killing term: the adjoint pair with killing rate c is L phi - c phi.
void apply_generator(const Process& process, const TestFunction& phi, Points x, double t, double* out);

/// The same from values already at hand. ito_drift (dim rows), diffusion (dim * dim rows), gradient, hessian as above.
void apply_generator(int dim, Index n, Rows ito_drift, Rows diffusion, Rows gradient, Rows hessian, double* out);

}  // namespace dynkin
