#include "solvers/rates/rate_matrix.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace dynkin {

namespace {

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

void check_entries(Index n, const std::vector<RateEntry>& rates) {
    for (const RateEntry& e : rates) {
        const std::string where =
            "rate matrix: rate from state " + std::to_string(e.from) + " to " + std::to_string(e.to);
        if (e.from < 0 || e.from >= n || e.to < 0 || e.to >= n)
            throw ConfigError(where + ": expected states in 0 .. " + std::to_string(n - 1));
        if (e.from == e.to) throw ConfigError(where + ": a rate joins two states; losses are given apart");
        if (!std::isfinite(e.rate) || e.rate < 0.0)
            throw ConfigError(where + " is " + std::to_string(e.rate) + ": expected a finite number >= 0");
    }
}

void check_loss(Index n, const std::vector<double>& loss) {
    if (std::ssize(loss) != n)
        throw ConfigError("rate matrix: " + std::to_string(loss.size()) + " losses for " + std::to_string(n) +
                          " states");
    for (Index i = 0; i < n; ++i)
        if (!std::isfinite(loss[at(i)]))
            throw ConfigError("rate matrix: loss of state " + std::to_string(i) + " is not finite");
}

}  // namespace

SparseRateMatrix::Rates SparseRateMatrix::Compressed::at(Index i) const {
    const Index first = start[static_cast<std::size_t>(i)], count = start[static_cast<std::size_t>(i) + 1] - first;
    return {std::span(states).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
            std::span(rates).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count))};
}

// A counting sort: the lists of the result are ordered by the other state.
SparseRateMatrix::Compressed SparseRateMatrix::transposed(const Compressed& a) {
    const Index n = std::ssize(a.start) - 1;
    Compressed out{std::vector<Index>(a.start.size(), 0), std::vector<int>(a.states.size()),
                   std::vector<double>(a.rates.size())};
    for (const int j : a.states) ++out.start[dynkin::at(j) + 1];
    for (std::size_t j = 1; j < out.start.size(); ++j) out.start[j] += out.start[j - 1];
    std::vector<Index> next(out.start.begin(), out.start.end() - 1);
    for (Index i = 0; i < n; ++i) {
        const Rates list = a.at(i);
        for (std::size_t k = 0; k < list.states.size(); ++k) {
            const std::size_t slot = dynkin::at(next[dynkin::at(list.states[k])]++);
            out.states[slot] = static_cast<int>(i);
            out.rates[slot] = list.rates[k];
        }
    }
    return out;
}

SparseRateMatrix::SparseRateMatrix(Index n_states, const std::vector<RateEntry>& rates, std::vector<double> loss)
    : loss_(std::move(loss)) {
    if (n_states < 1 || n_states > std::numeric_limits<int>::max())
        throw ConfigError("rate matrix: " + std::to_string(n_states) + " states; expected at least 1 and below 2^31");
    if (loss_.empty()) loss_.assign(at(n_states), 0.0);
    check_loss(n_states, loss_);
    check_entries(n_states, rates);

    // Bucket by origin; two transpositions then sort each row, and equal entries come to lie side by side.
    Compressed raw{std::vector<Index>(at(n_states) + 1, 0), std::vector<int>(rates.size()),
                   std::vector<double>(rates.size())};
    for (const RateEntry& e : rates) ++raw.start[at(e.from) + 1];
    for (std::size_t i = 1; i < raw.start.size(); ++i) raw.start[i] += raw.start[i - 1];
    std::vector<Index> next(raw.start.begin(), raw.start.end() - 1);
    for (const RateEntry& e : rates) {
        const std::size_t slot = at(next[at(e.from)]++);
        raw.states[slot] = static_cast<int>(e.to);
        raw.rates[slot] = e.rate;
    }
    const Compressed sorted = transposed(transposed(raw));

    rows_.start.assign(at(n_states) + 1, 0);
    exit_.resize(at(n_states));
    for (Index i = 0; i < n_states; ++i) {
        const Rates list = sorted.at(i);
        double out = 0.0;
        for (std::size_t k = 0; k < list.states.size(); ++k) {
            if (list.rates[k] == 0.0) continue;
            out += list.rates[k];
            if (std::ssize(rows_.states) > rows_.start[at(i)] && rows_.states.back() == list.states[k]) {
                rows_.rates.back() += list.rates[k];
            } else {
                rows_.states.push_back(list.states[k]);
                rows_.rates.push_back(list.rates[k]);
            }
        }
        rows_.start[at(i) + 1] = std::ssize(rows_.states);
        exit_[at(i)] = out + loss_[at(i)];
        if (!std::isfinite(exit_[at(i)]))
            throw ConfigError("rate matrix: the rates out of state " + std::to_string(i) + " overflow");
        largest_exit_rate_ = std::max(largest_exit_rate_, exit_[at(i)]);
        largest_source_rate_ = std::max(largest_source_rate_, -loss_[at(i)]);
    }
    columns_ = transposed(rows_);
}

void SparseRateMatrix::apply(const double* u, double* out) const {
    const Index n = size();
    for (Index i = 0; i < n; ++i) {
        const double own = u[i];
        double sum = -loss_[at(i)] * own;
        for (Index k = rows_.start[at(i)]; k < rows_.start[at(i) + 1]; ++k)
            sum += rows_.rates[at(k)] * (u[rows_.states[at(k)]] - own);
        out[i] = sum;
    }
}

void SparseRateMatrix::apply_adjoint(const double* p, double* out) const {
    const Index n = size();
    for (Index j = 0; j < n; ++j) {
        double sum = 0.0;
        for (Index k = columns_.start[at(j)]; k < columns_.start[at(j) + 1]; ++k)
            sum += columns_.rates[at(k)] * p[columns_.states[at(k)]];
        out[j] = sum - exit_[at(j)] * p[j];
    }
}

}  // namespace dynkin
