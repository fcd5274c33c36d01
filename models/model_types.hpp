#pragma once
// The list of built-in models. To add one: its header here, its type below, in the order of the docs. It is then known
// to the config, to `dynkin models` and to the conformance tests.
#include "models/double_well.hpp"
#include "models/geometric_brownian.hpp"
#include "models/ornstein_uhlenbeck.hpp"

namespace dynkin::models {

template <class... M>
struct TypeList {};

// clang-format off
using ModelTypes = TypeList<
    DoubleWell,
    OrnsteinUhlenbeck,
    GeometricBrownian>;
// clang-format on

}  // namespace dynkin::models
