#pragma once
// Values of a cell-averaged quantity at faces, taken from the side the wind comes from.
#include "solvers/core/points.hpp"

#include <vector>

namespace dynkin {

/// upwind is first order: the low-order partner of the positivity limiter, and the yardstick tests compare with.
enum class AdvectiveFlux { weno5, muscl, upwind };

const char* name_of(AdvectiveFlux flux);

/// Weights of the limited linear reconstruction at one face, for wind from below and from above. With d1 = donor -
/// behind and d2 = ahead - donor, value = donor + the smallest of (d1, d2, central_1 d1 + central_2 d2), zero when
/// their signs differ: both face values of a cell then lie between it and its neighbours.
struct MusclWeights {
    struct Side {
        double central_1 = 0.25, central_2 = 0.25;
    };
    Side from_below, from_above;
};

/// Weights for the n + 1 faces of an axis with the given cell widths; neighbours beyond the ends have the end's width.
std::vector<MusclWeights> muscl_weights(const std::vector<double>& widths);

/// Six rows of cell values around a row of n faces: below[0..2] and above[0..2] counted away from the face.
struct FaceStencil {
    const double* below[3];
    const double* above[3];
};

/// low = rate * donor, high = rate * reconstruction, at n faces with signed rates (positive: wind from below).
/// Fifth-order WENO-Z (Borges, Carmona, Costa & Don 2008, q = 2); uniform spacing.
void weno5_fluxes(Index n, const FaceStencil& q, const double* rate, double* low, double* high);

/// Limited linear reconstruction (monotonised central, van Leer 1977), second order. `weights` has one entry a face,
/// or one entry for all n faces when `same_weights`.
void muscl_fluxes(Index n, const FaceStencil& q, const double* rate, const MusclWeights* weights, bool same_weights,
                  double* low, double* high);

/// low = high = rate * donor.
void upwind_fluxes(Index n, const FaceStencil& q, const double* rate, double* low, double* high);

}  // namespace dynkin
