#include "apps/verify/gyrator.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/ensembles.hpp"
#include "models/brownian_gyrator.hpp"
#include "solvers/check/exact_moments.hpp"

#include <cmath>

namespace dynkin::verify {

double entropy_production(const Process& process, const std::vector<double>& second_moments) {
    const int d = process.dim(), m = process.noise_dim();
    Block origin(d, 1), jacobian(d * d, 1), sigma(d * m, 1), a(d * d, 1);
    process.drift_jacobian(origin.points(), 0.0, jacobian.rows());
    process.sigma(origin.points(), 0.0, sigma.rows());
    diffusion_matrix(d, m, 1, sigma.rows(), a.rows());
    double rate = 0.0;
    for (int i = 0; i < d; ++i) {
        double square = 0.0;  // E b_i^2
        for (int j = 0; j < d; ++j)
            for (int k = 0; k < d; ++k)
                square += jacobian.row(i * d + j)[0] * jacobian.row(i * d + k)[0] *
                          second_moments[static_cast<std::size_t>(j * d + k)];
        rate += square / (0.5 * a.row(i * d + i)[0]) + jacobian.row(i * d + i)[0];
    }
    return rate;
}

void add_gyrator_rows(VerifyReport& report, const std::string& label, const Process& process) {
    // The slowest mode decays like e^{-t (1 - u)}: nothing of it is left at t = 60.
    const auto table = exact_moments(process, *point_law({0.0, 0.0}), 0.0, {60.0}, {-5.0, -5.0}, {5.0, 5.0}, 2);
    const auto moment = [&](int i, int j) { return table ? table->at(0, {i, j}).value_or(NAN) : NAN; };
    const double xx = moment(2, 0), xy = moment(1, 1), yy = moment(0, 2);
    report.rows.push_back(judged(label + ": <x1 x1>", 1.5, xx, 1e-9));
    report.rows.push_back(judged(label + ": <x1 x2>", 1.0, xy, 1e-9));
    report.rows.push_back(judged(label + ": <x2 x2>", 2.5, yy, 1e-9));
    report.rows.push_back(
        judged(label + ": entropy production", 0.0625, entropy_production(process, {xx, xy, xy, yy}), 1e-8));
}

VerifyReport case_d12(const VerifyOptions& options) {
    VerifyReport report;
    const auto process = make_process(models::BrownianGyrator{.u = 0.5, .T1 = 1.0, .T2 = 2.0});
    add_gyrator_rows(report, "closed moments", *process);
    EnsembleMeans what{.process = process, .scheme = "exact", .x0 = {0.0, 0.0}};
    what.T = 30.0;
    what.n_steps = 3;
    what.observables = {[](const double* x) { return x[0] * x[0]; }, [](const double* x) { return x[0] * x[1]; },
                        [](const double* x) { return x[1] * x[1]; },
                        [](const double* x) {
                            const double b1 = -x[0] + 0.5 * x[1], b2 = -x[1] + 0.5 * x[0];
                            return b1 * b1 / 1.0 + b2 * b2 / 2.0 - 2.0;
                        }};
    const char* names[] = {"<x1 x1>", "<x1 x2>", "<x2 x2>", "entropy production"};
    const double expected[] = {1.5, 1.0, 2.5, 0.0625};
    const auto means = ensemble_means(what, options);
    for (std::size_t k = 0; k < 4; ++k)
        report.rows.push_back(judged(std::string("particles: ") + names[k], expected[k], means[k]));
    return report;
}

}  // namespace dynkin::verify
