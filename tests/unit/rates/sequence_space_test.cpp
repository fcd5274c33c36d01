// Laws of sequences as tensors against everything written out on V^D states.
#include "solvers/rates/sequence_space.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/rates/propagate.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

namespace dynkin {
namespace {

using test::random_chain;
using test::random_values;

/// The generator of independent positions, entry by entry.
SparseRateMatrix enumerated(const SequenceSpace& space, const SparseRateMatrix& chain) {
    const auto D = static_cast<std::size_t>(space.n_positions);
    std::vector<RateEntry> rates;
    std::vector<double> loss(static_cast<std::size_t>(space.n_states()), 0.0);
    std::vector<int> x(D);
    for (Index i = 0; i < space.n_states(); ++i) {
        space.sequence(i, x);
        EXPECT_EQ(space.number(x), i);
        for (std::size_t d = 0; d < D; ++d) {
            const int token = x[d];
            loss[static_cast<std::size_t>(i)] += chain.loss()[static_cast<std::size_t>(token)];
            const auto row = chain.out_of(token);
            for (std::size_t k = 0; k < row.states.size(); ++k) {
                x[d] = row.states[k];
                rates.push_back({i, space.number(x), row.rates[k]});
            }
            x[d] = token;
        }
    }
    return SparseRateMatrix(space.n_states(), rates, loss);
}

TEST(SequenceRateMatrix, IsTheGeneratorWrittenOut) {
    const SequenceSpace space{4, 3};
    const SparseRateMatrix chain = random_chain(4, 1.0, 0.3, true, 5);
    const SequenceRateMatrix Q(space, chain);
    const SparseRateMatrix full = enumerated(space, chain);
    const std::vector<double> v = random_values(64, -1.0, 1.0, 3);
    std::vector<double> a(64), b(64);

    Q.apply(v.data(), a.data());
    full.apply(v.data(), b.data());
    for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(a[i], b[i], 1e-14);
    Q.apply_adjoint(v.data(), a.data());
    full.apply_adjoint(v.data(), b.data());
    for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(a[i], b[i], 1e-14);
    EXPECT_GE(Q.largest_exit_rate(), full.largest_exit_rate() * (1.0 - 1e-15));
    EXPECT_GE(Q.largest_source_rate(), full.largest_source_rate() * (1.0 - 1e-15));
}

TEST(SequenceSpace, TransitionsOfPositionsMakeThatOfSequences) {
    const SequenceSpace space{3, 4};
    const SparseRateMatrix chain = random_chain(3, 1.0, 0.0, false, 8);
    const double tau = 0.7;
    std::vector<double> P;
    for (std::size_t a = 0; a < 3; ++a) {
        std::vector<double> unit(3, 0.0);
        unit[a] = 1.0;
        const std::vector<double> row = propagate_law(chain, unit, tau);
        P.insert(P.end(), row.begin(), row.end());
    }
    const std::vector<double> p = random_values(81, 0.0, 1.0, 2);

    std::vector<double> law = p;
    for (int d = 0; d < 4; ++d) law = apply_at_position(space, law, d, P);
    const std::vector<double> exact = propagate_law(SequenceRateMatrix(space, chain), p, tau);

    std::vector<double> one_short = p;  // mutant: a position forgotten
    for (int d = 0; d < 3; ++d) one_short = apply_at_position(space, one_short, d, P);
    double defect = 0.0, mutant_defect = 0.0;
    for (std::size_t i = 0; i < 81; ++i) {
        defect = std::max(defect, std::abs(law[i] - exact[i]));
        mutant_defect = std::max(mutant_defect, std::abs(one_short[i] - exact[i]));
    }
    EXPECT_LE(defect, 1e-10);  // 1e-12 of a mass of about 40
    EXPECT_GT(mutant_defect, 1e-3);
}

TEST(SequenceSpace, ProductLaw) {
    const std::vector<double> laws{0.2, 0.8, 0.5, 0.5, 0.1, 0.9};
    const std::vector<double> p = product_law({2, 3}, laws);
    EXPECT_DOUBLE_EQ(p[0], 0.2 * 0.5 * 0.1);
    EXPECT_DOUBLE_EQ(p[1], 0.8 * 0.5 * 0.1) << "position 0 runs fastest";
    EXPECT_DOUBLE_EQ(p[4], 0.2 * 0.5 * 0.9);
}

TEST(SequenceSpace, RefusesWhatDoesNotFit) {
    EXPECT_THROW((SequenceSpace{0, 3}.n_states()), ConfigError);
    EXPECT_THROW((SequenceSpace{32000, 3}.n_states()), ConfigError);
    EXPECT_THROW((SequenceSpace{2, 1000}.n_states()), ConfigError);
    EXPECT_THROW(SequenceRateMatrix({3, 2}, random_chain(4, 1.0, 0.0, false, 1)), ConfigError);
    EXPECT_THROW(apply_at_position({2, 2}, std::vector<double>(4), 2, std::vector<double>(4)), ConfigError);
    EXPECT_THROW(apply_at_position({2, 2}, std::vector<double>(3), 0, std::vector<double>(4)), ConfigError);
}

}  // namespace
}  // namespace dynkin
