// A9: noise that does not commute. Levy (1951), Proc. 2nd Berkeley Symp., 171.
#include "models/levy_area.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/judges.hpp"
#include "apps/verify/support/coupled_levels.hpp"
#include "apps/verify/support/ensembles.hpp"

#include <cmath>

namespace dynkin::verify {
namespace {

constexpr double lambda = 2.0;

/// E[cos(lambda A_1) | W_1 = w].
double given_the_end(const double* x) {
    const double z = 0.5 * lambda, w2 = x[0] * x[0] + x[1] * x[1];
    return z / std::sinh(z) * std::exp(-0.5 * w2 * (z / std::tanh(z) - 1.0));
}

}  // namespace

VerifyReport judge_levy_area(const ProcessPtr& process, const VerifyOptions& options) {
    VerifyReport report;
    for (const char* scheme : {"euler_maruyama", "stochastic_heun"}) {
        EnsembleMeans what{.process = process, .scheme = scheme, .x0 = {0.0, 0.0, 0.0}};
        what.n_steps = 128;
        what.observables = {
            [](const double* x) { return std::cos(lambda * x[2]); }, [](const double* x) { return x[2] * x[2]; },
            [](const double* x) { return std::abs(x[2]) < 0.5 ? 1.0 : 0.0; },
            [](const double* x) { return std::cos(lambda * x[2]) - given_the_end(x); },
            [](const double* x) {
                return x[0] * x[0] + x[1] * x[1] < 1.0 ? std::cos(lambda * x[2]) - given_the_end(x) : 0.0;
            }};
        const auto means = ensemble_means(what, options);
        // The area of the polygon: its variance is short by t^2 / (4 n), a cosine by lambda^2 / 2 of that at most, and
        // P by half its second derivative, below 1, times that.
        const double missing = 1.0 / (4.0 * 128.0);
        const std::string by = std::string(", ") + scheme;
        report.rows.push_back(
            judged("E cos(2 A_1)" + by, 1.0 / std::cosh(0.5 * lambda), means[0], 0.5 * lambda * lambda * missing));
        report.rows.push_back(judged("Var A_1" + by, 0.25, means[1], missing));
        report.rows.push_back(judged("P(|A_1| < 1/2)" + by, 0.739036227146, means[2], missing));
        report.rows.push_back(
            judged("E [cos(2 A_1) - its mean given W_1]" + by, 0.0, means[3], 0.5 * lambda * lambda * missing));
        report.rows.push_back(judged("the same where |W_1| < 1" + by, 0.0, means[4], 0.5 * lambda * lambda * missing));

        LevelStudy study{.process = process, .stepper = stepper_of(process, scheme), .x0 = {0.0, 0.0, 0.0}};
        study.first = 3;
        study.last = 7;
        study.reference = study.stepper;
        study.reference_level = 12;
        study.error = [](const double* x, const double* y) { return std::abs(x[2] - y[2]); };
        study.paths_per_batch = 128;
        report.rows.push_back(
            judged_order(std::string("strong order of ") + scheme, 0.5, measure(study, options).fit()));
    }
    report.notes.push_back("strong orders against the same scheme with steps 32 times shorter than the shortest");
    return report;
}

VerifyReport case_a9(const VerifyOptions& options) {
    return judge_levy_area(make_process(models::LevyArea{}), options);
}

}  // namespace dynkin::verify
