#include "solvers/sampling/composition.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The number of rows n of an (n, m) block.
std::size_t count_rows(const char* what, std::span<const double> rows, std::size_t m) {
    if (m == 0 || rows.empty() || rows.size() % m != 0)
        throw ConfigError(std::string(what) + ": " + std::to_string(rows.size()) +
                          " conditional values, expected a positive multiple of the " + std::to_string(m) +
                          " unconditional ones");
    return rows.size() / m;
}

void require_context(const char* what, int context, std::size_t n) {
    if (context >= static_cast<int>(n))
        throw ConfigError(std::string(what) + ": context " + std::to_string(context) + " of " + std::to_string(n) +
                          " (contexts count from 0; -1 is none)");
}

/// The first of the smallest entries after the bonus for the context used last.
int least_entropy(std::vector<double> entropies, double eta, int last_context) {
    if (last_context >= 0) entropies[static_cast<std::size_t>(last_context)] -= eta;
    return static_cast<int>(std::min_element(entropies.begin(), entropies.end()) - entropies.begin());
}

/// log-softmax, then -inf outside the top-p set. What stays is not renormalised.
std::vector<double> masked_logs(std::span<const double> logits, double kept_mass) {
    const Categorical law = Categorical::from_log_weights(logits);
    const std::vector<bool> kept = top_p_mask(law.probabilities(), kept_mass);
    std::vector<double> logs = law.log_probabilities();
    for (std::size_t i = 0; i < logs.size(); ++i)
        if (!kept[i]) logs[i] = -infinity;
    return logs;
}

/// -sum p log p of logs that need not be normalised.
double entropy_of(std::span<const double> logs) {
    double sum = 0.0;
    for (double l : logs)
        if (l > -infinity) sum -= std::exp(l) * l;
    return sum;
}

/// Row `context` of the conditionals (n, m), or with -1 the largest of each column.
std::vector<double> picked_entries(std::span<const double> conditionals, std::size_t n, std::size_t m, int context) {
    const std::size_t first = context >= 0 ? static_cast<std::size_t>(context) * m : 0;
    std::vector<double> picked(conditionals.begin() + static_cast<std::ptrdiff_t>(first),
                               conditionals.begin() + static_cast<std::ptrdiff_t>(first + m));
    for (std::size_t k = 1; context < 0 && k < n; ++k)
        for (std::size_t i = 0; i < m; ++i) picked[i] = std::max(picked[i], conditionals[k * m + i]);
    return picked;
}

void require_eta(double eta) {
    if (!(eta >= 0.0) || std::isinf(eta))
        throw ConfigError("composition: eta is " + std::to_string(eta) + ", expected a finite number >= 0");
}

void require_finite(const char* what, std::span<const double> values) {
    for (double v : values)
        if (!std::isfinite(v))
            throw ConfigError(std::string("compose_scores: ") + what + " holds a value that is not finite");
}

}  // namespace

Pool pool_of(const std::string& name) {
    const std::vector<std::string> known{"mean", "max", "min_entropy"};
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw ConfigError(unknown_name("pool", name, known));
    return static_cast<Pool>(found - known.begin());
}

std::vector<double> mean_exponents(std::size_t n, double beta) {
    std::vector<double> exponents(n, (beta + 1.0) / static_cast<double>(n));
    exponents.push_back(-beta);
    return exponents;
}

void add_power(double exponent, std::span<const double> values, double* sum) {
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += exponent * values[i];
}

