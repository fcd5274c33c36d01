#pragma once
// The right-hand side that the steppers see: the drift and what is carried along the path.
#include "solvers/ode/ode_propagator.hpp"

namespace dynkin {

/// y = (x, [log p], [log w]) with y' = (b, -div b, -c): rows of a block of any size, also of a single point.
/// Owns scratch: one per thread.
class Flow {
public:
    explicit Flow(const OdeProblem& problem);

    const Process& process() const { return process_; }
    int dim() const { return dim_; }
    int n_rows() const { return n_rows_; }
    int log_density_row() const { return log_density_row_; }  ///< -1 when it is not carried
    int log_weight_row() const { return log_weight_row_; }    ///< -1 when nothing is killed

    /// y' of y.n points (n_rows() rows each) at time t.
    void derivative(Points y, double t, Rows out);

    /// d y'_i / d y_j in jacobian[i * n_rows + j] and d y'_i / d t in time_derivative[i], at one point y (n_rows).
    /// Those of b are exact; those of div b and c are central differences (1e-10 relative), as a Process has no
    /// second derivatives.
    void jacobian(const double* y, double t, double* jacobian, double* time_derivative);

private:
    void carried(Points y, double t, Rows out);

    const Process& process_;
    int dim_, n_rows_, log_density_row_ = -1, log_weight_row_ = -1;
    Block drift_jacobian_, shifted_, differences_;
};

}  // namespace dynkin
