#pragma once
// First passages into a set, from the rate matrix of a Fokker-Planck operator.
#include "solvers/core/level_set.hpp"
#include "solvers/grid/fokker_planck.hpp"
#include "solvers/rates/rate_matrix.hpp"

#include <vector>

namespace dynkin {

/// The chain that ends on entering { x : level(x) >= 0 }.
struct StoppedChain {
    std::vector<Index> cells;         ///< cell numbers of its states, those with level < 0 at the centre, increasing
    std::vector<double> rate_to_set;  ///< (states) into the set, part of the loss  [1 / time]
    SparseRateMatrix rates;           ///< over the states; loss: into the set, through absorbing walls, by killing
};

/// The edge of the set is placed where the level, linear between two centres, crosses zero: the current towards it is
/// that of a wall there with p = 0 (solvers/grid/face_rates.hpp). So times of passage are of second order in the cell
/// width wherever the edge lies. Autonomous processes with diffusivity along every axis.
/// Throws ConfigError for others, for a set of another dimension, and when every cell lies inside it.
StoppedChain stopped_chain(const FokkerPlanck& op, const LevelSet& set);

struct GridFirstPassage {
    std::vector<double> mean;      ///< (n_cells) E[tau | start in the cell]; 0 inside the set; infinite when never left
    std::vector<double> survival;  ///< (T) P(tau > time) for the law p0 at t0
    double mean_until = 0.0;       ///< E min(tau, until) - t0; NaN when some mean is infinite
};

/// tau is the time of entering the set or of absorption at a wall, whichever comes first; with killing all are weighted
/// means, as in run_first_passage. p0: cell masses (n_cells) of the initial law, mass inside the set counts as passed.
/// times: increasing, first >= t0. Throws as stopped_chain, NumericsError from the propagators.
GridFirstPassage first_passage_on_grid(const FokkerPlanck& op, const LevelSet& set, const std::vector<double>& p0,
                                       double t0, const std::vector<double>& times, double until);

}  // namespace dynkin
