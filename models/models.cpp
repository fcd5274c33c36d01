#include "models/models.hpp"

#include "models/model_entries.hpp"

#include <algorithm>
#include <iterator>

namespace dynkin {

extern template std::vector<ModelEntry> model_entries<0>();
extern template std::vector<ModelEntry> model_entries<1>();
extern template std::vector<ModelEntry> model_entries<2>();
extern template std::vector<ModelEntry> model_entries<3>();

void detail::refuse_unknown_parameters(const ParameterSource& source, std::string_view model,
                                       const std::vector<ParameterInfo>& known) {
    std::vector<std::string> names;
    for (const ParameterInfo& parameter : known) names.push_back(parameter.name);
    for (const std::string& name : source.names())
        if (std::find(names.begin(), names.end(), name) == names.end())
            source.fail(name, unknown_name("parameter of " + std::string(model), name, names));
}

namespace {

const std::vector<ModelEntry>& entries() {
    static const std::vector<ModelEntry> list = [] {
        std::vector<ModelEntry> all;
        const auto take = [&all](std::vector<ModelEntry> part) {
            std::move(part.begin(), part.end(), std::back_inserter(all));
        };
        take(model_entries<0>());
        take(model_entries<1>());
        take(model_entries<2>());
        take(model_entries<3>());
        std::sort(all.begin(), all.end(),
                  [](const ModelEntry& a, const ModelEntry& b) { return a.position < b.position; });
        return all;
    }();
    return list;
}

}  // namespace

const std::vector<ModelInfo>& model_list() {
    static const std::vector<ModelInfo> list = [] {
        std::vector<ModelInfo> infos;
        for (const ModelEntry& entry : entries()) infos.push_back(entry.info);
        return infos;
    }();
    return list;
}

std::shared_ptr<const Process> make_model(const std::string& name, const ParameterSource& source) {
    std::vector<std::string> names;
    for (const ModelEntry& entry : entries()) {
        if (entry.info.name == name) return entry.make(source);
        names.push_back(entry.info.name);
    }
    throw ConfigError(unknown_name("model", name, names));
}

}  // namespace dynkin
