#pragma once
// A decoder in plain loops, one tensor after the other, the way small single-file programs do it. Single precision.
#include <cstddef>
#include <vector>

namespace dynkin::benchmarks {

struct PlainLayer {
    const float *attention_norm, *q, *k, *v, *o, *hidden_norm, *gate, *up, *down;
};

struct PlainDecoder {
    int width, hidden, n_layers, n_heads, n_kv_heads, vocabulary, context;
    const float *embedding, *norm;  // the output is tied
    std::vector<PlainLayer> layers;

    // state
    std::vector<float> x, xb, xb2, hb, hb2, query, scores, logits;
    std::vector<float> keys, values;  // (n_layers, context, n_kv_heads * head width)

    void allocate();
};

/// Logits of the token at `position`, everything before being in the cache. Compiled with -Ofast.
const float* forward_plain(PlainDecoder& decoder, int token, int position);
/// The same source compiled with -Ofast -march=native.
const float* forward_plain_native(PlainDecoder& decoder, int token, int position);

}  // namespace dynkin::benchmarks
