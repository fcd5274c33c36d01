// Guidance in token diffusion: posteriors composed position by position.
#include "solvers/core/errors.hpp"
#include "solvers/sampling/token_posterior.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {

ComposedPosterior::ComposedPosterior(std::vector<std::shared_ptr<const TokenPosterior>> conditionals,
                                     std::shared_ptr<const TokenPosterior> unconditional,
                                     const Composition& composition)
    : conditionals_(std::move(conditionals)), unconditional_(std::move(unconditional)), composition_(composition) {
    if (conditionals_.empty()) throw ConfigError("composed posterior: no conditional posteriors");
    for (const auto& part : conditionals_)
        if (part->space().n_tokens != space().n_tokens || part->space().n_positions != space().n_positions)
            throw ConfigError("composed posterior: a conditional posterior on " +
                              std::to_string(part->space().n_tokens) + " tokens at " +
                              std::to_string(part->space().n_positions) + " positions, the unconditional one on " +
                              std::to_string(space().n_tokens) + " at " + std::to_string(space().n_positions));
}

void ComposedPosterior::evaluate(std::span<const int> x, double t, std::span<double> out) const {
    const auto V = static_cast<std::size_t>(space().n_tokens);
    const auto logs_of = [&](const TokenPosterior& part) {
        std::vector<double> logs(out.size());
        part.evaluate(x, t, logs);
        std::transform(logs.begin(), logs.end(), logs.begin(), [](double p) { return std::log(p); });
        return logs;
    };
    const std::vector<double> unconditional = logs_of(*unconditional_);
    std::vector<std::vector<double>> parts;
    for (const auto& part : conditionals_) parts.push_back(logs_of(*part));

    std::vector<double> rows(parts.size() * V);
    for (std::size_t d = 0; d < x.size(); ++d) {
        for (std::size_t k = 0; k < parts.size(); ++k)
            std::copy_n(parts[k].begin() + static_cast<std::ptrdiff_t>(d * V), V,
                        rows.begin() + static_cast<std::ptrdiff_t>(k * V));
        const ComposedLaw composed =
            compose_laws(rows, std::span<const double>(unconditional).subspan(d * V, V), composition_);
        std::copy(composed.law.probabilities().begin(), composed.law.probabilities().end(),
                  out.begin() + static_cast<std::ptrdiff_t>(d * V));
    }
}

}  // namespace dynkin