std::vector<double> combine(std::span<const double> conditionals, std::span<const double> unconditional, Pool pool,
                            double beta, int context) {
    const std::size_t m = unconditional.size(), n = count_rows("combine", conditionals, m);
    require_context("combine", context, n);
    if (pool == Pool::min_entropy && context < 0) throw ConfigError("combine: min_entropy without a chosen context");

    // The mean is a product of powers. Other pools pick one conditional for each entry, which then is a product of two.
    std::vector<double> out(m, 0.0);
    const std::vector<double> picked =
        pool == Pool::mean ? std::vector<double>{} : picked_entries(conditionals, n, m, context);
    const auto add_conditionals = [&](const std::vector<double>& exponents, std::size_t first, std::size_t count,
                                      double* sum) {
        for (std::size_t k = 0; k + 1 < exponents.size(); ++k)
            add_power(exponents[k],
                      (pool == Pool::mean ? conditionals.subspan(k * m, m) : std::span<const double>(picked))
                          .subspan(first, count),
                      sum);
    };
    const std::size_t n_factors = pool == Pool::mean ? n : 1;
    const std::vector<double> exponents = mean_exponents(n_factors, beta), alone = mean_exponents(n_factors, 0.0);
    add_conditionals(exponents, 0, m, out.data());
    for (std::size_t i = 0; i < m; ++i) {
        // Both infinite would give NaN; a token that no context allows is not made possible by the ratio.
        if (unconditional[i] == -infinity) {
            out[i] = 0.0;
            add_conditionals(alone, i, 1, &out[i]);
        } else if (out[i] != -infinity) {
            add_power(exponents.back(), unconditional.subspan(i, 1), &out[i]);
        }
    }
    return out;
}

ComposedLaw compose_laws(std::span<const double> logits, std::span<const double> unconditional,
                         const Composition& composition, int last_context) {
    const std::size_t m = unconditional.size(), n = count_rows("compose_laws", logits, m);
    require_context("compose_laws", last_context, n);
    require_eta(composition.eta);
    if (!(composition.beta > -1.0) || std::isinf(composition.beta))
        throw ConfigError("compose_laws: beta is " + std::to_string(composition.beta) +
                          ", expected a finite number > -1");

    std::vector<double> masked, entropies;
    for (std::size_t k = 0; k < n; ++k) {
        const std::vector<double> row = masked_logs(logits.subspan(k * m, m), composition.top_p);
        entropies.push_back(entropy_of(row));
        masked.insert(masked.end(), row.begin(), row.end());
    }
    const std::vector<double> masked_unconditional = masked_logs(unconditional, composition.top_p);
    const int context =
        composition.pool == Pool::min_entropy ? least_entropy(entropies, composition.eta, last_context) : -1;

    const std::vector<double> logs = combine(masked, masked_unconditional, composition.pool, composition.beta, context);
    const double largest = *std::max_element(logs.begin(), logs.end());
    if (largest == -infinity)
        throw NumericsError("compose_laws: no token is in the truncated laws of all " + std::to_string(n) +
                            " contexts; raise top_p or use pool min_entropy or max");
    double sum = 0.0;
    for (double l : logs) sum += std::exp(l - largest);
    return {with_temperature(Categorical::from_log_weights(logs), composition.temperature), context,
            largest + std::log(sum), std::move(entropies)};
}

ComposedScore compose_scores(std::span<const double> scores, std::span<const double> unconditional,
                             const Composition& composition, std::span<const double> ranking, int last_context) {
    const std::size_t n = count_rows("compose_scores", scores, unconditional.size());
    require_context("compose_scores", last_context, n);
    require_eta(composition.eta);
    require_finite("a conditional score", scores);
    require_finite("the unconditional score", unconditional);
    if (!std::isfinite(composition.beta)) throw ConfigError("compose_scores: beta is not finite");

    int context = -1;
    if (composition.pool != Pool::mean) {
        if (ranking.size() != n)
            throw ConfigError("compose_scores: " + std::to_string(ranking.size()) +
                              " values to choose a context by, expected one for each of " + std::to_string(n) +
                              " contexts (log-densities for max, entropies for min_entropy)");
        require_finite("the ranking", ranking);
        context = composition.pool == Pool::max
                      ? static_cast<int>(std::max_element(ranking.begin(), ranking.end()) - ranking.begin())
                      : least_entropy({ranking.begin(), ranking.end()}, composition.eta, last_context);
    }
    return {combine(scores, unconditional, composition.pool, composition.beta, context), context};
}

}  // namespace dynkin
