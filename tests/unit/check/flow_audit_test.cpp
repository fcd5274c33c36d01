#include "solvers/check/flow_audit.hpp"

#include "solvers/core/model.hpp"
#include "solvers/core/test_functions.hpp"
#include "solvers/ode/ode_propagator.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dynkin {
namespace {

/// x' = speed * (x - x^3 - y), y' = speed * (x + sin t): non-linear and time-dependent.
struct Swing {
    static constexpr std::string_view name = "swing";
    static constexpr int dim = 2, noise_dim = 0;
    static constexpr NoiseKind noise_kind = NoiseKind::none;
    static constexpr bool autonomous = false;
    double speed = 1.0;
    template <class S>
    void drift(std::span<const S> x, S t, std::span<S> b) const {
        b[0] = speed * (x[0] - x[0] * x[0] * x[0] - x[1]);
        b[1] = speed * (x[0] + sin(t));
    }
    template <class S>
    void sigma(std::span<const S>, S, SigmaView<S>) const {}
};

struct Audited {
    AuditResult audit;
    Verdict verdict;
};

/// Particles move with speed 1; the judge's equation has `speed`.
Audited audited(const std::string& scheme, double speed, Domain domain = Domain(2)) {
    const auto moving = make_process(Swing{}), judging = make_process(Swing{.speed = speed});
    const auto law = gaussian_law({0.5, 0.0}, {0.3, 0.3});
    const TimeGrid grid = make_time_grid(0.0, 2.0, 0.02, 3);
    FlowAuditSpec spec{.process = *judging, .initial = *law, .domain = domain};
    spec.functions = {monomial({1, 0}), monomial({1, 1}), monomial({0, 2}), gaussian_bump({0.0, 0.0}, {1.0, 1.0}),
                      half_line_indicator(2, 0, 0.0, Side::above)};
    spec.outputs = grid.outputs;
    spec.n_particles = 1000;
    spec.propagator = [&](const std::vector<double>& outputs, bool coarse) {
        OdeProblem problem{.process = moving, .scheme = scheme, .grid = grid, .domain = domain};
        problem.grid.outputs = outputs;
        if (coarse) problem.grid.n_steps /= 2;
        if (coarse) problem.rtol *= 32.0;
        return make_ode_propagator(problem);
    };
    Audited result{audit_flow(spec), {}};
    result.verdict = judge(dynkin_comparisons(result.audit, spec.functions, 0.0));
    return result;
}

TEST(FlowAudit, TheChainRuleHoldsWithinItsBounds) {
    for (const char* scheme : {"rk4", "dopri5"}) {
        const Audited right = audited(scheme, 1.0);

        EXPECT_NE(right.verdict.outcome, Outcome::disagree) << scheme << ": " << right.verdict.line;
        ASSERT_EQ(right.audit.rows.size(), 3u);
        EXPECT_EQ(right.audit.residual_functions, (std::vector<int>{0, 1, 2, 3}));  // the indicator has no slope
        // Bounds that mean something: far below the spread of the functions.
        for (std::size_t r = 0; r < 4; ++r)
            EXPECT_LT(right.audit.rows[2].residual_bound[r] + right.audit.rows[2].residual_quadrature[r], 1e-3);
    }
}

TEST(FlowAudit, ADriftOffByATenthOfAPercentIsSeen) {
    for (const char* scheme : {"rk4", "dopri5"})
        EXPECT_EQ(audited(scheme, 1.001).verdict.outcome, Outcome::disagree) << scheme;
}

TEST(FlowAudit, OutflowIsLeftOutAndSaid) {
    Domain domain(2);
    domain[0] = {-1.5, 1.5, Boundary::absorbing, Boundary::absorbing};

    const AuditResult audit = audited("dopri5", 1.0, domain).audit;

    EXPECT_TRUE(audit.residual_functions.empty());
    ASSERT_EQ(audit.notes.size(), 1u);
    EXPECT_NE(audit.notes[0].find("flow out"), std::string::npos);
}

}  // namespace
}  // namespace dynkin
