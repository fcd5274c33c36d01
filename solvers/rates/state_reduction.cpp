#include "solvers/rates/state_reduction.hpp"

#include "solvers/core/errors.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace dynkin {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

/// What the states of a finished supernode leave to their later neighbours.
struct Update {
    const std::vector<int>* places;
    MatrixXd rates;
    VectorXd loss;
};

}  // namespace

/// The numerical elimination, one dense front a supernode.
class FrontElimination {
public:
    FrontElimination(const SparseRateMatrix& Q, double s, StateReduction& out)
        : Q_(Q), s_(s), out_(out), order_(out.order_), slot_(order_.state_at.size(), -1) {}

    void run() {
        for (const Supernode& node : order_.supernodes) {
            assemble(node);
            eliminate(node);
            keep(node);
        }
    }

private:
    void assemble(const Supernode& node) {
        const int w = node.width, size = w + static_cast<int>(node.later.size());
        rates_.setZero(size, size);
        loss_.setZero(size);
        for (int k = 0; k < w; ++k) slot_[at(node.first + k)] = k;
        for (int k = w; k < size; ++k) slot_[at(node.later[at(k - w)])] = k;
        for (int k = 0; k < w; ++k) {
            const int place = node.first + k, state = order_.state_at[at(place)];
            loss_[k] = Q_.loss()[at(state)] + s_;
            if (loss_[k] < 0.0)
                throw ConfigError("state reduction: state " + std::to_string(state) + " is a source (loss " +
                                  std::to_string(Q_.loss()[at(state)]) + "); expected losses >= 0");
            const auto out = Q_.out_of(state), in = Q_.into(state);
            for (std::size_t e = 0; e < out.states.size(); ++e)
                if (const int j = order_.place_of[at(out.states[e])]; j > place) rates_(k, slot_[at(j)]) = out.rates[e];
            for (std::size_t e = 0; e < in.states.size(); ++e)
                if (const int i = order_.place_of[at(in.states[e])]; i > place) rates_(slot_[at(i)], k) = in.rates[e];
        }
        for (int child = 0; child < node.n_children; ++child) {
            add(updates_.back());
            updates_.pop_back();
        }
    }

    void add(const Update& update) {
        const std::vector<int>& places = *update.places;
        for (std::size_t j = 0; j < places.size(); ++j) {
            double* column = &rates_(0, slot_[at(places[j])]);
            const double* from = update.rates.data() + j * places.size();
            for (std::size_t i = 0; i < places.size(); ++i) column[slot_[at(places[i])]] += from[i];
            loss_[slot_[at(places[j])]] += update.loss[static_cast<Index>(j)];
        }
    }

    // Panels of pivots, then one matrix product for all that lies beyond. Diagonals fill with numbers nobody reads.
    void eliminate(const Supernode& node) {
        constexpr int panel = 32;
        const int w = node.width, size = static_cast<int>(loss_.size());
        exit_.resize(w);
        for (int first = 0; first < w; first += panel) {
            const int end = std::min(first + panel, w), beyond = size - end;
            for (int k = first; k < end; ++k) {
                const int rest = size - k - 1;
                exit_[k] = rates_.row(k).tail(rest).sum() + loss_[k];
                if (rest == 0) break;
                check_exit(node.first + k, exit_[k]);
                auto l = rates_.col(k).tail(rest);
                l /= exit_[k];
                loss_.tail(rest) += loss_[k] * l;
                rates_.block(k + 1, k + 1, end - k - 1, rest).noalias() +=
                    l.head(end - k - 1) * rates_.row(k).tail(rest);
                rates_.block(end, k + 1, beyond, end - k - 1).noalias() +=
                    l.tail(beyond) * rates_.row(k).segment(k + 1, end - k - 1);
            }
            if (beyond > 0)
                rates_.bottomRightCorner(beyond, beyond).noalias() +=
                    rates_.block(end, first, beyond, end - first) * rates_.block(first, end, end - first, beyond);
        }
    }

    void check_exit(int place, double exit) const {
        if (exit > 0.0 && std::isfinite(exit)) return;
        throw NumericsError("state reduction: state " + std::to_string(order_.state_at[at(place)]) +
                            (exit == 0.0 ? " cannot be left (the chain is reducible, or its rates underflow)"
                                         : " has an exit rate out of range; scale the rates"));
    }

    void keep(const Supernode& node) {
        const int w = node.width, later = static_cast<int>(node.later.size());
        StateReduction::Factor factor;
        factor.exit.assign(exit_.data(), exit_.data() + w);
        factor.top.resize(at(w) * at(w + later));
        factor.below.resize(at(w) * at(later));
        Eigen::Map<MatrixXd>(factor.top.data(), w, w + later) = rates_.topRows(w);
        Eigen::Map<MatrixXd>(factor.below.data(), later, w) = rates_.bottomLeftCorner(later, w);
        out_.n_stored_ += static_cast<Index>(factor.top.size() + factor.below.size());
        out_.factors_.push_back(std::move(factor));
        if (later > 0) updates_.push_back({&node.later, rates_.bottomRightCorner(later, later), loss_.tail(later)});
    }

    const SparseRateMatrix& Q_;
    double s_;
    StateReduction& out_;
    const EliminationOrder& order_;
    std::vector<int> slot_;  // of a place in the front at hand
    MatrixXd rates_;
    VectorXd loss_, exit_;
    std::vector<Update> updates_;
};

StateReduction::StateReduction(const SparseRateMatrix& Q, double s) : order_(Q) {
    factors_.reserve(order_.supernodes.size());
    FrontElimination(Q, s, *this).run();
}

