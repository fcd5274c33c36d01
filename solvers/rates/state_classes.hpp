#pragma once
// Which states of a chain lead where: reachability, closed classes, restriction to a part.
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// The states from which jumps lead into `targets` (n) in any number of steps, targets included. States of `blocked`
/// (n, or empty) are neither passed through nor entered.
std::vector<bool> states_leading_to(const SparseRateMatrix& Q, const std::vector<bool>& targets,
                                    const std::vector<bool>& blocked = {});

/// The closed communicating classes: sets of states that reach each other and nothing else (Tarjan 1972), each sorted.
/// Losses count for nothing here.
std::vector<std::vector<Index>> closed_classes(const SparseRateMatrix& Q);

/// The chain on some of the states, in the order given; jumps out of them become losses.
SparseRateMatrix restricted(const SparseRateMatrix& Q, const std::vector<Index>& states);

/// The numbers of the states marked.
std::vector<Index> marked_states(const std::vector<bool>& mask);

}  // namespace dynkin
