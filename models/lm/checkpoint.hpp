#pragma once
// Named tensors in memory-mapped files, and the shape of the decoder they belong to.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/lm/decoder_shape.hpp"

namespace dynkin::lm {

enum class NumberFormat { float32, float16, bfloat16 };

/// A tensor inside a file: row-major, little-endian, `data` aligned to 1 only. Valid as long as its Checkpoint.
struct TensorView {
    std::string name;
    NumberFormat format = NumberFormat::float32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;  // n_numbers() numbers

    std::int64_t n_numbers() const;
    /// Converted to single precision (exact for all formats).
    std::vector<float> to_float() const;
};

/// A checkpoint of a Llama-type decoder. Tensors bear the names of Hugging Face, whatever the file:
/// model.embed_tokens.weight, model.layers.N.input_layernorm.weight, model.layers.N.self_attn.{q,k,v,o}_proj.weight,
/// model.layers.N.post_attention_layernorm.weight, model.layers.N.mlp.{gate,up,down}_proj.weight, model.norm.weight,
/// and lm_head.weight unless the output is tied. All are present and have the shapes of DecoderShape.
class Checkpoint {
public:
    const DecoderShape& shape() const { return shape_; }
    const std::vector<TensorView>& tensors() const { return tensors_; }
    /// ConfigError naming the nearest tensor when there is none of that name.
    const TensorView& at(const std::string& name) const;

    Checkpoint(DecoderShape shape, std::vector<TensorView> tensors, std::shared_ptr<const void> files)
        : shape_(std::move(shape)), tensors_(std::move(tensors)), files_(std::move(files)) {}

private:
    DecoderShape shape_;
    std::vector<TensorView> tensors_;
    std::shared_ptr<const void> files_;  // keeps the mappings
};

}  // namespace dynkin::lm
