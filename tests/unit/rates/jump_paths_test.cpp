// Drawn paths against the master equation, state by state.
#include "solvers/rates/jump_paths.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/rates/propagate.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace dynkin {
namespace {

using test::random_chain;

constexpr int n_paths = 20000;
// 4 states and the loss, two times, two samplers: 20 comparisons, two-sided 1e-6 altogether is |z| <= 5.5.
constexpr double z_limit = 5.5;

/// The largest |z| of counts in each state, the loss last, against probabilities.
double largest_z(const std::vector<double>& counts, const std::vector<double>& p) {
    double worst = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i)
        worst = std::max(worst, std::abs(counts[i] - n_paths * p[i]) / std::sqrt(n_paths * p[i] * (1.0 - p[i])));
    return worst;
}

std::vector<double> law_with_loss(const SparseRateMatrix& Q, int start, double t) {
    std::vector<double> p(static_cast<std::size_t>(Q.size()), 0.0);
    p[static_cast<std::size_t>(start)] = 1.0;
    p = propagate_law(Q, p, t);
    double kept = 0.0;
    for (double mass : p) kept += mass;
    p.push_back(1.0 - kept);
    return p;
}

/// Counts of what `end_state` gives (-1: lost) over paths.
std::vector<double> counts_of(Index n_states, const std::function<int(Draws&)>& end_state) {
    std::vector<double> counts(static_cast<std::size_t>(n_states) + 1, 0.0);
    for (int path = 0; path < n_paths; ++path) {
        Draws noise({9, Stream::resampling, 0}, static_cast<std::uint64_t>(path));
        const int state = end_state(noise);
        counts[static_cast<std::size_t>(state < 0 ? n_states : state)] += 1.0;
    }
    return counts;
}

TEST(JumpPaths, HaveTheLawOfTheMasterEquation) {
    const SparseRateMatrix Q = random_chain(4, 1.0, 0.4, false, 21);
    for (const auto& draw_path : {&gillespie_path, &uniformised_path})
        for (double t : {0.3, 1.5}) {
            const auto counts = counts_of(4, [&](Draws& noise) { return draw_path(Q, 1, 1.5, noise).state_at(t); });
            EXPECT_LE(largest_z(counts, law_with_loss(Q, 1, t)), z_limit);
            EXPECT_GT(largest_z(counts, law_with_loss(Q, 1, 1.1 * t)), z_limit) << "mutant: a clock wrong by 10 %";
        }
}

TEST(JumpPaths, MeanNumberOfJumpsIsTheIntegratedExitRate) {
    const SparseRateMatrix Q = random_chain(4, 1.0, 0.0, false, 21);
    const double duration = 2.0;
    double expected = 0.0;  // Simpson's rule, h^4 error below 1e-6
    const int n = 200;
    for (int j = 0; j <= n; ++j) {
        const std::vector<double> p = law_with_loss(Q, 0, duration * j / n);
        const double weight = (j == 0 || j == n ? 1.0 : j % 2 == 1 ? 4.0 : 2.0) * duration / n / 3.0;
        for (std::size_t i = 0; i < 4; ++i) expected += weight * p[i] * Q.exit_rates()[i];
    }
    for (const auto& draw_path : {&gillespie_path, &uniformised_path}) {
        double sum = 0.0, squares = 0.0;
        counts_of(4, [&](Draws& noise) {
            const auto jumps = static_cast<double>(draw_path(Q, 0, duration, noise).n_jumps());
            sum += jumps;
            squares += jumps * jumps;
            return 0;
        });
        const double mean = sum / n_paths, error = std::sqrt((squares / n_paths - mean * mean) / n_paths);
        EXPECT_NEAR(mean, expected, z_limit * error);
    }
}

TEST(TauLeap, HasTheLawOfItsKernelAndOrderOne) {
    const SparseRateMatrix Q = random_chain(4, 1.0, 0.4, false, 21);
    const auto error_and_law = [&](int n) {  // the kernel of tau_leap propagated: no draws
        const double h = 1.5 / n;
        std::vector<double> p{0.0, 1.0, 0.0, 0.0, 0.0};
        for (int step = 0; step < n; ++step) {
            std::vector<double> next{0.0, 0.0, 0.0, 0.0, p[4]};
            for (std::size_t i = 0; i < 4; ++i) {
                const double exit = Q.exit_rates()[i], share = (1.0 - std::exp(-h * exit)) / exit;
                next[i] += p[i] * std::exp(-h * exit);
                next[4] += p[i] * share * Q.loss()[i];
                const auto row = Q.out_of(static_cast<Index>(i));
                for (std::size_t k = 0; k < row.states.size(); ++k)
                    next[static_cast<std::size_t>(row.states[k])] += p[i] * share * row.rates[k];
            }
            p = next;
        }
        const std::vector<double> exact = law_with_loss(Q, 1, 1.5);
        double defect = 0.0;
        for (std::size_t i = 0; i < 5; ++i) defect += std::abs(p[i] - exact[i]);
        return std::pair{defect, p};
    };

    const auto counts = counts_of(4, [&](Draws& noise) {
        int state = 1;
        for (int step = 0; step < 3 && state >= 0; ++step) state = tau_leap(Q, state, 0.5, noise);
        return state;
    });

    EXPECT_LE(largest_z(counts, error_and_law(3).second), z_limit);
    EXPECT_GT(largest_z(counts, law_with_loss(Q, 1, 1.5)), z_limit) << "three steps are not the exact law";
    EXPECT_NEAR(test::order_of(error_and_law(100).first, error_and_law(200).first), 1.0, 0.1);
}

TEST(JumpPaths, EdgesAndWrongInput) {
    const SparseRateMatrix Q(3, {{0, 1, 2.0}, {1, 2, 1.0}});  // 2 is never left
    Draws noise({9, Stream::resampling, 0}, 0);
    const JumpPath path = gillespie_path(Q, 0, 1e6, noise);
    EXPECT_EQ(path.states, (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(path.state_at(0.0), 0);
    EXPECT_EQ(path.state_at(path.times[1]), 1) << "right-continuous";
    EXPECT_EQ(uniformised_path(Q, 2, 1e3, noise).n_jumps(), 0);
    EXPECT_EQ(uniformised_path(SparseRateMatrix(2, {}), 1, 1e6, noise).n_jumps(), 0);
    EXPECT_EQ(gillespie_path(Q, 0, 0.0, noise).n_jumps(), 0);
    EXPECT_THROW(gillespie_path(Q, 3, 1.0, noise), ConfigError);
    EXPECT_THROW(uniformised_path(Q, 0, -1.0, noise), ConfigError);
    EXPECT_THROW(tau_leap(Q, 0, std::nan(""), noise), ConfigError);
    EXPECT_THROW(gillespie_path(SparseRateMatrix(1, {}, {-1.0}), 0, 1.0, noise), ConfigError);
}

}  // namespace
}  // namespace dynkin
