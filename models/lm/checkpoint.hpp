#pragma once
// Named tensors in memory-mapped files, and the shape of the decoder they belong to.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/lm/decoder_shape.hpp"
#include "models/lm/number_format.hpp"

namespace dynkin::lm {

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

/// A view of numbers held elsewhere, to be saved.
TensorView view_of(std::string name, std::vector<std::int64_t> shape, std::span<const float> values);

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

struct TensorShape {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// Name and shape of every tensor of a decoder, in the order of Checkpoint. `validate` first.
std::vector<TensorShape> tensors_of(const DecoderShape& shape);

/// Tensors in the order of `tensors_of`, checked. Others are dropped when they are known to carry no weights of their
/// own (rotary_emb.inv_freq; lm_head.weight beside a tied output).
/// IoError that begins with `where` and names the tensor: missing (with the nearest name that is there), unknown (with
/// the nearest name wanted), twice, of a wrong shape, with an infinity or NaN (with its indices).
std::vector<TensorView> checked_tensors(const DecoderShape& shape, std::vector<TensorView> tensors,
                                        const std::string& where);

/// IoError "where: name[i, j] is nan" at the first number of the tensor that is not finite.
void require_finite(const TensorView& tensor, const std::string& where);

/// Row of the query or key matrix in `to` order -> row of the same channel in `from` order, for n_rows = heads *
/// head_width rows.
std::vector<std::int64_t> rotary_row_order(std::int64_t n_rows, std::int64_t head_width, RotaryPairing from,
                                           RotaryPairing to);

}  // namespace dynkin::lm
