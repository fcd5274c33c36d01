#include "solvers/rates/state_classes.hpp"

#include <algorithm>
#include <utility>

namespace dynkin {

namespace {

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

/// Tarjan's depth-first search with its recursion on a list: chains of a million states in a row are usual here.
class ClassSearch {
public:
    explicit ClassSearch(const SparseRateMatrix& Q)
        : Q_(Q), number_(at(Q.size()), -1), low_(number_.size()), on_stack_(number_.size(), false) {}

    std::vector<std::vector<Index>> run() {
        for (Index i = 0; i < Q_.size(); ++i)
            if (number_[at(i)] < 0) search_from(i);
        return std::move(closed_);
    }

private:
    struct Visit {
        Index state;
        std::size_t next = 0;  // neighbour to look at
        bool leaves = false;   // a jump leads to a class already complete
    };

    void enter(Index i) {
        number_[at(i)] = low_[at(i)] = n_seen_++;
        stack_.push_back(i);
        on_stack_[at(i)] = true;
        path_.push_back({i});
    }

    void search_from(Index root) {
        enter(root);
        while (!path_.empty()) {
            Visit& here = path_.back();
            const auto neighbours = Q_.out_of(here.state).states;
            if (here.next == neighbours.size()) {
                leave();
                continue;
            }
            const Index j = neighbours[here.next++];
            if (number_[at(j)] < 0)
                enter(j);
            else if (on_stack_[at(j)])
                low_[at(here.state)] = std::min(low_[at(here.state)], number_[at(j)]);
            else
                here.leaves = true;
        }
    }

    void leave() {
        const Visit done = path_.back();
        path_.pop_back();
        const bool is_root = low_[at(done.state)] == number_[at(done.state)];
        if (is_root) {
            std::vector<Index> members;
            do {
                members.push_back(stack_.back());
                on_stack_[at(stack_.back())] = false;
                stack_.pop_back();
            } while (members.back() != done.state);
            std::ranges::sort(members);
            if (!done.leaves) closed_.push_back(std::move(members));
        }
        if (path_.empty()) return;
        Visit& parent = path_.back();
        parent.leaves = parent.leaves || done.leaves || is_root;
        low_[at(parent.state)] = std::min(low_[at(parent.state)], low_[at(done.state)]);
    }

    const SparseRateMatrix& Q_;
    Index n_seen_ = 0;
    std::vector<Index> number_, low_, stack_;
    std::vector<bool> on_stack_;
    std::vector<Visit> path_;
    std::vector<std::vector<Index>> closed_;
};

}  // namespace

std::vector<bool> states_leading_to(const SparseRateMatrix& Q, const std::vector<bool>& targets,
                                    const std::vector<bool>& blocked) {
    std::vector<bool> leads = targets;
    std::vector<Index> open = marked_states(targets);
    while (!open.empty()) {
        const Index j = open.back();
        open.pop_back();
        for (const int i : Q.into(j).states) {
            if (leads[at(i)] || (!blocked.empty() && blocked[at(i)])) continue;
            leads[at(i)] = true;
            open.push_back(i);
        }
    }
    return leads;
}

std::vector<std::vector<Index>> closed_classes(const SparseRateMatrix& Q) {
    return ClassSearch(Q).run();
}

SparseRateMatrix restricted(const SparseRateMatrix& Q, const std::vector<Index>& states) {
    std::vector<Index> place(at(Q.size()), -1);
    for (Index i = 0; i < std::ssize(states); ++i) place[at(states[at(i)])] = i;
    std::vector<RateEntry> rates;
    std::vector<double> loss(states.size());
    for (Index i = 0; i < std::ssize(states); ++i) {
        const auto row = Q.out_of(states[at(i)]);
        loss[at(i)] = Q.loss()[at(states[at(i)])];
        for (std::size_t k = 0; k < row.states.size(); ++k) {
            const Index j = place[at(row.states[k])];
            if (j < 0)
                loss[at(i)] += row.rates[k];
            else
                rates.push_back({i, j, row.rates[k]});
        }
    }
    return SparseRateMatrix(std::ssize(states), rates, std::move(loss));
}

std::vector<Index> marked_states(const std::vector<bool>& mask) {
    std::vector<Index> states;
    for (std::size_t i = 0; i < mask.size(); ++i)
        if (mask[i]) states.push_back(static_cast<Index>(i));
    return states;
}

}  // namespace dynkin
