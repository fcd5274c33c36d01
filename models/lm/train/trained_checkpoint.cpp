#include "models/lm/train/trained_checkpoint.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <memory>

#include "models/lm/train/parameters.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

using FloatMap = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// The columns of W (vocabulary, width) such that W' h = E (what the head makes of h).
std::vector<float> folded_output(const DecoderShape& shape, OutputHead head, const ParameterList& list,
                                 std::span<const float> parameters) {
    const auto V = static_cast<Eigen::Index>(shape.vocabulary), d = static_cast<Eigen::Index>(shape.width);
    std::vector<float> folded(static_cast<std::size_t>(V * d));
    Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> out(folded.data(), V, d);
    const FloatMap E(parameters.data() + list.output(), V, d);
    if (head == OutputHead::tied_projection) {
        const FloatMap P(parameters.data() + list.projection(), d, d);
        out = (E.cast<double>() * P.cast<double>()).cast<float>();
        return folded;
    }
    const std::vector<std::int64_t> from = channel_order(head, shape.width);
    for (Eigen::Index j = 0; j < d; ++j) out.col(from[static_cast<std::size_t>(j)]) = E.col(j);
    return folded;
}

}  // namespace

Checkpoint to_checkpoint(const DecoderShape& shape, OutputHead head, std::span<const float> parameters) {
    const ParameterList list(shape, head);
    if (parameters.size() != list.size())
        throw ConfigError("to_checkpoint: " + std::to_string(parameters.size()) + " parameters, expected " +
                          std::to_string(list.size()));
    auto memory = std::make_shared<std::vector<std::vector<float>>>();
    std::vector<TensorView> views;
    const auto give = [&](const std::string& name, const std::vector<std::int64_t>& sides, std::vector<float> numbers) {
        memory->push_back(std::move(numbers));
        views.push_back({name, NumberFormat::float32, sides, std::as_bytes(std::span(memory->back()))});
    };
    for (const ParameterTensor& tensor : list.tensors()) {
        if (tensor.name == projection_tensor) continue;
        const float* from = parameters.data() + tensor.first;
        give(tensor.name, tensor.shape, std::vector<float>(from, from + tensor.size));
    }
    DecoderShape saved = shape;
    saved.tied_output = head == OutputHead::tied;
    if (head != OutputHead::tied && head != OutputHead::untied)
        give("lm_head.weight", {shape.vocabulary, shape.width}, folded_output(shape, head, list, parameters));
    return Checkpoint(saved, std::move(views), memory);
}

std::vector<float> parameters_of(const Checkpoint& checkpoint) {
    const OutputHead head = checkpoint.shape().tied_output ? OutputHead::tied : OutputHead::untied;
    const ParameterList list(checkpoint.shape(), head);
    std::vector<float> parameters(list.size());
    for (const ParameterTensor& tensor : list.tensors()) {
        const TensorView& view = checkpoint.at(tensor.name);
        if (view.shape != tensor.shape) throw ConfigError("parameters_of: '" + tensor.name + "' has another shape");
        const std::vector<float> numbers = view.to_float();
        std::copy(numbers.begin(), numbers.end(), parameters.begin() + static_cast<std::ptrdiff_t>(tensor.first));
    }
    return parameters;
}

}  // namespace dynkin::lm
