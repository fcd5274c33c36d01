#pragma once
// The list of built-in models. To add one: its header here, its type below, in the order of the docs. It is then known
// to the config, to `dynkin models` and to the conformance tests.
#include "models/benes.hpp"
#include "models/bessel.hpp"
#include "models/brownian_gyrator.hpp"
#include "models/cir.hpp"
#include "models/cir_bond.hpp"
#include "models/double_well.hpp"
#include "models/drifted_brownian.hpp"
#include "models/geometric_brownian.hpp"
#include "models/killed_brownian.hpp"
#include "models/levy_area.hpp"
#include "models/logistic_flow.hpp"
#include "models/lotka_volterra.hpp"
#include "models/maier_stein.hpp"
#include "models/ornstein_uhlenbeck.hpp"
#include "models/rayleigh_van_der_pol.hpp"
#include "models/reversing_swirl.hpp"
#include "models/ring.hpp"
#include "models/rotation.hpp"
#include "models/stochastic_lorenz.hpp"
#include "models/underdamped_langevin.hpp"
#include "models/wright_fisher.hpp"

namespace dynkin::models {

template <class... M>
struct TypeList {};

// clang-format off
using ModelTypes = TypeList<
    DriftedBrownian,
    OrnsteinUhlenbeck,
    GeometricBrownian,
    Cir,
    CirBond,
    Benes,
    Bessel,
    WrightFisher,
    DoubleWell,
    Ring,
    KilledBrownian,
    GradientMaierStein,
    MaierStein,
    UnderdampedLangevin,
    RayleighVanDerPol,
    BrownianGyrator,
    LevyArea,
    StochasticLorenz,
    MultiplicativeLorenz,
    LogisticFlow,
    Rotation,
    ReversingSwirl,
    LotkaVolterra>;
// clang-format on

}  // namespace dynkin::models
