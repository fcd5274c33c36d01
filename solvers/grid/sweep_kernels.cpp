#include "solvers/grid/sweep_kernels.hpp"

#include "solvers/core/dispatch.hpp"

#include <utility>

namespace dynkin::detail {
namespace {

#define DYNKIN_LEVEL_FILE "solvers/grid/sweep_kernels_level.hpp"
#include "solvers/core/each_vector_level.hpp"

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
