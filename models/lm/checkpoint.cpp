#include "models/lm/checkpoint.hpp"

#include "models/lm/message_text.hpp"
#include "solvers/core/errors.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace dynkin::lm {
namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    return text + ")";
}

std::vector<std::string> names_of(const std::vector<TensorView>& tensors) {
    std::vector<std::string> names;
    for (const TensorView& tensor : tensors) names.push_back(tensor.name);
    return names;
}

constexpr int tensors_per_layer = 9;

TensorShape layer_tensor(const DecoderShape& shape, std::int64_t layer, int i) {
    const std::int64_t width = shape.width, query = shape.query_width(), key = shape.key_width();
    const std::string name = "model.layers." + std::to_string(layer) + ".";
    switch (i) {
        case 0: return {name + "input_layernorm.weight", {width}};
        case 1: return {name + "self_attn.q_proj.weight", {query, width}};
        case 2: return {name + "self_attn.k_proj.weight", {key, width}};
        case 3: return {name + "self_attn.v_proj.weight", {key, width}};
        case 4: return {name + "self_attn.o_proj.weight", {width, query}};
        case 5: return {name + "post_attention_layernorm.weight", {width}};
        case 6: return {name + "mlp.gate_proj.weight", {shape.hidden, width}};
        case 7: return {name + "mlp.up_proj.weight", {shape.hidden, width}};
        default: return {name + "mlp.down_proj.weight", {width, shape.hidden}};
    }
}

std::int64_t n_tensors(const DecoderShape& shape) {
    return shape.n_layers * tensors_per_layer + (shape.tied_output ? 2 : 3);
}

// Number i of the list, so that a file that states 2^31 layers and has three tensors is refused without making it.
TensorShape tensor_of(const DecoderShape& shape, std::int64_t i) {
    if (i == 0) return {"model.embed_tokens.weight", {shape.vocabulary, shape.width}};
    const std::int64_t layer = (i - 1) / tensors_per_layer;
    if (layer < shape.n_layers) return layer_tensor(shape, layer, static_cast<int>((i - 1) % tensors_per_layer));
    if (i == shape.n_layers * tensors_per_layer + 1) return {"model.norm.weight", {shape.width}};
    return {"lm_head.weight", {shape.vocabulary, shape.width}};
}

// Names of tensors that no decoder of this shape has: one of them may be a missing one, misspelled.
std::vector<std::string> strangers(const DecoderShape& shape, const std::vector<TensorView>& tensors) {
    std::unordered_set<std::string> wanted;
    const std::int64_t n = std::min(n_tensors(shape), 2 * std::ssize(tensors) + tensors_per_layer);
    for (std::int64_t i = 0; i < n; ++i) wanted.insert(tensor_of(shape, i).name);
    std::vector<std::string> names = names_of(tensors);
    std::erase_if(names, [&wanted](const std::string& name) { return wanted.contains(name); });
    return names;
}

bool carries_no_weights(const std::string& name, const DecoderShape& shape) {
    return name.ends_with(".rotary_emb.inv_freq") || (shape.tied_output && name == "lm_head.weight");
}

}  // namespace

std::int64_t TensorView::n_numbers() const {
    return static_cast<std::int64_t>(data.size()) / size_of(format);
}

std::vector<float> TensorView::to_float() const {
    std::vector<float> values(static_cast<std::size_t>(n_numbers()));
    convert_to_float(format, data, values);
    return values;
}

TensorView view_of(std::string name, std::vector<std::int64_t> shape, std::span<const float> values) {
    return {std::move(name), NumberFormat::float32, std::move(shape), std::as_bytes(values)};
}

const TensorView& Checkpoint::at(const std::string& name) const {
    for (const TensorView& tensor : tensors_) {
        if (tensor.name == name) return tensor;
    }
    throw ConfigError("no tensor " + shown(name) + " in the checkpoint" + did_you_mean(name, names_of(tensors_)));
}

std::vector<TensorShape> tensors_of(const DecoderShape& shape) {
    std::vector<TensorShape> list;
    for (std::int64_t i = 0; i < n_tensors(shape); ++i) list.push_back(tensor_of(shape, i));
    return list;
}

void require_finite(const TensorView& tensor, const std::string& where) {
    std::int64_t at = first_not_finite(tensor.format, tensor.data);
    if (at < 0) return;
    const std::int64_t size = size_of(tensor.format);
    float value = 0;
    convert_to_float(tensor.format, tensor.data.subspan(static_cast<std::size_t>(at * size)), {&value, 1});
    std::string indices;
    for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
        indices = std::to_string(at % tensor.shape[axis]) + (indices.empty() ? "" : ", ") + indices;
        at /= tensor.shape[axis];
    }
    throw IoError(where + ": " + tensor.name + "[" + indices + "] is " + (value != value ? "nan" : "infinite"));
}

std::vector<TensorView> checked_tensors(const DecoderShape& shape, std::vector<TensorView> tensors,
                                        const std::string& where) {
    std::unordered_map<std::string, std::size_t> position;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (!position.emplace(tensors[i].name, i).second) {
            throw IoError(where + ": tensor " + shown(tensors[i].name) + " is there twice");
        }
    }
    std::vector<TensorView> wanted;
    for (std::int64_t i = 0; i < n_tensors(shape); ++i) {
        const auto [name, expected] = tensor_of(shape, i);
        const auto found = position.find(name);
        if (found == position.end()) {
            throw IoError(where + ": tensor '" + name + "' is missing" + did_you_mean(name, strangers(shape, tensors)));
        }
        const TensorView& tensor = tensors[found->second];
        if (tensor.shape != expected) {
            throw IoError(where + ": tensor '" + name + "' has shape " + text_of(tensor.shape) + ", expected " +
                          text_of(expected));
        }
        require_finite(tensor, where);
        wanted.push_back(tensor);
        position.erase(found);
    }
    for (const TensorView& tensor : tensors) {  // in the order of the file, so that the same one is named every time
        const std::string& name = tensor.name;
        if (!position.contains(name) || carries_no_weights(name, shape)) continue;
        throw IoError(where + ": unknown tensor " + shown(name) + did_you_mean(name, names_of(wanted)));
    }
    return wanted;
}

std::vector<std::int64_t> rotary_row_order(std::int64_t n_rows, std::int64_t head_width, RotaryPairing from,
                                           RotaryPairing to) {
    const std::int64_t half = head_width / 2;
    std::vector<std::int64_t> order(static_cast<std::size_t>(n_rows));
    for (std::int64_t row = 0; row < n_rows; ++row) {
        const std::int64_t head = row / head_width, channel = row % head_width;
        std::int64_t source = channel;
        if (from != to) {
            source =
                to == RotaryPairing::halves ? channel % half * 2 + channel / half : channel / 2 + channel % 2 * half;
        }
        order[static_cast<std::size_t>(row)] = head * head_width + source;
    }
    return order;
}

}  // namespace dynkin::lm
