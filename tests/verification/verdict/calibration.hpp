#pragma once
// How often the verdict fires on right runs: the density is solved once, the particles are drawn anew for every seed.
#include "tests/unit/check/models.hpp"
#include "tests/verification/verdict/views.hpp"

#include <cstdio>
#include <map>

namespace dynkin::test {

struct Calibrated {
    std::string name;
    Case problem;
    std::uint64_t n_particles = 3000, n_audited = 1500;
    bool with_budgets = true;  ///< false: the mutant that takes every computed number for exact
};

inline std::vector<Calibrated> calibrated_problems() {
    std::vector<Calibrated> all(6);
    all[0].name = "Ornstein-Uhlenbeck, exact transitions, exact moments";
    all[0].problem.process =
        make_model("ornstein_uhlenbeck", ParameterValues().set("theta", 1.0).set("mean", 0.5).set("sigma", 1.0));
    all[0].problem.initial = gaussian_law({-1.0}, {0.3});
    all[0].problem.domain = interval(-5.0, 5.0, Boundary::reflecting);
    all[0].problem.scheme = "exact";
    all[0].problem.until = 1.5;
    all[0].problem.dt = 0.05;
    all[0].problem.n_cells = 200;
    all[0].problem.exact_moments = true;

    all[1].name = "double well, SRA1, reflecting walls";
    all[1].problem.process = make_process(TwoWells{.D = 0.2});
    all[1].problem.initial = gaussian_law({-0.5}, {0.2});
    all[1].problem.domain = interval(-1.5, 1.5, Boundary::reflecting);
    all[1].problem.until = 1.0;
    all[1].problem.dt = 0.01;

    all[2].name = "absorbed Brownian motion, Euler-Maruyama";
    all[2].problem.process = make_process(Brownian{});
    all[2].problem.initial = gaussian_law({0.3}, {0.06});
    all[2].problem.domain = interval(0.0, 1.0, Boundary::absorbing);
    all[2].problem.scheme = "euler_maruyama";
    all[2].problem.until = 0.1;
    all[2].problem.dt = 1e-3;

    all[3].name = "ring with D(x), Stratonovich, stochastic Heun";
    all[3].problem.process = make_process(Ring{.calculus = Calculus::stratonovich});
    all[3].problem.initial = uniform_law({0.0}, {1.0});
    all[3].problem.domain = interval(0.0, 1.0, Boundary::periodic);
    all[3].problem.scheme = "stochastic_heun";
    all[3].problem.until = 0.05;
    all[3].problem.dt = 5e-4;

    all[4].name = "killed Brownian motion, Euler-Maruyama";
    all[4].problem.process = make_model("killed_brownian", ParameterValues().set("k", 1.5));
    all[4].problem.initial = gaussian_law({0.5}, {0.3});
    all[4].problem.domain = interval(-6.0, 6.0, Boundary::reflecting);
    all[4].problem.scheme = "euler_maruyama";
    all[4].problem.until = 1.0;
    all[4].problem.dt = 0.01;
    all[4].problem.n_cells = 200;

    all[5].name = "Ornstein-Uhlenbeck, SRA1, antithetic pairs in single precision, exact moments";
    all[5].problem = all[0].problem;
    all[5].problem.scheme = "sra1";
    all[5].problem.normals = NormalPrecision::single_precision;
    all[5].problem.antithetic = true;
    return all;
}

struct Alarms {
    int n_seeds = 0, fired = 0;
    std::map<std::string, std::vector<double>> p{};  ///< by check: of all its tests with sampling
    std::string first_line{};
};

inline Alarms alarms(const Calibrated& of, int n_seeds, std::uint64_t first_seed = 1000) {
    const DensityAudit density = density_of(of.problem);
    Alarms result;
    for (int i = 0; i < n_seeds; ++i) {
        const Sampled s = sample(of.problem, of.n_particles, of.n_audited, first_seed + static_cast<std::uint64_t>(i));
        std::vector<Comparison> compared = compare(of.problem, s, density);
        if (!of.with_budgets) std::erase_if(compared, [](const Comparison& c) { return c.covariance.empty(); });
        for (Comparison& c : compared)
            if (!of.with_budgets) c.budgets.clear();
        const Verdict verdict = judge(compared, options_of(of.problem, of.n_particles));
        ++result.n_seeds;
        if (verdict.outcome == Outcome::disagree && result.fired++ == 0) result.first_line = verdict.line;
        for (const TestResult& test : verdict.tests)
            if (!test.deterministic && test.rank > 0) result.p[test.check].push_back(test.p);
    }
    return result;
}

/// One line a check: the share of p below 1 %, 10 % and 50 %.
inline void print(const Calibrated& of, const Alarms& found) {
    std::printf("%s: %d of %d seeds fire %s\n", of.name.c_str(), found.fired, found.n_seeds, found.first_line.c_str());
    for (const auto& [check, values] : found.p) {
        const auto below = [&p = values](double level) {
            return static_cast<double>(std::count_if(p.begin(), p.end(), [&](double v) { return v < level; })) /
                   static_cast<double>(p.size());
        };
        std::printf("  %-26s %6zu tests; p < 0.01: %.4f, p < 0.1: %.3f, p < 0.5: %.3f\n", check.c_str(), values.size(),
                    below(0.01), below(0.1), below(0.5));
    }
}

}  // namespace dynkin::test
