#include "apps/verify/support/grids.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::verify {

void add_convergence(VerifyReport& report, const std::string& quantity, double expected, const OnCells& value,
                     const std::vector<int>& n_cells, double precision, double order) {
    std::vector<double> h, values, error;
    for (const int n : n_cells) {
        h.push_back(1.0 / n);
        values.push_back(value(n));
        error.push_back(std::abs(values.back() - expected));
    }
    report.rows.push_back(judged_order(quantity + ": order in the cell width", order, fit_order(h, error)));
    const auto extrapolated = [&](std::size_t last) {
        const double r = std::pow(h[last - 1] / h[last], order);
        return (r * values[last] - values[last - 1]) / (r - 1.0);
    };
    const std::size_t last = n_cells.size() - 1;
    const double allowed = std::abs(extrapolated(last) - extrapolated(last - 1)) + precision;
    report.rows.push_back(judged(quantity + ": extrapolated", expected, extrapolated(last), allowed));
}

GridProblem box_problem(std::shared_ptr<const Process> process, double lower, double upper, int n, Boundary side) {
    const auto dim = static_cast<std::size_t>(process->dim());
    GridProblem problem;
    problem.process = std::move(process);
    problem.mesh.faces.assign(dim, uniform_faces(lower, upper, n));
    problem.domain.assign(dim, AxisDomain{.at_lower = side, .at_upper = side});
    return problem;
}

double at_face(const std::vector<double>& values, const Mesh& mesh, double x) {
    const std::vector<double>& faces = mesh.faces[0];
    const auto nearest = std::min_element(faces.begin(), faces.end(),
                                          [x](double a, double b) { return std::abs(a - x) < std::abs(b - x); });
    const auto i = static_cast<std::size_t>(nearest - faces.begin());
    return 0.5 * (values[i - 1] + values[i]);
}

double l1_distance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum;
}

std::vector<double> masses_of(const Mesh& mesh, const std::function<double(double)>& cumulative) {
    std::vector<double> masses;
    for (std::size_t i = 0; i + 1 < mesh.faces[0].size(); ++i)
        masses.push_back(cumulative(mesh.faces[0][i + 1]) - cumulative(mesh.faces[0][i]));
    return masses;
}

}  // namespace dynkin::verify
