#include "models/lm/dense_kernels.hpp"

#include "solvers/core/intrinsics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace dynkin::lm::detail {
namespace {

#define DYNKIN_LEVEL_FILE "models/lm/dense_kernels_level.hpp"
#include "solvers/core/each_vector_level.hpp"

}  // namespace

const DenseKernels& dense_kernels(VectorLevel level) {
#if DYNKIN_HAS_LEVELS
    if (level == VectorLevel::v4) return v4::table;
    if (level == VectorLevel::v3) return v3::table;
#endif
    (void)level;
    return baseline::table;
}

}  // namespace dynkin::lm::detail
