#include "models/lm/json_input.hpp"
#include "models/lm/message_text.hpp"
#include "models/lm/model_directory.hpp"
#include "solvers/core/errors.hpp"

#include <limits>

namespace dynkin::lm {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

void check_architecture(const JsonValue& config) {
    const auto refuse = [](const JsonValue& place, const std::string& name) {
        place.fail(shown(name) + " is another architecture; only LlamaForCausalLM is read");
    };
    if (const auto architectures = config.find("architectures")) {
        for (const JsonValue& name : architectures->elements()) {
            if (name.text() != "LlamaForCausalLM") refuse(name, name.text());
        }
        if (!architectures->raw().empty()) return;
    }
    const JsonValue type = config.at("model_type");
    if (type.text() != "llama") refuse(type, type.text());
}

// Settings under which the decoder would compute something else.
void check_settings(const JsonValue& config) {
    if (const auto activation = config.find("hidden_act"); activation && activation->text() != "silu") {
        activation->fail(shown(activation->text()) + " is another activation; only silu is computed");
    }
    for (const char* key : {"attention_bias", "mlp_bias"}) {
        if (config.boolean_or(key, false)) config.at(key).fail("true; matrices with a bias are not computed");
    }
    for (const char* key : {"quantization_config", "rope_scaling"}) {
        const auto setting = config.find(key);
        if (!setting) continue;
        const bool is_default =
            setting->raw().is_object() && setting->text_or("rope_type", setting->text_or("type", "")) == "default";
        if (!is_default) setting->fail("not supported" + std::string(": ") + shown(setting->raw().dump()));
    }
}

// Newer files keep the base in rope_parameters.
double rotary_base(const JsonValue& config) {
    const auto parameters = config.find("rope_parameters");
    if (!parameters) return config.real_or("rope_theta", 10000.0);
    if (const std::string type = parameters->text_or("rope_type", "default"); type != "default") {
        parameters->at("rope_type").fail(shown(type) + " is not supported; only default is");
    }
    return parameters->real_or("rope_theta", config.real_or("rope_theta", 10000.0));
}

}  // namespace

DecoderShape parse_model_config(std::string_view json, const std::string& where) {
    const Json parsed = parse_json(json, where);
    const JsonValue config(parsed, where);
    check_architecture(config);
    check_settings(config);
    const auto size = [&config](const char* key) { return config.at(key).integer(1, most); };
    DecoderShape shape;
    shape.vocabulary = size("vocab_size");
    shape.width = size("hidden_size");
    shape.n_layers = size("num_hidden_layers");
    shape.n_heads = size("num_attention_heads");
    shape.n_kv_heads = config.integer_or("num_key_value_heads", 1, most, shape.n_heads);
    if (!config.find("head_dim") && shape.width % shape.n_heads != 0) {
        config.fail("num_attention_heads = " + std::to_string(shape.n_heads) +
                    " must divide hidden_size = " + std::to_string(shape.width) + " when there is no head_dim");
    }
    shape.head_width = config.integer_or("head_dim", 1, most, shape.width / shape.n_heads);
    shape.hidden = size("intermediate_size");
    // What transformers takes when a key is left out (LlamaConfig).
    shape.context = config.integer_or("max_position_embeddings", 1, most, 2048);
    shape.rotary_base = rotary_base(config);
    shape.norm_epsilon = config.real_or("rms_norm_eps", 1e-6);
    shape.tied_output = config.boolean_or("tie_word_embeddings", false);
    shape.rotary_pairing = RotaryPairing::halves;
    try {
        validate(shape, where);
    } catch (const ConfigError& error) {
        throw IoError(error.what());
    }
    return shape;
}

}  // namespace dynkin::lm
