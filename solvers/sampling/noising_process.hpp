#pragma once
// The forward noising process and its relatives with the same marginals, as processes for particles, grids and
// verdicts.
#include "solvers/core/process.hpp"
#include "solvers/sampling/score.hpp"

#include <memory>

namespace dynkin {

/// dX = f(t) X dt + g(t) dW in R^dim on [schedule.t_min, t_max], with exact transition and its density. Started at t
/// with the law of alpha(t) X_0 + sigma(t) xi it has that law at every later time.
std::shared_ptr<const Process> make_noising_process(SchedulePtr schedule, int dim);

/// forward: the clock is t. reverse: the clock is tau = t_max - t, so that tau runs from 0 to t_max - t_min.
enum class TimeDirection { forward, reverse };

/// All diffusions with the marginals of the noising process, one for every lambda >= 0, the square of the ratio of
/// their noise to g:
///   forward  dX = (f X - (1 - lambda) / 2 g^2 s) dt + sqrt(lambda) g dW
///   reverse  dX = (-f X + (1 + lambda) / 2 g^2 s) dtau + sqrt(lambda) g dW
/// with s = grad log p_t. lambda = 0: the probability-flow equation; lambda = 1: the noising process itself (forward),
/// Anderson's reverse equation (reverse). Song et al. (2021), section 4.3 and appendix D.1; lambda > 1 stirs more.
/// ConfigError: lambda < 0 or not finite. The score must exist at every time used (sigma > 0, or a smooth law).
std::shared_ptr<const Process> make_marginal_process(SchedulePtr schedule, DenoiserPtr model, double lambda,
                                                     TimeDirection direction);

}  // namespace dynkin
