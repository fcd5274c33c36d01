#include "solvers/rates/stationary.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/rates/state_classes.hpp"
#include "solvers/rates/state_reduction.hpp"

#include <string>

namespace dynkin {

std::vector<double> stationary_law(const SparseRateMatrix& Q) {
    for (std::size_t i = 0; i < Q.loss().size(); ++i)
        if (Q.loss()[i] != 0.0)
            throw ConfigError("stationary law: state " + std::to_string(i) + " has loss " +
                              std::to_string(Q.loss()[i]) +
                              "; expected a chain without absorbing walls, killing and sources");
    const std::vector<std::vector<Index>> classes = closed_classes(Q);
    if (classes.size() != 1)
        throw NumericsError("stationary law: " + std::to_string(classes.size()) +
                            " closed classes of states (one holds state " + std::to_string(classes[0][0]) +
                            ", another state " + std::to_string(classes[1][0]) +
                            "), so the law depends on the start (rates that underflow to zero part a chain too); join "
                            "them, or propagate a law for a long time");

    const std::vector<Index>& members = classes.front();
    const std::vector<double> inner = StateReduction(restricted(Q, members)).null_law();
    std::vector<double> law(static_cast<std::size_t>(Q.size()), 0.0);
    for (std::size_t i = 0; i < members.size(); ++i) law[static_cast<std::size_t>(members[i])] = inner[i];
    return law;
}

}  // namespace dynkin
