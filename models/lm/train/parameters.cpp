#include "models/lm/train/parameters.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "solvers/core/random.hpp"

namespace dynkin::lm {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::string layer_name(std::int64_t l, const char* part) {
    return "model.layers." + std::to_string(l) + "." + part + ".weight";
}

}  // namespace

std::size_t ParameterList::add(const std::string& name, std::vector<std::int64_t> shape, bool decays) {
    std::size_t n = 1;
    for (std::int64_t side : shape) n *= static_cast<std::size_t>(side);
    const std::size_t first = size_;
    tensors_.push_back({name, std::move(shape), first, n, decays});
    size_ += n;
    return first;
}

ParameterList::ParameterList(const DecoderShape& shape, OutputHead head) {
    validate(shape, "decoder");
    const std::int64_t d = shape.width;
    add("model.embed_tokens.weight", {shape.vocabulary, d}, true);
    for (std::int64_t l = 0; l < shape.n_layers; ++l) {
        Layer layer{};
        layer.attention_norm = add(layer_name(l, "input_layernorm"), {d}, false);
        layer.query_key_value = add(layer_name(l, "self_attn.q_proj"), {shape.query_width(), d}, true);
        add(layer_name(l, "self_attn.k_proj"), {shape.key_width(), d}, true);
        add(layer_name(l, "self_attn.v_proj"), {shape.key_width(), d}, true);
        layer.attention_out = add(layer_name(l, "self_attn.o_proj"), {d, shape.query_width()}, true);
        layer.feed_norm = add(layer_name(l, "post_attention_layernorm"), {d}, false);
        layer.gate_up = add(layer_name(l, "mlp.gate_proj"), {shape.hidden, d}, true);
        add(layer_name(l, "mlp.up_proj"), {shape.hidden, d}, true);
        layer.down = add(layer_name(l, "mlp.down_proj"), {d, shape.hidden}, true);
        layers_.push_back(layer);
    }
    last_norm_ = add("model.norm.weight", {d}, false);
    if (head == OutputHead::untied) output_ = add("lm_head.weight", {shape.vocabulary, d}, true);
    if (head == OutputHead::tied_projection) projection_ = add(projection_tensor, {d, d}, true);
}

template <class T>
std::vector<T> initial_parameters(const DecoderShape& shape, OutputHead head, std::uint64_t seed,
                                  const InitialScales& scales) {
    const ParameterList list(shape, head);
    const double d = static_cast<double>(shape.width);
    const double usual =
        head == OutputHead::tied ? std::log(static_cast<double>(shape.vocabulary)) / d : 1.0 / std::sqrt(d);
    const double embedding = scales.embedding > 0 ? scales.embedding : usual;
    const double residual =
        scales.residual >= 0 ? scales.residual : 1.0 / std::sqrt(2.0 * static_cast<double>(shape.n_layers));

    std::vector<T> parameters(list.size());
    for (std::size_t k = 0; k < list.tensors().size(); ++k) {
        const ParameterTensor& tensor = list.tensors()[k];
        T* to = parameters.data() + tensor.first;
        if (tensor.shape.size() == 1) {
            std::fill_n(to, tensor.size, T(1));
            continue;
        }
        const bool vocabulary = tensor.first == list.embedding() || tensor.name == "lm_head.weight";
        const bool adds =
            tensor.name.find("o_proj") != std::string::npos || tensor.name.find("down_proj") != std::string::npos;
        const double sd =
            vocabulary ? embedding : (adds ? residual : 1.0) / std::sqrt(static_cast<double>(tensor.shape[1]));
        const auto columns = static_cast<std::size_t>(tensor.shape[1]);
        Matrix rows(tensor.shape[0], tensor.shape[1]);
        for (std::size_t i = 0; i * columns < tensor.size; ++i) {
            Draws draws({seed, Stream::initial_law, k}, i);
            for (std::size_t j = 0; j < columns; ++j) rows.data()[i * columns + j] = draws.normal();
        }
        if (head == OutputHead::tied_projection && tensor.first == list.projection()) {
            const Matrix orthogonal = Eigen::HouseholderQR<Matrix>(rows).householderQ();
            for (std::size_t i = 0; i < tensor.size; ++i) to[i] = static_cast<T>(orthogonal.data()[i]);
        } else {
            for (std::size_t i = 0; i < tensor.size; ++i) to[i] = static_cast<T>(sd * rows.data()[i]);
        }
    }
    return parameters;
}

template std::vector<float> initial_parameters(const DecoderShape&, OutputHead, std::uint64_t, const InitialScales&);
template std::vector<double> initial_parameters(const DecoderShape&, OutputHead, std::uint64_t, const InitialScales&);

}  // namespace dynkin::lm
