#include "apps/run/provenance.hpp"

#include "build_info.hpp"
#include "solvers/core/dispatch.hpp"

#include <ctime>

namespace dynkin {

std::string version() {
    return build_info::version;
}

std::vector<Attribute> build_provenance() {
    return {{"version", build_info::version},
            {"commit", build_info::commit},
            {"dirty", std::string(build_info::dirty)},
            {"compiler", build_info::compiler},
            {"flags", build_info::flags},
            {"instruction_set", std::string(name_of(vector_level()))},
            {"math_mode", std::string("IEEE double, no contraction, no reassociation, explicit fused multiply-add")},
            {"random_generator", std::string("Philox4x32-10 (Salmon et al. 2011), Box-Muller normals")}};
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

}  // namespace dynkin