void StateReduction::load(const double* x, std::vector<double>& ordered) const {
    ordered.resize(order_.state_at.size());
    for (std::size_t k = 0; k < ordered.size(); ++k) ordered[k] = x[order_.state_at[k]];
}

void StateReduction::store(const std::vector<double>& ordered, double* x) const {
    for (std::size_t k = 0; k < ordered.size(); ++k) x[order_.state_at[k]] = ordered[k];
}

void StateReduction::require_loss() const {
    for (std::size_t s = 0; s < factors_.size(); ++s)
        if (order_.supernodes[s].later.empty() && factors_[s].exit.back() == 0.0)
            throw NumericsError("state reduction: a part of the chain is never left; its equations are singular");
}

// r_i += l_ik r_k.
void StateReduction::forward(std::vector<double>& x) const {
    for (std::size_t s = 0; s < factors_.size(); ++s) {
        const Supernode& node = order_.supernodes[s];
        const Factor& f = factors_[s];
        const std::size_t w = at(node.width), later = node.later.size();
        double* own = x.data() + node.first;
        for (std::size_t k = 0; k < w; ++k) {
            const double* top = f.top.data() + k * w;
            const double* below = f.below.data() + k * later;
            for (std::size_t i = k + 1; i < w; ++i) own[i] += top[i] * own[k];
            for (std::size_t i = 0; i < later; ++i) x[at(node.later[i])] += below[i] * own[k];
        }
    }
}

// x_k = (r_k + sum_{j > k} q_kj x_j) / e_k.
void StateReduction::backward(std::vector<double>& x) const {
    for (std::size_t s = factors_.size(); s-- > 0;) {
        const Supernode& node = order_.supernodes[s];
        const Factor& f = factors_[s];
        const std::size_t w = at(node.width), later = node.later.size();
        double* own = x.data() + node.first;
        for (std::size_t j = 0; j < later; ++j) {
            const double* column = f.top.data() + (w + j) * w;
            const double value = x[at(node.later[j])];
            for (std::size_t k = 0; k < w; ++k) own[k] += column[k] * value;
        }
        for (std::size_t k = w; k-- > 0;) {
            own[k] /= f.exit[k];
            const double* column = f.top.data() + k * w;
            for (std::size_t i = 0; i < k; ++i) own[i] += column[i] * own[k];
        }
    }
}

void StateReduction::solve(double* x) const {
    require_loss();
    std::vector<double> ordered;
    load(x, ordered);
    forward(ordered);
    backward(ordered);
    store(ordered, x);
}

void StateReduction::solve_adjoint(double* x) const {
    require_loss();
    std::vector<double> z;
    load(x, z);
    // z_k = (r_k + sum_{j < k} q_jk z_j) / e_k
    for (std::size_t s = 0; s < factors_.size(); ++s) {
        const Supernode& node = order_.supernodes[s];
        const Factor& f = factors_[s];
        const std::size_t w = at(node.width), later = node.later.size();
        double* own = z.data() + node.first;
        for (std::size_t k = 0; k < w; ++k) {
            const double* column = f.top.data() + k * w;
            for (std::size_t j = 0; j < k; ++j) own[k] += column[j] * own[j];
            own[k] /= f.exit[k];
        }
        for (std::size_t i = 0; i < later; ++i) {
            const double* column = f.top.data() + (w + i) * w;
            for (std::size_t k = 0; k < w; ++k) z[at(node.later[i])] += column[k] * own[k];
        }
    }
    // y_k = z_k + sum_{i > k} l_ik y_i
    for (std::size_t s = factors_.size(); s-- > 0;) {
        const Supernode& node = order_.supernodes[s];
        const Factor& f = factors_[s];
        const std::size_t w = at(node.width), later = node.later.size();
        double* own = z.data() + node.first;
        for (std::size_t k = w; k-- > 0;) {
            const double* top = f.top.data() + k * w;
            const double* below = f.below.data() + k * later;
            for (std::size_t i = 0; i < later; ++i) own[k] += below[i] * z[at(node.later[i])];
            for (std::size_t i = k + 1; i < w; ++i) own[k] += top[i] * own[i];
        }
    }
    store(z, x);
}

std::vector<double> StateReduction::null_law() const {
    // y_k = sum_{i > k} l_ik y_i, scaled down on the way where the last state is a rare one.
    constexpr double large = 1e100;
    const std::size_t n = order_.state_at.size();
    std::vector<double> y(n, 0.0);
    y.back() = 1.0;
    for (std::size_t s = factors_.size(); s-- > 0;) {
        const Supernode& node = order_.supernodes[s];
        const Factor& f = factors_[s];
        const std::size_t w = at(node.width), later = node.later.size(), first = at(node.first);
        for (std::size_t k = w; k-- > 0;) {
            if (first + k + 1 == n) continue;
            const double* top = f.top.data() + k * w;
            const double* below = f.below.data() + k * later;
            double sum = 0.0;
            for (std::size_t i = 0; i < later; ++i) sum += below[i] * y[at(node.later[i])];
            for (std::size_t i = k + 1; i < w; ++i) sum += top[i] * y[first + i];
            y[first + k] = sum;
            if (sum > large)
                for (std::size_t i = first + k; i < n; ++i) y[i] /= large;
        }
    }
    double total = 0.0;
    for (const double value : y) total += value;
    if (!(total > 0.0) || !std::isfinite(total))
        throw NumericsError("stationary law: rates span more than the range of numbers; take a smaller domain");
    std::vector<double> law(n);
    for (std::size_t k = 0; k < n; ++k) law[at(order_.state_at[k])] = y[k] / total;
    return law;
}

}  // namespace dynkin
