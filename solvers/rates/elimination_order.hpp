#pragma once
// In which order the states of a sparse chain are eliminated, and which rates arise on the way.
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// Consecutive states of the elimination order that end up with the same later neighbours: eliminated together, as a
/// dense block. Numbers are places in the elimination order.
struct Supernode {
    int first = 0, width = 0;
    std::vector<int> later;  ///< neighbours beyond first + width, increasing
    int n_children = 0;      ///< supernodes whose first later neighbour is in this one
};

struct EliminationOrder {
    std::vector<int> state_at, place_of;  ///< (n) each the inverse of the other
    std::vector<Supernode> supernodes;    ///< children come before their parent, as on a stack

    /// Approximate minimum degree (Amestoy, Davis & Duff 1996) on the graph of jumps taken both ways, then the
    /// elimination tree (Liu 1990) in postorder. Grids of N x N cells fill in about 30 N^2 log2(N) / 18 rates.
    explicit EliminationOrder(const SparseRateMatrix& Q);
};

}  // namespace dynkin
