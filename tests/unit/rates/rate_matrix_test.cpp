#include "solvers/rates/rate_matrix.hpp"

#include "solvers/core/errors.hpp"
#include "tests/unit/rates/chains.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace dynkin {
namespace {

using namespace test;

std::vector<double> applied(const SparseRateMatrix& Q, const std::vector<double>& u) {
    std::vector<double> out(u.size());
    Q.apply(u.data(), out.data());
    return out;
}

std::vector<double> adjoint(const SparseRateMatrix& Q, const std::vector<double>& p) {
    std::vector<double> out(p.size());
    Q.apply_adjoint(p.data(), out.data());
    return out;
}

// |<p, Q u> - <Q^T p, u>| in units of sum |p_i| |Q|_ij |u_j|.
double transpose_defect(const std::vector<double>& p, const std::vector<double>& Qu, const std::vector<double>& QTp,
                        const std::vector<double>& u, double size) {
    return std::abs(vector(p).dot(vector(Qu)) - vector(QTp).dot(vector(u))) / size;
}

TEST(SparseRateMatrix, AddsRepeatedEntriesInAnyOrder) {
    const SparseRateMatrix Q(3, {{2, 0, 1.0}, {0, 1, 2.0}, {1, 2, 4.0}, {0, 1, 3.0}, {0, 2, 0.0}}, {0.5, -1.0, 0.0});

    const std::vector<double> u = applied(Q, {1.0, 10.0, 100.0});

    EXPECT_EQ(Q.n_rates(), 3);
    EXPECT_DOUBLE_EQ(u[0], 5.0 * (10.0 - 1.0) - 0.5);
    EXPECT_DOUBLE_EQ(u[1], 4.0 * (100.0 - 10.0) + 10.0);
    EXPECT_DOUBLE_EQ(u[2], 1.0 - 100.0);
    EXPECT_DOUBLE_EQ(Q.largest_exit_rate(), 5.5);
    EXPECT_DOUBLE_EQ(Q.largest_source_rate(), 1.0);
    EXPECT_TRUE(std::ranges::equal(Q.into(1).states, std::vector<int>{0}));
}

TEST(SparseRateMatrix, AdjointIsTheTransposeToRoundOff) {
    const SparseRateMatrix Q = random_chain(40, 3.0, 2.0, true, 1);
    const std::vector<double> p = random_values(40, -1.0, 1.0, 2), u = random_values(40, -1.0, 1.0, 3);
    const double size = vector(p).cwiseAbs().dot(dense(Q).cwiseAbs() * vector(u).cwiseAbs());

    const double defect = transpose_defect(p, applied(Q, u), adjoint(Q, p), u, size);

    EXPECT_LT(defect, 100 * std::numeric_limits<double>::epsilon());
    // Mutants: a Q with one of its 1560 rates changed by a millionth, and Q itself in place of its transpose.
    std::vector<RateEntry> rates;
    for (Index i = 0; i < 40; ++i)
        for (std::size_t k = 0; k < Q.out_of(i).states.size(); ++k)
            rates.push_back({i, Q.out_of(i).states[k], Q.out_of(i).rates[k]});
    rates[700].rate *= 1.000001;
    const SparseRateMatrix changed(40, rates, Q.loss());
    EXPECT_GT(transpose_defect(p, applied(Q, u), adjoint(changed, p), u, size), 1e-11);
    EXPECT_GT(transpose_defect(p, applied(Q, u), applied(Q, p), u, size), 1e-4);
}

TEST(SparseRateMatrix, KillsConstantsExactlyAndConservesMassToRoundOff) {
    const SparseRateMatrix Q = random_chain(50, 1e3, 0.0, false, 4);
    const std::vector<double> p = random_values(50, 0.0, 1.0, 5);

    const std::vector<double> constant = applied(Q, std::vector<double>(50, 0.7));

    for (const double x : constant) EXPECT_EQ(x, 0.0);
    // Budget: 50 sums of 50 terms of size 1e3 each.
    EXPECT_NEAR(vector(adjoint(Q, p)).sum(), 0.0, 50 * 50 * 1e3 * 2.3e-16);
    // Mutant: Q in place of Q^T does not conserve mass.
    EXPECT_GT(std::abs(vector(applied(Q, p)).sum()), 1.0);
}

TEST(SparseRateMatrix, AgreesWithTheMatrixWrittenOut) {
    const SparseRateMatrix Q = random_chain(30, 2.0, 1.0, true, 6);
    const std::vector<double> v = random_values(30, -1.0, 1.0, 7);

    EXPECT_LT((vector(applied(Q, v)) - dense(Q) * vector(v)).norm(), 1e-13);
    EXPECT_LT((vector(adjoint(Q, v)) - dense(Q).transpose() * vector(v)).norm(), 1e-13);
}

TEST(SparseRateMatrix, RefusesWhatIsNoRateMatrix) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(SparseRateMatrix(0, {}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{0, 1, -1e-300}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{0, 1, nan}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{0, 2, 1.0}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{-1, 1, 1.0}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{1, 1, 1.0}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {{0, 1, 1e308}, {0, 1, 1e308}}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {}, {1.0}), ConfigError);
    EXPECT_THROW(SparseRateMatrix(2, {}, {1.0, nan}), ConfigError);
}

}  // namespace
}  // namespace dynkin
