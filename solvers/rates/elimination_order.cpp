#include "solvers/rates/elimination_order.hpp"

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>

#include <algorithm>
#include <utility>

namespace dynkin {

namespace {

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

/// Calls f(place of j) for every j that i jumps to or is reached from; some twice.
template <class Function>
void for_neighbours(const SparseRateMatrix& Q, const std::vector<int>& place_of, int i, Function f) {
    for (const int j : Q.out_of(i).states) f(place_of[at(j)]);
    for (const int j : Q.into(i).states) f(place_of[at(j)]);
}

std::vector<int> minimum_degree_order(const SparseRateMatrix& Q) {
    const int n = static_cast<int>(Q.size());
    Eigen::SparseMatrix<float, Eigen::ColMajor, int> pattern(n, n);
    std::vector<Eigen::Triplet<float, int>> entries;
    entries.reserve(at(Q.n_rates() + n));
    for (int i = 0; i < n; ++i) {
        entries.emplace_back(i, i, 1.0f);  // Eigen 3.4 miscounts degrees without a diagonal: four times the fill-in
        for (const int j : Q.out_of(i).states) entries.emplace_back(i, j, 1.0f);
    }
    pattern.setFromTriplets(entries.begin(), entries.end());
    Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int> order;
    Eigen::AMDOrdering<int>()(pattern, order);
    return {order.indices().data(), order.indices().data() + n};
}

std::vector<int> inverse(const std::vector<int>& order) {
    std::vector<int> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) place[at(order[k])] = static_cast<int>(k);
    return place;
}

// Liu (1990), algorithm 4.2: the parent of k is the first later neighbour after k's elimination; paths are compressed.
std::vector<int> elimination_tree(const SparseRateMatrix& Q, const std::vector<int>& state_at,
                                  const std::vector<int>& place_of) {
    std::vector<int> parent(state_at.size(), -1), ancestor(state_at.size(), -1);
    for (int k = 0; k < static_cast<int>(state_at.size()); ++k)
        for_neighbours(Q, place_of, state_at[at(k)], [&](int j) {
            while (j >= 0 && j < k) {
                const int next = ancestor[at(j)];
                ancestor[at(j)] = k;
                if (next < 0) parent[at(j)] = k;
                j = next == k ? -1 : next;
            }
        });
    return parent;
}

std::vector<int> postorder(const std::vector<int>& parent) {
    const int n = static_cast<int>(parent.size());
    std::vector<int> first_child(parent.size(), -1), sibling(parent.size(), -1), order, path;
    for (int k = n - 1; k >= 0; --k)
        if (parent[at(k)] >= 0) sibling[at(k)] = std::exchange(first_child[at(parent[at(k)])], k);
    for (int root = 0; root < n; ++root) {
        if (parent[at(root)] >= 0) continue;
        path.push_back(root);
        while (!path.empty()) {
            const int here = path.back();
            if (const int child = std::exchange(first_child[at(here)], -1); child >= 0) {
                path.push_back(child);
                continue;
            }
            path.pop_back();
            order.push_back(here);
            if (sibling[at(here)] >= 0) path.push_back(sibling[at(here)]);
        }
    }
    return order;
}

// The later neighbours of k: its own in the graph, and those its children in the tree leave to it.
std::vector<Supernode> group_columns(const SparseRateMatrix& Q, const std::vector<int>& state_at,
                                     const std::vector<int>& place_of) {
    const int n = static_cast<int>(state_at.size());
    std::vector<Supernode> groups;
    std::vector<int> seen_by(at(n), -1), next_sibling, newest_child(at(n), -1);
    for (int k = 0; k < n; ++k) {
        std::vector<int> later;
        const auto add = [&](int j) {
            if (j > k && std::exchange(seen_by[at(j)], k) != k) later.push_back(j);
        };
        for_neighbours(Q, place_of, state_at[at(k)], add);
        int n_children = 0;
        bool extends = false;
        for (int child = newest_child[at(k)]; child >= 0; child = next_sibling[at(child)]) {
            const Supernode& c = groups[at(child)];
            for (const int j : c.later) add(j);
            if (c.first + c.width == k)
                extends = true;
            else
                ++n_children;
        }
        if (extends && later.size() + 1 == groups.back().later.size()) {
            Supernode& grown = groups.back();
            ++grown.width;
            grown.later.erase(grown.later.begin());
            grown.n_children += n_children;
        } else {
            std::ranges::sort(later);
            groups.push_back({k, 1, std::move(later), n_children + (extends ? 1 : 0)});
            next_sibling.push_back(-1);
        }
        // The newest group waits at its first later neighbour; where k + 1 extends it, it moves on from there.
        const Supernode& group = groups.back();
        if (!group.later.empty())
            next_sibling.back() =
                std::exchange(newest_child[at(group.later.front())], static_cast<int>(groups.size()) - 1);
    }
    return groups;
}

}  // namespace

EliminationOrder::EliminationOrder(const SparseRateMatrix& Q) {
    const std::vector<int> degree_order = minimum_degree_order(Q);
    const std::vector<int> tree = elimination_tree(Q, degree_order, inverse(degree_order));
    for (const int k : postorder(tree)) state_at.push_back(degree_order[at(k)]);
    place_of = inverse(state_at);
    supernodes = group_columns(Q, state_at, place_of);
}

}  // namespace dynkin
