#include "models/lm/dense_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#if DYNKIN_HAS_LEVELS
#ifndef __clang__  // false alarms inside g++ 12's own header, PR 105593
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
#endif

namespace dynkin::lm::detail {
namespace {

#define DYNKIN_LEVEL baseline
#define DYNKIN_LEVEL_TARGET
#define DYNKIN_LEVEL_BYTES 16
#include "models/lm/dense_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#if DYNKIN_HAS_LEVELS
#define DYNKIN_LEVEL v3
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V3
#define DYNKIN_LEVEL_BYTES 32
#include "models/lm/dense_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#define DYNKIN_LEVEL v4
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V4
#define DYNKIN_LEVEL_BYTES 64
#include "models/lm/dense_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES
#endif

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
