#include "solvers/core/errors.hpp"
#include "solvers/sampling/sampler_base.hpp"
#include "solvers/sampling/sampling_times.hpp"

#include <algorithm>
#include <sstream>

namespace dynkin {
namespace {

const std::vector<SamplerEntry>& entries() {
    static const std::vector<SamplerEntry> all{ddpm_sampler(),
                                               ddim_sampler(),
                                               euler_maruyama_sampler(),
                                               heun_sampler(),
                                               dpm2_sampler(),
                                               dpmpp2m_sampler(),
                                               dpmpp2m_sde_sampler(),
                                               unipc_sampler(),
                                               lms4_sampler(),
                                               predictor_corrector_sampler(),
                                               probability_flow_sampler()};
    return all;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const SamplerInfo& info : sampler_list()) all.push_back(info.name);
    return all;
}

}  // namespace

Rows SamplerMemory::push(int dim, Index n, int depth) {
    n_ = std::min(n_ + 1, depth);
    if (static_cast<int>(past_.size()) < n_) past_.emplace_back();
    std::rotate(past_.begin(), past_.begin() + (n_ - 1), past_.begin() + n_);
    Block& newest = past_.front();
    if (newest.n_rows() != dim || newest.size() != n) newest.resize(dim, n);
    return newest.rows();
}

const std::vector<SamplerInfo>& sampler_list() {
    static const std::vector<SamplerInfo> all = [] {
        std::vector<SamplerInfo> infos;
        for (const SamplerEntry& entry : entries()) infos.push_back(entry.info);
        return infos;
    }();
    return all;
}

const SamplerInfo& sampler_info(const std::string& name) {
    for (const SamplerInfo& info : sampler_list())
        if (info.name == name) return info;
    throw ConfigError(unknown_name("sampler", name, names()));
}

std::unique_ptr<Sampler> make_sampler(const std::string& name, const SamplerSetup& setup) {
    const SamplerInfo& info = sampler_info(name);
    if (!setup.schedule) throw ConfigError("sampler " + name + ": no schedule was given");
    if (!setup.model) throw ConfigError("sampler " + name + ": no model was given");
    check_sampling_times(*setup.schedule, setup.times);
    for (const SamplerEntry& entry : entries())
        if (entry.info.name == name && entry.make != nullptr) return entry.make(setup, info);
    throw ConfigError("sampler " + name + " has no steps of its own; run it by make_sampling_propagator");
}

void require_option(bool accepted, const SamplerInfo& info, const char* option, double value, const char* expected) {
    if (accepted) return;
    std::ostringstream message;
    message << "sampler " << info.name << ": " << option << " = " << value << ", expected " << expected;
    throw ConfigError(message.str());
}

}  // namespace dynkin
