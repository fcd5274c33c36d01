// Included by plain_decoder.cpp and plain_decoder_native.cpp, which differ in their flags alone. FORWARD is the name.
#include "benchmarks/baselines/plain_decoder.hpp"

#include <cmath>
#include <cstring>

namespace dynkin::benchmarks {
namespace {

void rmsnorm(float* out, const float* x, const float* gain, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; ++i) sum += x[i] * x[i];
    const float scale = 1.0f / sqrtf(sum / n + 1e-5f);
    for (int i = 0; i < n; ++i) out[i] = gain[i] * (scale * x[i]);
}

// out (rows) = w (rows, n) x (n)
void matmul(float* out, const float* x, const float* w, int n, int rows) {
    for (int i = 0; i < rows; ++i) {
        float value = 0.0f;
        for (int j = 0; j < n; ++j) value += w[static_cast<std::size_t>(i) * n + j] * x[j];
        out[i] = value;
    }
}

void softmax(float* x, int n) {
    float largest = x[0];
    for (int i = 1; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
    float sum = 0.0f;
    for (int i = 0; i < n; ++i) {
        x[i] = expf(x[i] - largest);
        sum += x[i];
    }
    for (int i = 0; i < n; ++i) x[i] /= sum;
}

void rotate(float* v, int n, int head, int position) {
    for (int i = 0; i < n; i += 2) {
        const float angle = position / powf(10000.0f, (i % head) / static_cast<float>(head));
        const float c = cosf(angle), s = sinf(angle), a = v[i], b = v[i + 1];
        v[i] = a * c - b * s;
        v[i + 1] = a * s + b * c;
    }
}

void attend(PlainDecoder& d, std::size_t layer, int position) {
    const int head = d.width / d.n_heads, kv = head * d.n_kv_heads, group = d.n_heads / d.n_kv_heads;
    const float* keys = d.keys.data() + layer * d.context * kv;
    const float* values = d.values.data() + layer * d.context * kv;
    for (int h = 0; h < d.n_heads; ++h) {
        const float* q = d.query.data() + h * head;
        float* scores = d.scores.data();
        for (int t = 0; t <= position; ++t) {
            const float* k = keys + static_cast<std::size_t>(t) * kv + h / group * head;
            float score = 0.0f;
            for (int i = 0; i < head; ++i) score += q[i] * k[i];
            scores[t] = score / sqrtf(head);
        }
        softmax(scores, position + 1);
        float* out = d.xb.data() + h * head;
        memset(out, 0, head * sizeof(float));
        for (int t = 0; t <= position; ++t) {
            const float* v = values + static_cast<std::size_t>(t) * kv + h / group * head;
            for (int i = 0; i < head; ++i) out[i] += scores[t] * v[i];
        }
    }
}

}  // namespace

const float* FORWARD(PlainDecoder& d, int token, int position) {
    const int n = d.width, head = n / d.n_heads, kv = head * d.n_kv_heads;
    memcpy(d.x.data(), d.embedding + static_cast<std::size_t>(token) * n, n * sizeof(float));
    for (std::size_t layer = 0; layer < d.layers.size(); ++layer) {
        const PlainLayer& w = d.layers[layer];
        rmsnorm(d.xb.data(), d.x.data(), w.attention_norm, n);
        float* key = d.keys.data() + (layer * d.context + position) * kv;
        float* value = d.values.data() + (layer * d.context + position) * kv;
        matmul(d.query.data(), d.xb.data(), w.q, n, n);
        matmul(key, d.xb.data(), w.k, n, kv);
        matmul(value, d.xb.data(), w.v, n, kv);
        rotate(d.query.data(), n, head, position);
        rotate(key, kv, head, position);
        attend(d, layer, position);
        matmul(d.xb2.data(), d.xb.data(), w.o, n, n);
        for (int i = 0; i < n; ++i) d.x[i] += d.xb2[i];
        rmsnorm(d.xb.data(), d.x.data(), w.hidden_norm, n);
        matmul(d.hb.data(), d.xb.data(), w.gate, n, d.hidden);
        matmul(d.hb2.data(), d.xb.data(), w.up, n, d.hidden);
        for (int i = 0; i < d.hidden; ++i) d.hb[i] = d.hb[i] / (1.0f + expf(-d.hb[i])) * d.hb2[i];
        matmul(d.xb.data(), d.hb.data(), w.down, d.hidden, n);
        for (int i = 0; i < n; ++i) d.x[i] += d.xb[i];
    }
    rmsnorm(d.x.data(), d.x.data(), d.norm, n);
    matmul(d.logits.data(), d.x.data(), d.embedding, n, d.vocabulary);
    return d.logits.data();
}

}  // namespace dynkin::benchmarks
