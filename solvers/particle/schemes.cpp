#include "solvers/core/errors.hpp"
#include "solvers/noise/increments.hpp"
#include "solvers/particle/scheme_base.hpp"

#include <algorithm>

namespace dynkin {
namespace {

const std::vector<SchemeEntry>& entries() {
    static const std::vector<SchemeEntry> list = {euler_maruyama(), tamed_euler(), milstein(), stochastic_heun(), sra1(),
                                                  shark(),          sriw1(),       baoab(),    exact_transition()};
    return list;
}

bool accepts_noise(const SchemeEntry& entry, const Process& process) {
    const std::vector<NoiseKind>& kinds = entry.info.noise;
    return std::find(kinds.begin(), kinds.end(), process.noise_kind()) != kinds.end();
}

std::string schemes_for(const Process& process) {
    std::string names;
    for (const SchemeEntry& entry : entries())
        if (accepts_noise(entry, process) && entry.obstacle(process).empty())
            names += (names.empty() ? "" : ", ") + entry.info.name;
    return names;
}

}  // namespace

const std::vector<SchemeInfo>& scheme_list() {
    static const std::vector<SchemeInfo> list = [] {
        std::vector<SchemeInfo> infos;
        for (const SchemeEntry& entry : entries()) infos.push_back(entry.info);
        return infos;
    }();
    return list;
}

std::unique_ptr<Scheme> make_scheme(const std::string& name, const Process& process) {
    std::vector<std::string> names;
    for (const SchemeEntry& entry : entries()) {
        names.push_back(entry.info.name);
        if (entry.info.name != name) continue;
        if (!accepts_noise(entry, process))
            throw ConfigError("scheme '" + name + "' cannot integrate " + name_of(process.noise_kind()) + " noise of '" +
                              process.name() + "'; schemes that can: " + schemes_for(process));
        if (const std::string why = entry.obstacle(process); !why.empty())
            throw ConfigError("scheme '" + name + "' cannot integrate '" + process.name() + "': " + why +
                              "; schemes that can: " + schemes_for(process));
        return entry.make(process, entry.info);
    }
    throw ConfigError(unknown_name("scheme", name, names));
}

void join_increments(int noise_dim, int normals_per_noise, Index n, Increments first, Increments second,
                     double second_length, Increments out) {
    join_increments(NoiseShape{noise_dim, normals_per_noise}, n, first, second, second_length, out);
}

}  // namespace dynkin
