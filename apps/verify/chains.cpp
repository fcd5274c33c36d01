#include "apps/verify/chains.hpp"

#include "apps/verify/case_functions.hpp"
#include "apps/verify/support/grids.hpp"
#include "models/double_well.hpp"
#include "models/killed_brownian.hpp"
#include "models/maier_stein.hpp"
#include "models/ring.hpp"
#include "solvers/rates/propagate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dynkin::verify {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// A law with weight everywhere and a function without symmetry.
std::vector<double> uneven_law(std::size_t n) {
    std::vector<double> p(n);
    for (std::size_t i = 0; i < n; ++i) p[i] = 1.0 + std::sin(0.7 * static_cast<double>(i)) * 0.8;
    const double total = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& v : p) v /= total;
    return p;
}
std::vector<double> uneven_function(std::size_t n) {
    std::vector<double> u(n);
    for (std::size_t i = 0; i < n; ++i) u[i] = std::cos(0.3 * static_cast<double>(i) + 0.4);
    return u;
}

}  // namespace

void add_chain_rows(VerifyReport& report, const std::string& label, const RateMatrix& Q,
                    const std::vector<double>& loss, double t) {
    const auto n = static_cast<std::size_t>(Q.size());
    const double rate = Q.largest_exit_rate();
    std::vector<double> one(n, 1.0), out(n), unit(n, 0.0);
    Q.apply(one.data(), out.data());
    double worst_sum = 0.0, most_negative = 0.0;
    for (std::size_t i = 0; i < n; ++i) worst_sum = std::max(worst_sum, std::abs(out[i] + loss[i]) / rate);
    // Column i of Q^T: what one unit in state i sends elsewhere.
    for (std::size_t i = 0; i < n; ++i) {
        unit[i] = 1.0;
        Q.apply_adjoint(unit.data(), out.data());
        unit[i] = 0.0;
        out[i] = 0.0;
        most_negative = std::max(most_negative, -*std::min_element(out.begin(), out.end()));
    }
    const std::vector<double> p = uneven_law(n), u = uneven_function(n);
    std::vector<double> Qtp(n), Qu(n);
    Q.apply_adjoint(p.data(), Qtp.data());
    Q.apply(u.data(), Qu.data());
    report.rows.push_back(judged(label + ": |column sums of Q^T + loss| / exit rate", 0.0, worst_sum, 1e-14));
    report.rows.push_back(judged(label + ": most negative off-diagonal", 0.0, most_negative, 0.0));
    report.rows.push_back(
        judged(label + ": (<Q^T p, u> - <p, Q u>) / exit rate", 0.0, (dot(Qtp, u) - dot(p, Qu)) / rate, 1e-14));
    // The tolerance of the exponentials is 1e-12 each.
    for (const PropagationMethod method : {PropagationMethod::uniformisation, PropagationMethod::krylov}) {
        const std::string by = method == PropagationMethod::krylov ? ", Krylov" : ", uniformisation";
        const auto law = propagate_law(Q, p, t, method);
        const auto parts = propagate_law(Q, propagate_law(Q, p, t / 3.0, method), 2.0 * t / 3.0, method);
        report.rows.push_back(judged(label + ": semigroup, L1" + by, 0.0, l1_distance(law, parts), 1e-11));
        report.rows.push_back(judged(label + ": <p_t, u> - <p, u_t>" + by, 0.0,
                                     dot(law, u) - dot(p, propagate_function(Q, u, t, method)), 1e-11));
    }
}

VerifyReport case_s6(const VerifyOptions&) {
    VerifyReport report;
    const auto add = [&](const std::string& label, const GridProblem& problem) {
        const SparseRateMatrix Q = FokkerPlanck(problem).rate_matrix();
        add_chain_rows(report, label, Q, Q.loss(), 0.5);
    };
    add("double well", box_problem(make_process(models::DoubleWell{.D = 0.2}), -3.0, 3.0, 90));
    add("ring", box_problem(make_process(models::Ring{.eps = 0.5, .calculus = Calculus::stratonovich}), 0.0, 1.0, 40,
                            Boundary::periodic));
    add("killed, absorbing walls",
        box_problem(make_process(models::KilledBrownian{}), -2.0, 2.0, 60, Boundary::absorbing));
    add("Maier-Stein, not a gradient",
        box_problem(make_process(models::MaierStein{.alpha = 4.0, .mu = 1.0, .D = 0.1}), -1.8, 1.8, 20));
    return report;
}

}  // namespace dynkin::verify
