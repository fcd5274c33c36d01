#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace dynkin {
namespace {

VectorLevel detect() {
#if DYNKIN_HAS_LEVELS
    __builtin_cpu_init();
    VectorLevel best = VectorLevel::baseline;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = VectorLevel::v3;
    if (best == VectorLevel::v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        best = VectorLevel::v4;
    if (const char* forced = std::getenv("DYNKIN_VECTOR_LEVEL")) {
        const std::string_view wanted(forced);
        if (wanted == "baseline") return VectorLevel::baseline;
        if (wanted == "v3") return std::min(best, VectorLevel::v3);
    }
    return best;
#else
    return VectorLevel::baseline;
#endif
}

}  // namespace

VectorLevel vector_level() {
    static const VectorLevel level = detect();
    return level;
}

const char* name_of(VectorLevel level) {
    switch (level) {
        case VectorLevel::v4: return "v4";
        case VectorLevel::v3: return "v3";
        default: return "baseline";
    }
}

}  // namespace dynkin
