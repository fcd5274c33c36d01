#define FORWARD forward_plain
#include "benchmarks/baselines/plain_decoder_loops.hpp"

namespace dynkin::benchmarks {

void PlainDecoder::allocate() {
    const auto n = static_cast<std::size_t>(width), rows = static_cast<std::size_t>(context);
    x.assign(n, 0.0f);
    xb = xb2 = query = x;
    hb.assign(static_cast<std::size_t>(hidden), 0.0f);
    hb2 = hb;
    scores.assign(rows, 0.0f);
    logits.assign(static_cast<std::size_t>(vocabulary), 0.0f);
    keys.assign(layers.size() * rows * static_cast<std::size_t>(width / n_heads * n_kv_heads), 0.0f);
    values = keys;
}

}  // namespace dynkin::benchmarks
