#pragma once
// Checkpoints with random weights, and a decoder written from the formulas in double precision, without any cache.
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "models/lm/checkpoint.hpp"
#include "models/lm/output_head.hpp"
#include "models/lm/rotary_positions.hpp"

namespace dynkin::lm::tests {

inline DecoderShape small_shape() {
    DecoderShape shape;
    shape.vocabulary = 23;
    shape.width = 24;
    shape.n_layers = 2;
    shape.n_heads = 4;
    shape.n_kv_heads = 2;
    shape.head_width = 6;
    shape.hidden = 37;
    shape.context = 40;
    return shape;
}

/// Normal weights: matrices of standard deviation `gain` / sqrt(columns), embeddings `gain`, norms about 1.
inline Checkpoint random_checkpoint(const DecoderShape& s, unsigned seed, float gain = 1.0f, bool projection = false) {
    struct Tensor {
        std::string name;
        std::vector<std::int64_t> shape;
    };
    std::vector<Tensor> tensors{{"model.embed_tokens.weight", {s.vocabulary, s.width}},
                                {"model.norm.weight", {s.width}}};
    for (std::int64_t layer = 0; layer < s.n_layers; ++layer) {
        const std::string name = "model.layers." + std::to_string(layer) + ".";
        for (const Tensor& t : std::vector<Tensor>{{"input_layernorm.weight", {s.width}},
                                                   {"self_attn.q_proj.weight", {s.query_width(), s.width}},
                                                   {"self_attn.k_proj.weight", {s.key_width(), s.width}},
                                                   {"self_attn.v_proj.weight", {s.key_width(), s.width}},
                                                   {"self_attn.o_proj.weight", {s.width, s.query_width()}},
                                                   {"post_attention_layernorm.weight", {s.width}},
                                                   {"mlp.gate_proj.weight", {s.hidden, s.width}},
                                                   {"mlp.up_proj.weight", {s.hidden, s.width}},
                                                   {"mlp.down_proj.weight", {s.width, s.hidden}}})
            tensors.push_back({name + t.name, t.shape});
    }
    if (!s.tied_output) tensors.push_back({"lm_head.weight", {s.vocabulary, s.width}});
    if (projection) tensors.push_back({projection_tensor, {s.width, s.width}});

    auto numbers = std::make_shared<std::vector<std::vector<float>>>();
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    std::vector<TensorView> views;
    for (const Tensor& t : tensors) {
        std::int64_t n = 1;
        for (std::int64_t size : t.shape) n *= size;
        std::vector<float> values(static_cast<std::size_t>(n));
        const bool matrix = t.shape.size() == 2, embedding = t.name == "model.embed_tokens.weight";
        const float sd = embedding ? gain : gain / std::sqrt(static_cast<float>(t.shape.back()));
        for (float& x : values) x = matrix ? sd * normal(engine) : 1.0f + 0.2f * normal(engine);
        numbers->push_back(std::move(values));
    }
    for (std::size_t i = 0; i < tensors.size(); ++i)
        views.push_back({tensors[i].name, NumberFormat::float32, tensors[i].shape,
                         std::as_bytes(std::span<const float>((*numbers)[i]))});
    return Checkpoint(s, std::move(views), numbers);
}

/// Logits (n, vocabulary) of all tokens; every score from the rotary distance of its own pair of positions.
class ReferenceDecoder {
public:
    ReferenceDecoder(const Checkpoint& checkpoint, const PositionSpec& spec, OutputHead head, Attention attention,
                     Phase phase = Phase::inference)
        : checkpoint_(checkpoint),
          s_(checkpoint.shape()),
          positions_(spec, s_, phase),
          head_(head),
          attention_(attention) {}

