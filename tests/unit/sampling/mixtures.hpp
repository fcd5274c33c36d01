#pragma once
// Laws the tests of this room share.
#include "solvers/sampling/gaussian_mixture.hpp"

#include <exception>
#include <string>

namespace dynkin::test {

/// Three components of very different width in one dimension.
inline GaussianMixture three_bumps() {
    return {.weights = {0.3, 0.5, 0.2}, .means = {{-1.2}, {0.4}, {1.5}}, .sds = {{0.1}, {0.2}, {0.05}}};
}

/// Two components in the plane, axes of different width.
inline GaussianMixture two_in_the_plane() {
    return {.weights = {0.4, 0.6}, .means = {{-1.0, 0.5}, {1.2, -0.3}}, .sds = {{0.3, 0.6}, {0.5, 0.2}}};
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

}  // namespace dynkin::test
