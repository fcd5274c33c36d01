#include "models/lm/llama2c.hpp"

#include "models/lm/mapped_file.hpp"
#include "solvers/core/errors.hpp"

#include <array>
#include <cstring>

namespace dynkin::lm {
namespace {

constexpr std::size_t header_size = 7 * sizeof(std::int32_t);
constexpr std::int32_t later_versions = 0x616b3432;  // "ak42" stands first in versions 1 and 2

DecoderShape read_header(std::span<const std::byte> bytes, const std::string& where) {
    if (bytes.size() < header_size) {
        throw IoError(where + ": " + std::to_string(bytes.size()) + " bytes are too short for a llama2.c header of 28");
    }
    std::array<std::int32_t, 7> h;
    std::memcpy(h.data(), bytes.data(), header_size);
    if (h[0] == later_versions) {
        throw IoError(where + ": a llama2.c file of version " + std::to_string(h[1]) +
                      "; only the legacy layout (version 0) is read");
    }
    DecoderShape shape;
    shape.width = h[0];
    shape.hidden = h[1];
    shape.n_layers = h[2];
    shape.n_heads = h[3];
    shape.n_kv_heads = h[4];
    shape.vocabulary = h[5] < 0 ? -std::int64_t{h[5]} : h[5];
    shape.tied_output = h[5] > 0;
    shape.context = h[6];
    if (shape.n_heads > 0 && shape.width % shape.n_heads != 0) {
        throw IoError(where + ": n_heads = " + std::to_string(h[3]) + " must divide width = " + std::to_string(h[0]));
    }
    shape.head_width = shape.n_heads > 0 ? shape.width / shape.n_heads : 2;  // then validate names n_heads
    try {
        validate(shape, where);
    } catch (const ConfigError& error) {
        throw IoError(error.what());
    }
    return shape;
}

/// Hands out the tensors of the file in its order.
class Cursor {
public:
    Cursor(std::span<const std::byte> bytes, std::vector<TensorView>& tensors) : left_(bytes), tensors_(tensors) {}

    void take(const std::string& name, std::vector<std::int64_t> shape) {
        std::size_t size = sizeof(float);
        for (const std::int64_t n : shape) size *= static_cast<std::size_t>(n);
        tensors_.push_back({name, NumberFormat::float32, std::move(shape), left_.first(size)});
        left_ = left_.subspan(size);
    }
    void take_layers(std::int64_t n_layers, const std::string& name, const std::vector<std::int64_t>& shape) {
        for (std::int64_t layer = 0; layer < n_layers; ++layer) {
            take("model.layers." + std::to_string(layer) + "." + name + ".weight", shape);
        }
    }
    void skip(std::int64_t n_numbers) { left_ = left_.subspan(static_cast<std::size_t>(n_numbers) * sizeof(float)); }

private:
    std::span<const std::byte> left_;
    std::vector<TensorView>& tensors_;
};

std::vector<TensorView> split_tensors(const DecoderShape& shape, std::span<const std::byte> numbers) {
    std::vector<TensorView> tensors;
    Cursor cursor(numbers, tensors);
    const std::int64_t n = shape.n_layers, width = shape.width, query = shape.query_width(), key = shape.key_width();
    cursor.take("model.embed_tokens.weight", {shape.vocabulary, width});
    cursor.take_layers(n, "input_layernorm", {width});
    cursor.take_layers(n, "self_attn.q_proj", {query, width});
    cursor.take_layers(n, "self_attn.k_proj", {key, width});
    cursor.take_layers(n, "self_attn.v_proj", {key, width});
    cursor.take_layers(n, "self_attn.o_proj", {width, query});
    cursor.take_layers(n, "post_attention_layernorm", {width});
    cursor.take_layers(n, "mlp.gate_proj", {shape.hidden, width});
    cursor.take_layers(n, "mlp.down_proj", {width, shape.hidden});
    cursor.take_layers(n, "mlp.up_proj", {shape.hidden, width});
    cursor.take("model.norm.weight", {width});
    cursor.skip(shape.context * shape.head_width);  // cosines and sines of every position, computed anew here
    if (!shape.tied_output) cursor.take("lm_head.weight", {shape.vocabulary, width});
    return tensors;
}

}  // namespace

Checkpoint parse_llama2c(std::span<const std::byte> bytes, const std::string& where,
                         std::shared_ptr<const void> owner) {
    const DecoderShape shape = read_header(bytes, where);
    // No overflow: fewer than 2^40 parameters, and the product is below 2^62. Four times that could overflow.
    const std::int64_t n_numbers = shape.n_parameters() + shape.context * shape.head_width;
    const auto n_bytes = static_cast<std::int64_t>(bytes.size() - header_size);
    if (n_bytes % 4 != 0 || n_bytes / 4 != n_numbers) {
        throw IoError(where + ": " + std::to_string(n_bytes) + " bytes after the header, but the header (width " +
                      std::to_string(shape.width) + ", " + std::to_string(shape.n_layers) + " layers, vocabulary " +
                      std::to_string(shape.vocabulary) + ", context " + std::to_string(shape.context) +
                      ") asks for 4 * " + std::to_string(n_numbers) + "; truncated, or no llama2.c checkpoint");
    }
    std::vector<TensorView> tensors = split_tensors(shape, bytes.subspan(header_size));
    return {shape, checked_tensors(shape, std::move(tensors), where), std::move(owner)};
}

Checkpoint read_llama2c(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    return parse_llama2c(file->bytes(), file->path(), file);
}

}  // namespace dynkin::lm
