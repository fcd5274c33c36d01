#include "solvers/grid/line_kernels.hpp"

#include "solvers/core/dispatch.hpp"

namespace dynkin::detail {
namespace {

#define DYNKIN_LEVEL baseline
#define DYNKIN_LEVEL_TARGET
#define DYNKIN_LEVEL_BYTES 16
#include "solvers/grid/line_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#if DYNKIN_HAS_LEVELS
#define DYNKIN_LEVEL v3
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V3
#define DYNKIN_LEVEL_BYTES 32
#include "solvers/grid/line_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#define DYNKIN_LEVEL v4
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V4
#define DYNKIN_LEVEL_BYTES 64
#include "solvers/grid/line_kernels_level.hpp"
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES
#endif

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
