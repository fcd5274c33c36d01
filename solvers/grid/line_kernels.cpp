#include "solvers/grid/line_kernels.hpp"

#include "solvers/core/dispatch.hpp"

namespace dynkin::detail {
namespace {

#define DYNKIN_LEVEL_FILE "solvers/grid/line_kernels_level.hpp"
#include "solvers/core/each_vector_level.hpp"

}  // namespace

const LineKernels& line_kernels() {
    static const LineKernels kernels = [] {
#if DYNKIN_HAS_LEVELS
        switch (vector_level()) {
            case VectorLevel::v4: return LineKernels{v4::shared, v4::own, v4::segments_forward, v4::segments_backward};
            case VectorLevel::v3: return LineKernels{v3::shared, v3::own, v3::segments_forward, v3::segments_backward};
            case VectorLevel::baseline: break;
        }
#endif
        return LineKernels{baseline::shared, baseline::own, baseline::segments_forward, baseline::segments_backward};
    }();
    return kernels;
}

}  // namespace dynkin::detail
