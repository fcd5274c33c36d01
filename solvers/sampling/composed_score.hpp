#pragma once
// Products, powers and quotients of noised laws, and the weights that make sampling from them right.
#include "solvers/core/process.hpp"
#include "solvers/sampling/composition.hpp"
#include "solvers/sampling/score.hpp"

#include <memory>
#include <vector>

namespace dynkin {

/// A factor p^exponent of a composed law.
struct ScoreTerm {
    DenoiserPtr model{};
    double exponent = 1.0;
};

/// prod_k p_k^((1 + beta) / n) / p_0^beta: mean_exponents of n conditionals; n = 1 is classifier-free guidance (Ho &
/// Salimans 2022), beta = n - 1 Bayes' rule for contexts independent given x. ConfigError: no conditional.
std::vector<ScoreTerm> guidance_terms(const std::vector<DenoiserPtr>& conditionals, DenoiserPtr unconditional,
                                      double beta);
std::vector<ScoreTerm> guidance_terms(DenoiserPtr conditional, DenoiserPtr unconditional, double beta);
/// A product of experts: every exponent 1.
std::vector<ScoreTerm> product_terms(const std::vector<DenoiserPtr>& models);
/// p^(1 / temperature).
std::vector<ScoreTerm> tempered_terms(DenoiserPtr model, double temperature);

/// sum_k exponent_k s_k, the score of q_t = prod p_{k,t}^exponent_k at every noise level. It is not the score of the
/// noised law of q_0 except without noise: composition does not commute with noising. log_density is that of q_t up to
/// a constant. ConfigError: no terms, a missing model, models of different dimension, exponents not finite.
DenoiserPtr composed_score(std::vector<ScoreTerm> terms);

/// The score of the composition at every noise level: Pool::mean is composed_score of guidance_terms, the sum that
/// compose_scores takes; Pool::max is compose_scores point by point, ranked by the conditionals' log-densities.
/// log_density up to a constant. ConfigError: as composed_score; min_entropy, which ranks laws of tokens; a conditional
/// without log-density where max needs it.
DenoiserPtr guided_score(const std::vector<DenoiserPtr>& conditionals, DenoiserPtr unconditional,
                         const Composition& composition);

/// The reverse process of the composed score (make_marginal_process, clock t_max - t) with the killing rate
///   c = -g^2 / 2 (|s|^2 - sum_k exponent_k |s_k|^2),   s = sum_k exponent_k s_k,
/// by which its Feynman-Kac weighted law is proportional to q_t at every time if it starts from q_{t_max}: particles
/// carry the weights, the grid the reaction term. For guidance c = -g^2 / 2 beta (1 + beta) |s_1 - s_0|^2. A rate that
/// depends on time only is left out, so only ratios of masses have a meaning. Derived from the Fokker-Planck equations
/// of the factors: their Laplacians cancel. Skreta et al. (2025), "Feynman-Kac correctors in diffusion". ConfigError as
/// above; lambda < 0.
std::shared_ptr<const Process> make_composed_process(SchedulePtr schedule, std::vector<ScoreTerm> terms, double lambda);

}  // namespace dynkin
