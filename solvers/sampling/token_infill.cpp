#include "solvers/sampling/token_infill.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <string>

namespace dynkin {
namespace {

TokenModel conditioned(const TokenModel& model, std::span<const int> x, const std::vector<int>& free) {
    return {model.noise, std::make_shared<ConditionedPosterior>(model, std::vector<int>(x.begin(), x.end()), free)};
}

void require_absorbing(const TokenModel& model) {
    if (!model.noise.is_absorbing())
        throw ConfigError("filling masks needs absorbing noise: under other noise nothing tells what is missing");
}

}  // namespace

ConditionedPosterior::ConditionedPosterior(const TokenModel& inner, std::vector<int> given, std::vector<int> free)
    : inner_(inner.posterior),
      given_(std::move(given)),
      free_(std::move(free)),
      last_time_(inner.noise.schedule().time_of(1e-6)) {
    require_absorbing(inner);
    const SequenceSpace& whole = inner_->space();
    if (static_cast<int>(given_.size()) != whole.n_positions)
        throw ConfigError("conditioned posterior: " + std::to_string(given_.size()) + " given positions, expected " +
                          std::to_string(whole.n_positions));
    for (int token : given_)
        if (token < 0 || token >= whole.n_tokens)
            throw ConfigError("conditioned posterior: token " + std::to_string(token) + " is not below " +
                              std::to_string(whole.n_tokens));
    if (free_.empty() || free_.front() < 0 || free_.back() >= whole.n_positions ||
        std::adjacent_find(free_.begin(), free_.end(), std::greater_equal<>()) != free_.end())
        throw ConfigError("conditioned posterior: free positions must rise, within the sequence, and be one at least");
    space_ = {whole.n_tokens, static_cast<int>(free_.size())};
}

void ConditionedPosterior::evaluate(std::span<const int> x, double t, std::span<double> out) const {
    std::vector<int> whole = given_;
    for (std::size_t k = 0; k < free_.size(); ++k) whole[static_cast<std::size_t>(free_[k])] = x[k];
    const auto V = static_cast<std::size_t>(space_.n_tokens);
    std::vector<double> rows(whole.size() * V);
    inner_->evaluate(whole, std::min(t, last_time_), rows);
    for (std::size_t k = 0; k < free_.size(); ++k)
        std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(free_[k]) * V), V,
                    out.begin() + static_cast<std::ptrdiff_t>(k * V));
}

std::vector<std::vector<int>> masked_blocks(std::span<const int> x, int mask, int block_length) {
    if (block_length < 0)
        throw ConfigError("filling masks: a block of " + std::to_string(block_length) + " positions; 0 is all at once");
    std::vector<std::vector<int>> blocks;
    for (std::size_t d = 0; d < x.size(); ++d) {
        if (x[d] != mask) continue;
        const bool full =
            block_length > 0 && !blocks.empty() && blocks.back().size() == static_cast<std::size_t>(block_length);
        if (blocks.empty() || full) blocks.emplace_back();
        blocks.back().push_back(static_cast<int>(d));
    }
    return blocks;
}

void fill_masks(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                int block_length, std::span<int> x, std::uint64_t seed, std::uint64_t path) {
    require_absorbing(model);
    const auto blocks = masked_blocks(x, model.noise.mask(), block_length);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const TokenModel part = conditioned(model, x, blocks[b]);
        std::vector<int> y(blocks[b].size(), model.noise.mask());
        for (std::size_t j = 0; j + 1 < times.size(); ++j) {
            Draws noise({seed, Stream::resampling, b * (times.size() - 1) + j}, path);
            sampler.step(part, times[j], times[j + 1], y, noise);
        }
        for (std::size_t k = 0; k < y.size(); ++k) x[static_cast<std::size_t>(blocks[b][k])] = y[k];
    }
}

std::vector<double> filled_law(const TokenSampler& sampler, const TokenModel& model, const std::vector<double>& times,
                               int block_length, std::span<const int> x) {
    require_absorbing(model);
    const SequenceSpace& space = model.space();
    std::vector<double> law(static_cast<std::size_t>(space.n_states()), 0.0);
    law[static_cast<std::size_t>(space.number(x))] = 1.0;
    std::vector<int> whole(x.size());
    for (const std::vector<int>& block : masked_blocks(x, model.noise.mask(), block_length)) {
        std::vector<double> next(law.size(), 0.0);
        for (std::size_t i = 0; i < law.size(); ++i) {
            if (law[i] == 0.0) continue;
            space.sequence(static_cast<Index>(i), whole);
            const TokenModel part = conditioned(model, whole, block);
            std::vector<int> y(block.size(), model.noise.mask());
            std::vector<double> start(static_cast<std::size_t>(part.space().n_states()), 0.0);
            start[static_cast<std::size_t>(part.space().number(y))] = 1.0;
            const std::vector<double> end = propagate_token_law(sampler, part, times, start);
            for (std::size_t k = 0; k < end.size(); ++k) {
                part.space().sequence(static_cast<Index>(k), y);
                for (std::size_t d = 0; d < y.size(); ++d) whole[static_cast<std::size_t>(block[d])] = y[d];
                next[static_cast<std::size_t>(space.number(whole))] += law[i] * end[k];
            }
        }
        law.swap(next);
    }
    return law;
}

}  // namespace dynkin
