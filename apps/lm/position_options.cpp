#include "apps/lm/position_options.hpp"

#include "apps/lm/settings.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>

namespace dynkin::language {
namespace {

std::int64_t scaled(std::int64_t context, double factor) {
    return std::max(context, static_cast<std::int64_t>(std::floor(static_cast<double>(context) * factor)));
}

std::int64_t longest(const lm::PositionSpec& spec, std::int64_t context) {
    switch (spec.scheme) {
        case lm::PositionScheme::rope: return context;
        case lm::PositionScheme::interpolation:
        case lm::PositionScheme::ntk_fixed:
        case lm::PositionScheme::ntk_mixed: return scaled(context, spec.factor);
        case lm::PositionScheme::inv_leaky: return scaled(context, spec.expansion);
        default: return 0;
    }
}

}  // namespace

ChosenPositions choose_positions(const PositionOptions& o, const ModelFiles& model) {
    const std::int64_t context = model.checkpoint.shape().context;
    lm::PositionSpec spec = model.trained ? model.trained->positions : lm::PositionSpec{};
    if (!o.scheme.empty()) {
        const lm::PositionScheme scheme = lm::position_scheme_of(o.scheme);
        if (scheme != spec.scheme) spec = {.scheme = scheme};
    }
    if (o.window != 0) spec.window = o.window;
    if (o.factor != 0.0) spec.factor = o.factor;
    if (o.expansion != 0.0) spec.expansion = o.expansion;
    if (o.base_factor != 0.0) spec.base_factor = o.base_factor;
    if (!o.scale.empty()) {
        spec.scale = lm::attention_scale_of(o.scale);
        const bool scales = spec.scale != lm::AttentionScale::none;
        spec.training_length = scales ? (model.trained ? model.trained->length : context) : 0;
    }
    if (o.training_length != 0) spec.training_length = o.training_length;
    const lm::RotaryPositions checked(spec, model.checkpoint.shape());
    if (o.max_length < 0) throw ConfigError("--max-length: found " + std::to_string(o.max_length) + ", expected >= 1");
    return {spec, o.max_length > 0 ? o.max_length : longest(spec, context)};
}

std::int64_t required_length(const ChosenPositions& chosen, std::int64_t needed, const std::string& what) {
    if (chosen.max_length == 0) return needed;
    if (needed <= chosen.max_length) return chosen.max_length;
    throw ConfigError(what + ": " + std::to_string(needed) + " tokens, but the context has room for " +
                      std::to_string(chosen.max_length) +
                      "; --positions rerope --window W goes beyond it, --max-length N does so without remedy");
}

lm::WeightFormat weights_of(const std::string& name) {
    if (name == "fp32") return lm::WeightFormat::float32;
    if (name == "bf16") return lm::WeightFormat::bfloat16;
    return lm::weight_format_of(name);
}

std::string text_of(const lm::PositionSpec& spec) {
    std::string text = lm::name_of(spec.scheme);
    const auto add = [&](const std::string& name, const std::string& value) { text += ", " + name + " " + value; };
    if (spec.window != 0) add("window", std::to_string(spec.window));
    if (spec.factor != 0.0) add("factor", number_text(spec.factor));
    if (spec.expansion != 0.0) add("expansion", number_text(spec.expansion));
    if (spec.base_factor != 1.0) add("base_factor", number_text(spec.base_factor));
    if (spec.scale != lm::AttentionScale::none) add("scale", lm::name_of(spec.scale));
    if (spec.training_length != 0) add("training_length", std::to_string(spec.training_length));
    return text;
}

}  // namespace dynkin::language
