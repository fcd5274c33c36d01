#include "solvers/grid/sweep_kernels.hpp"

#include "solvers/core/dispatch.hpp"

#include <utility>

namespace dynkin::detail {
namespace {

#define DYNKIN_LEVEL baseline
#define DYNKIN_LEVEL_TARGET
#define DYNKIN_LEVEL_BYTES 16
#include "solvers/grid/sweep_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#if DYNKIN_HAS_LEVELS
#define DYNKIN_LEVEL v3
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V3
#define DYNKIN_LEVEL_BYTES 32
#include "solvers/grid/sweep_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#define DYNKIN_LEVEL v4
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V4
#define DYNKIN_LEVEL_BYTES 64
#include "solvers/grid/sweep_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES
#endif

}  // namespace

const SweepKernels& sweep_kernels() {
    static const SweepKernels kernels = [] {
#if DYNKIN_HAS_LEVELS
        switch (vector_level()) {
            case VectorLevel::v4: return SweepKernels{v4::two_stages, v4::one_stage<1>, v4::one_stage<line_lanes>};
            case VectorLevel::v3: return SweepKernels{v3::two_stages, v3::one_stage<1>, v3::one_stage<line_lanes>};
            case VectorLevel::baseline: break;
        }
#endif
        return SweepKernels{baseline::two_stages, baseline::one_stage<1>, baseline::one_stage<line_lanes>};
    }();
    return kernels;
}

}  // namespace dynkin::detail
