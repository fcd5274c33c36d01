#pragma once
// Normals as a user draws them today.
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>

#include <cstddef>
#include <random>

namespace dynkin::benchmarks {

inline void std_normals(double* out, std::size_t n) {
    static std::mt19937_64 engine(1);
    static std::normal_distribution<double> normal;
    for (std::size_t i = 0; i < n; ++i) out[i] = normal(engine);
}

/// The ziggurat of Boost.
inline void boost_normals(double* out, std::size_t n) {
    static boost::random::mt19937_64 engine(1);
    static boost::random::normal_distribution<double> normal;
    for (std::size_t i = 0; i < n; ++i) out[i] = normal(engine);
}

}  // namespace dynkin::benchmarks
