#include "models/lm/decoder_weights.hpp"

#include "solvers/core/errors.hpp"

namespace dynkin::lm::detail {
namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    return text + ")";
}

/// Takes tensors by name and holds them to their shapes.
class Reader {
public:
    Reader(const Checkpoint& checkpoint, WeightFormat format) : checkpoint_(checkpoint), format_(format) {}

    WeightMatrix matrix(const std::string& name, std::int64_t n_rows, std::int64_t n_columns) const {
        return WeightMatrix(tensor(name, {n_rows, n_columns}), format_);
    }
    std::vector<float> vector(const std::string& name, std::int64_t n) const { return tensor(name, {n}).to_float(); }

private:
    const TensorView& tensor(const std::string& name, const std::vector<std::int64_t>& shape) const {
        const TensorView& view = checkpoint_.at(name);
        if (view.shape != shape)
            throw ConfigError("tensor '" + name + "' has the shape " + text_of(view.shape) + ", the decoder needs " +
                              text_of(shape));
        return view;
    }

    const Checkpoint& checkpoint_;
    WeightFormat format_;
};

LayerWeights load_layer(const Reader& reader, const DecoderShape& s, std::int64_t layer) {
    const std::string name = "model.layers." + std::to_string(layer) + ".";
    LayerWeights w;
    w.attention_norm = reader.vector(name + "input_layernorm.weight", s.width);
    w.q = reader.matrix(name + "self_attn.q_proj.weight", s.query_width(), s.width);
    w.k = reader.matrix(name + "self_attn.k_proj.weight", s.key_width(), s.width);
    w.v = reader.matrix(name + "self_attn.v_proj.weight", s.key_width(), s.width);
    w.o = reader.matrix(name + "self_attn.o_proj.weight", s.width, s.query_width());
    w.hidden_norm = reader.vector(name + "post_attention_layernorm.weight", s.width);
    w.gate = reader.matrix(name + "mlp.gate_proj.weight", s.hidden, s.width);
    w.up = reader.matrix(name + "mlp.up_proj.weight", s.hidden, s.width);
    w.down = reader.matrix(name + "mlp.down_proj.weight", s.width, s.hidden);
    return w;
}

}  // namespace

std::int64_t DecoderWeights::n_bytes() const {
    std::int64_t n = output().n_bytes() + (projection ? projection->n_bytes() : 0);
    for (const LayerWeights& w : layers)
        for (const WeightMatrix* matrix : {&w.q, &w.k, &w.v, &w.o, &w.gate, &w.up, &w.down}) n += matrix->n_bytes();
    return n;
}

DecoderWeights load_weights(const Checkpoint& checkpoint, WeightFormat format, std::optional<OutputHead> head) {
    const DecoderShape& s = checkpoint.shape();
    validate(s, "decoder");
    const Reader reader(checkpoint, format);
    DecoderWeights w;
    w.head = head.value_or(s.tied_output ? OutputHead::tied : OutputHead::untied);
    if ((w.head == OutputHead::untied) == s.tied_output)
        throw ConfigError("decoder: the output head '" + name_of(w.head) +
                          "' does not go with a checkpoint whose output is " + (s.tied_output ? "tied" : "untied"));
    w.embedding = reader.matrix("model.embed_tokens.weight", s.vocabulary, s.width);
    for (std::int64_t layer = 0; layer < s.n_layers; ++layer) w.layers.push_back(load_layer(reader, s, layer));
    w.norm = reader.vector("model.norm.weight", s.width);
    if (w.head == OutputHead::untied) w.own_output = reader.matrix("lm_head.weight", s.vocabulary, s.width);
    if (w.head == OutputHead::tied_projection) w.projection = reader.matrix(projection_tensor, s.width, s.width);
    w.channel_order = channel_order(w.head, s.width);
    return w;
}

}  // namespace dynkin::lm::detail
