#include "solvers/rates/sequence_space.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace dynkin {

Index SequenceSpace::n_states() const {
    if (n_tokens < 1 || n_positions < 1)
        throw ConfigError("sequence space: " + std::to_string(n_tokens) + " tokens at " + std::to_string(n_positions) +
                          " positions, expected at least one of each");
    Index n = 1;
    for (int d = 0; d < n_positions; ++d) {
        n *= n_tokens;
        if (n > std::numeric_limits<int>::max())
            throw ConfigError("sequence space: " + std::to_string(n_tokens) + "^" + std::to_string(n_positions) +
                              " sequences are too many to enumerate; work with single positions or sampled paths");
    }
    return n;
}

Index SequenceSpace::number(std::span<const int> x) const {
    Index n = 0;
    for (std::size_t d = x.size(); d-- > 0;) n = n * n_tokens + x[d];
    return n;
}

void SequenceSpace::sequence(Index number, std::span<int> x) const {
    for (int& token : x) {
        token = static_cast<int>(number % n_tokens);
        number /= n_tokens;
    }
}

std::vector<double> product_law(const SequenceSpace& space, std::span<const double> laws) {
    std::vector<double> law{1.0};
    law.reserve(static_cast<std::size_t>(space.n_states()));
    const auto V = static_cast<std::size_t>(space.n_tokens);
    for (std::size_t d = 0; d < static_cast<std::size_t>(space.n_positions); ++d) {
        const std::size_t below = law.size();
        law.resize(below * V);
        for (std::size_t v = V; v-- > 0;)  // block 0 last: the others are copies of it
            for (std::size_t i = 0; i < below; ++i) law[v * below + i] = law[i] * laws[d * V + v];
    }
    return law;
}

std::vector<double> apply_at_position(const SequenceSpace& space, const std::vector<double>& p, int position,
                                      std::span<const double> P) {
    const Index V = space.n_tokens, n = space.n_states();
    if (static_cast<Index>(p.size()) != n || static_cast<Index>(P.size()) != V * V || position < 0 ||
        position >= space.n_positions)
        throw ConfigError("apply_at_position: law of " + std::to_string(p.size()) + ", matrix of " +
                          std::to_string(P.size()) + " entries, position " + std::to_string(position) +
                          "; they do not fit the sequence space");
    Index stride = 1;
    for (int d = 0; d < position; ++d) stride *= V;

    std::vector<double> out(p.size(), 0.0);
    for (Index block = 0; block < n; block += stride * V)
        for (Index a = 0; a < V; ++a)
            for (Index b = 0; b < V; ++b) {
                const double weight = P[static_cast<std::size_t>(a * V + b)];
                if (weight == 0.0) continue;
                const double* from = p.data() + block + a * stride;
                double* to = out.data() + block + b * stride;
                for (Index i = 0; i < stride; ++i) to[i] += from[i] * weight;
            }
    return out;
}

SequenceRateMatrix::SequenceRateMatrix(const SequenceSpace& space, const SparseRateMatrix& token_chain)
    : space_(space), chain_(token_chain), n_(space.n_states()) {
    if (chain_.size() != space.n_tokens)
        throw ConfigError("sequence rates: a token chain of " + std::to_string(chain_.size()) + " states for " +
                          std::to_string(space.n_tokens) + " tokens");
}

template <bool adjoint>
void SequenceRateMatrix::add_axes(const double* in, double* out) const {
    std::fill(out, out + n_, 0.0);
    const Index V = space_.n_tokens;
    for (Index stride = 1; stride < n_; stride *= V)
        for (Index block = 0; block < n_; block += stride * V)
            for (Index v = 0; v < V; ++v) {
                double* to = out + block + v * stride;
                const double* own = in + block + v * stride;
                const double exit = chain_.exit_rates()[static_cast<std::size_t>(v)];
                for (Index i = 0; i < stride; ++i) to[i] -= exit * own[i];
                const SparseRateMatrix::Rates row = adjoint ? chain_.into(v) : chain_.out_of(v);
                for (std::size_t k = 0; k < row.states.size(); ++k) {
                    const double* from = in + block + row.states[k] * stride;
                    for (Index i = 0; i < stride; ++i) to[i] += row.rates[k] * from[i];
                }
            }
}

void SequenceRateMatrix::apply(const double* u, double* out) const {
    add_axes<false>(u, out);
}

void SequenceRateMatrix::apply_adjoint(const double* p, double* out) const {
    add_axes<true>(p, out);
}

}  // namespace dynkin
