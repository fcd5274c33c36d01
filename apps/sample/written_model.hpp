#pragma once
// Schedules and scores written as expressions in the config.
#include "models/expression/parser.hpp"
#include "solvers/core/source_location.hpp"
#include "solvers/sampling/score.hpp"

#include <string>
#include <vector>

namespace dynkin {

/// alpha and sigma as smooth expressions of t; f, g^2 and their derivatives are symbolic. The time of a noise level is
/// found by bisection. ConfigError: expressions with jumps or kinks, and see check(const Schedule&).
SchedulePtr expression_schedule(const LocatedText& alpha, const LocatedText& sigma, double t_min, double t_max,
                                const Constants& constants);

/// A model whose prediction is written down, one expression for each variable. They may name the variables, alpha,
/// sigma, and score_<variable>: the score of `base`.
DenoiserPtr expression_denoiser(const std::vector<LocatedText>& values, Prediction predicts,
                                const std::vector<std::string>& variables, const DenoiserPtr& base,
                                const Constants& constants);

}  // namespace dynkin
