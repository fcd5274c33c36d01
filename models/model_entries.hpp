#pragma once
// From the types of model_types.hpp to a table. Compiling a model costs half a second, so the list is walked by
// several source files, each of which takes every n_parts-th type.
#include "models/model_types.hpp"
#include "models/models.hpp"

#include <utility>

namespace dynkin {

struct ModelEntry {
    std::size_t position = 0;  ///< in the list
    ModelInfo info;
    std::shared_ptr<const Process> (*make)(const ParameterSource&) = nullptr;
};

inline constexpr std::size_t n_parts = 4;

/// The entries at positions part, part + n_parts, ...; instantiated in model_entries_<part>.cpp.
template <std::size_t part>
std::vector<ModelEntry> model_entries();

namespace detail {

template <Model M>
std::vector<ParameterInfo> describe() {
    std::vector<ParameterInfo> list;
    M model{};
    if constexpr (HasParameters<M>) model.parameters(DescribeParameters{list});
    return list;
}

void refuse_unknown_parameters(const ParameterSource& source, std::string_view model,
                               const std::vector<ParameterInfo>& known);

template <Model M>
std::shared_ptr<const Process> make_listed(const ParameterSource& source) {
    refuse_unknown_parameters(source, M::name, describe<M>());
    M model{};
    if constexpr (HasParameters<M>) model.parameters(ReadParameters{source});
    if constexpr (HasSettle<M>)
        model.settle([&](std::string_view name, const std::string& message) { source.fail(name, message); });
    return make_process(std::move(model));
}

template <Model M>
ModelEntry entry(std::size_t position) {
    const std::shared_ptr<const Process> process = make_process(checked(M{}));
    return {position,
            ModelInfo{std::string(M::name), std::string(M::title), std::string(M::equation), process->dim(),
                      process->noise_dim(), process->noise_kind(), describe<M>(), std::string(M::source),
                      process->has_exact_transition(), process->has_transition_density()},
            &make_listed<M>};
}

template <std::size_t part, class... M, std::size_t... I>
std::vector<ModelEntry> collect(models::TypeList<M...>, std::index_sequence<I...>) {
    std::vector<ModelEntry> entries;
    const auto add = [&]<class T, std::size_t position>(std::integral_constant<std::size_t, position>, T*) {
        if constexpr (position % n_parts == part) entries.push_back(entry<T>(position));
    };
    (add(std::integral_constant<std::size_t, I>{}, static_cast<M*>(nullptr)), ...);
    return entries;
}

template <class... M>
constexpr auto positions(models::TypeList<M...>) {
    return std::index_sequence_for<M...>{};
}

}  // namespace detail

template <std::size_t part>
std::vector<ModelEntry> model_entries() {
    return detail::collect<part>(models::ModelTypes{}, detail::positions(models::ModelTypes{}));
}

}  // namespace dynkin
