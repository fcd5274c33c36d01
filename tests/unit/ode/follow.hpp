#pragma once
// One block through the outputs of a problem, without an ensemble.
#include "solvers/ode/ode_propagator.hpp"
#include "solvers/particle/stepper.hpp"

#include <cmath>
#include <vector>

namespace dynkin {

/// The states at the outputs; starts (n)(dim).
inline std::vector<BlockState> follow(const OdeProblem& problem, const std::vector<std::vector<double>>& starts) {
    BlockState state;
    reset(state, problem.process->dim(), static_cast<Index>(starts.size()), 0);
    for (std::size_t q = 0; q < starts.size(); ++q)
        for (std::size_t j = 0; j < starts[q].size(); ++j) state.x.row(static_cast<int>(j))[q] = starts[q][j];
    const auto worker = make_ode_propagator(problem)->worker();
    std::vector<BlockState> states;
    for (std::size_t k = 0; k < problem.grid.outputs.size(); ++k)
        states.push_back(worker->advance(state, static_cast<int>(k)));
    return states;
}

/// The order seen between each pair of neighbours in a list of step sizes h / 2^k, from the last pair.
inline double observed_order(const std::vector<double>& errors) {
    return std::log2(errors[errors.size() - 2] / errors.back());
}

template <class Function>
std::string message_of(Function f) {
    try {
        f();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace dynkin
