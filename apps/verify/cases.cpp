#include "apps/verify/cases.hpp"

#include "apps/verify/case_functions.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <chrono>

namespace dynkin {

bool VerifyReport::pass() const {
    return !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const VerifyRow& row) { return row.pass; });
}

const std::vector<VerifyCase>& verify_cases() {
    using namespace verify;
    static const std::vector<VerifyCase> cases = {
        {"A1", "Geometric Brownian motion, Ito and Stratonovich: strong orders", case_a1},
        {"A3", "Hyperbolic tangent of Brownian motion (KP 4.46): strong orders, mean", case_a3},
        {"A5", "Arc tangent of Brownian motion (KP 4.27): strong orders, mean", case_a5},
        {"A6", "Time-dependent additive noise: strong orders, moments", case_a6},
        {"A8", "Two commuting noises (KP 4.59): strong orders, mean", case_a8},
        {"A9", "Levy's area: noise that does not commute", case_a9},
        {"B1", "Hyperbolic sine of Brownian motion: weak orders, mean of a cubic", case_b1},
        {"B7", "Killed Brownian motion (Cameron-Martin)", case_b7},
        {"B8", "Black-Scholes call; variances of multilevel Monte Carlo", case_b8},
        {"B9", "CIR with Feller's condition violated: moments and probabilities", case_b9},
        {"B10", "Bond under a CIR short rate", case_b10},
        {"B12", "Three-dimensional Bessel process: E 1/R", case_b12},
        {"C1", "Ornstein-Uhlenbeck: normal law, spectrum", case_c1},
        {"C2", "Benes process: bimodal transition density", case_c2},
        {"C3", "Rotating Ornstein-Uhlenbeck: stationary covariance and current", case_c3},
        {"C5", "Reflected Brownian motion on [0, 1]", case_c5},
        {"C6", "Absorbed Brownian motion on (0, 1): survival, decay rate", case_c6},
        {"C7", "Varying diffusivity on a ring: which calculus?", case_c7},
        {"C9", "Flows that return: solid-body rotation, reversing swirl", case_c9},
        {"C10", "Log-normal law of geometric Brownian motion; Wright-Fisher", case_c10},
        {"D1", "Double well: mean first passage times", case_d1},
        {"D2", "Double well: relaxation rates (Risken 5.7)", case_d2},
        {"D3", "Gradient Maier-Stein: slowest relaxation rate, stationary law", case_d3},
        {"D6", "Brownian exit from an interval: mean and variance", case_d6},
        {"D7", "First passage of drifted Brownian motion: inverse Gaussian law", case_d7},
        {"D8", "Maximum of Brownian motion over [0, 1]", case_d8},
        {"D10", "Underdamped Langevin in a double well: equilibrium moments", case_d10},
        {"D12", "Brownian gyrator: covariance and entropy production", case_d12},
        {"D14", "Scharfetter-Gummel is nodally exact", case_d14},
        {"D15", "Equilibria are kept for all times", case_d15},
        {"S1", "Euler and Milstein on geometric Brownian motion: exact discrete moments", case_s1},
        {"S2", "Stationary laws of the schemes themselves: Euler on OU, BAOAB", case_s2},
        {"S3", "One step of every scheme: weak order and generator by quadrature", case_s3},
        {"S5", "A value saved between two steps", case_s5},
        {"S6", "Rate matrices: conservation, signs, adjoint, semigroup", case_s6},
        {"S7", "Same seed, same bits", case_s7},
    };
    return cases;
}

const VerifyCase& find_verify_case(const std::string& id) {
    std::vector<std::string> ids;
    for (const VerifyCase& one : verify_cases()) {
        if (one.id == id) return one;
        ids.push_back(one.id);
    }
    throw ConfigError(unknown_name("reference case", id, ids));
}

VerifyReport run_verify_case(const VerifyCase& which, const VerifyOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    VerifyReport report;
    try {
        report = which.run(options);
    } catch (const Error& error) {
        report.rows.push_back({.quantity = "runs without an error", .expected = 1.0, .error = 1.0});
        report.notes.push_back(error.what());
    }
    report.id = which.id;
    report.title = which.title;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

}  // namespace dynkin
