#pragma once
// Implicit steps of a density by a general sparse solver, as a user writes them today.
#include "solvers/rates/rate_matrix.hpp"

#include <Eigen/SparseCore>
#include <Eigen/SparseLU>

#include <vector>

namespace dynkin::benchmarks {

/// Backward Euler, (I - tau Q^T) p_new = p, factored once.
class SparseLuStep {
public:
    SparseLuStep(const SparseRateMatrix& rates, double tau) {
        std::vector<Eigen::Triplet<double>> entries;
        for (Index i = 0; i < rates.size(); ++i) {
            const int from = static_cast<int>(i);
            entries.emplace_back(from, from, 1.0 + tau * rates.exit_rates()[static_cast<std::size_t>(i)]);
            const auto out = rates.out_of(i);
            for (std::size_t k = 0; k < out.states.size(); ++k)
                entries.emplace_back(out.states[k], from, -tau * out.rates[k]);
        }
        Eigen::SparseMatrix<double> matrix(static_cast<int>(rates.size()), static_cast<int>(rates.size()));
        matrix.setFromTriplets(entries.begin(), entries.end());
        lu_.compute(matrix);
    }

    void step(Eigen::VectorXd& p) const { p = lu_.solve(p); }

private:
    Eigen::SparseLU<Eigen::SparseMatrix<double>> lu_;
};

}  // namespace dynkin::benchmarks
