#pragma once
// The numbers of a trained decoder as one vector, with a name, a shape and a starting law for each part.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/lm/decoder_shape.hpp"
#include "models/lm/output_head.hpp"

namespace dynkin::lm {

/// One tensor inside the vector: row-major at [first, first + size).
struct ParameterTensor {
    std::string name;                 ///< as in a Checkpoint; or projection_tensor
    std::vector<std::int64_t> shape;  ///< (out, in), or (width) of a norm
    std::size_t first = 0, size = 0;
    bool decays = true;  ///< weight decay; not for norms
};

/// Where each tensor of a decoder lies. Tensors that are multiplied together lie together: query, key, value, and gate,
/// up, so that each group is one matrix of more rows.
class ParameterList {
public:
    ParameterList(const DecoderShape& shape, OutputHead head);

    const std::vector<ParameterTensor>& tensors() const { return tensors_; }
    std::size_t size() const { return size_; }

    struct Layer {
        std::size_t attention_norm;   // (width)
        std::size_t query_key_value;  // (query_width + 2 key_width, width)
        std::size_t attention_out;    // (width, query_width)
        std::size_t feed_norm;        // (width)
        std::size_t gate_up;          // (2 hidden, width)
        std::size_t down;             // (width, hidden)
    };
    const Layer& layer(std::int64_t l) const { return layers_[static_cast<std::size_t>(l)]; }
    std::size_t embedding() const { return 0; }             // (vocabulary, width)
    std::size_t last_norm() const { return last_norm_; }    // (width)
    std::size_t output() const { return output_; }          // (vocabulary, width): the embedding unless untied
    std::size_t projection() const { return projection_; }  // (width, width), tied_projection only

private:
    std::size_t add(const std::string& name, std::vector<std::int64_t> shape, bool decays);

    std::vector<ParameterTensor> tensors_;
    std::vector<Layer> layers_;
    std::size_t size_ = 0, last_norm_ = 0, output_ = 0, projection_ = 0;
};

/// Standard deviations at the start; 0 is "the usual".
struct InitialScales {
    double embedding = 0;  ///< usual: log(vocabulary) / width when tied, so that the loss begins at log n + log 2; else
                           ///< 1 / sqrt(width)
    double residual = -1;  ///< factor on what is added to the residual stream; usual (< 0): 1 / sqrt(2 n_layers)
};

/// Normal with standard deviation 1 / sqrt(in) for matrices (out, in), ones for norms, a random orthogonal matrix for
/// the projection. A function of the seed and the place of a number only.
template <class T>
std::vector<T> initial_parameters(const DecoderShape& shape, OutputHead head, std::uint64_t seed,
                                  const InitialScales& scales = {});

}  // namespace dynkin::lm
