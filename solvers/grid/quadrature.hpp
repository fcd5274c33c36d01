#pragma once
// Gauss-Legendre rules on (0, 1); not part of the interface.
#include <array>

namespace dynkin {

inline constexpr std::array<double, 3> gauss3_node = {0.11270166537925831148, 0.5, 0.88729833462074168852};
inline constexpr std::array<double, 3> gauss3_weight = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
inline constexpr std::array<double, 2> gauss2_node = {0.21132486540518711775, 0.78867513459481288225};

}  // namespace dynkin