    std::vector<double> logits(const std::vector<int>& tokens) const {
        const auto n = static_cast<std::int64_t>(tokens.size());
        const auto embedding = tensor("model.embed_tokens.weight");
        std::vector<std::vector<double>> x;
        for (int token : tokens)
            x.emplace_back(embedding.begin() + token * s_.width, embedding.begin() + (token + 1) * s_.width);
        for (std::int64_t layer = 0; layer < s_.n_layers; ++layer) run_layer(layer, x);
        std::vector<double> out;
        for (std::int64_t t = 0; t < n; ++t) {
            const auto row = read_out(x[std::size_t(t)]);
            out.insert(out.end(), row.begin(), row.end());
        }
        return out;
    }

private:
    using Vector = std::vector<double>;
    Vector tensor(const std::string& name) const {
        const auto values = checkpoint_.at(name).to_float();
        return {values.begin(), values.end()};
    }
    static Vector times(const Vector& w, const Vector& x) {
        Vector y(w.size() / x.size());
        for (std::size_t r = 0; r < y.size(); ++r)
            for (std::size_t c = 0; c < x.size(); ++c) y[r] += w[r * x.size() + c] * x[c];
        return y;
    }
    Vector normed(const Vector& x, const std::string& gain) const {
        double squares = 0;
        for (double v : x) squares += v * v;
        Vector y = tensor(gain);
        for (std::size_t c = 0; c < x.size(); ++c)
            y[c] *= x[c] / std::sqrt(squares / double(x.size()) + s_.norm_epsilon);
        return y;
    }
    // (R(distance) q) . k
    double score(const double* q, const double* k, double distance) const {
        const bool adjacent = s_.rotary_pairing == RotaryPairing::adjacent;
        double sum = 0;
        for (std::int64_t m = 0; m < s_.head_width / 2; ++m) {
            const std::int64_t a = adjacent ? 2 * m : m, b = adjacent ? 2 * m + 1 : m + s_.head_width / 2;
            const double angle = distance * positions_.frequencies()[std::size_t(m)];
            sum += (q[a] * std::cos(angle) - q[b] * std::sin(angle)) * k[a] +
                   (q[a] * std::sin(angle) + q[b] * std::cos(angle)) * k[b];
        }
        return sum;
    }
    void run_layer(std::int64_t layer, std::vector<Vector>& x) const {
        const std::string name = "model.layers." + std::to_string(layer) + ".";
        const auto n = static_cast<std::int64_t>(x.size()), d = s_.head_width;
        std::vector<Vector> q, k, v;
        for (const Vector& row : x) {
            const Vector h = normed(row, name + "input_layernorm.weight");
            q.push_back(times(tensor(name + "self_attn.q_proj.weight"), h));
            k.push_back(times(tensor(name + "self_attn.k_proj.weight"), h));
            v.push_back(times(tensor(name + "self_attn.v_proj.weight"), h));
        }
        for (std::int64_t i = 0; i < n; ++i) {
            Vector attended(std::size_t(s_.query_width()));
            const std::int64_t first = positions_.first_seen(i, attention_),
                               last = positions_.last_seen(i, n, attention_);
            for (std::int64_t head = 0; head < s_.n_heads; ++head) {
                const std::int64_t kv = head / (s_.n_heads / s_.n_kv_heads);
                Vector p;
                double sum = 0;
                for (std::int64_t j = first; j < last; ++j) {
                    const double qk = score(&q[std::size_t(i)][std::size_t(head * d)],
                                            &k[std::size_t(j)][std::size_t(kv * d)], positions_.distance(i - j));
                    p.push_back(std::exp(qk * positions_.score_factor(last - first) / std::sqrt(double(d))));
                    sum += p.back();
                }
                for (std::int64_t j = first; j < last; ++j)
                    for (std::int64_t c = 0; c < d; ++c)
                        attended[std::size_t(head * d + c)] +=
                            p[std::size_t(j - first)] / sum * v[std::size_t(j)][std::size_t(kv * d + c)];
            }
            add(x[std::size_t(i)], times(tensor(name + "self_attn.o_proj.weight"), attended));
        }
        for (Vector& row : x) {
            const Vector h = normed(row, name + "post_attention_layernorm.weight");
            Vector gate = times(tensor(name + "mlp.gate_proj.weight"), h);
            const Vector up = times(tensor(name + "mlp.up_proj.weight"), h);
            for (std::size_t c = 0; c < gate.size(); ++c) gate[c] = gate[c] / (1 + std::exp(-gate[c])) * up[c];
            add(row, times(tensor(name + "mlp.down_proj.weight"), gate));
        }
    }
    Vector read_out(const Vector& x) const {
        Vector h = normed(x, "model.norm.weight");
        if (head_ == OutputHead::tied_projection) h = times(tensor(projection_tensor), h);
        const auto order = channel_order(head_, s_.width);
        Vector g = h;
        for (std::size_t c = 0; c < order.size(); ++c) g[c] = h[std::size_t(order[c])];
        return times(tensor(head_ == OutputHead::untied ? "lm_head.weight" : "model.embed_tokens.weight"), g);
    }
    static void add(Vector& x, const Vector& y) {
        for (std::size_t c = 0; c < x.size(); ++c) x[c] += y[c];
    }

    const Checkpoint& checkpoint_;
    DecoderShape s_;
    RotaryPositions positions_;
    OutputHead head_;
    Attention attention_;
};

}  // namespace dynkin::lm::tests
