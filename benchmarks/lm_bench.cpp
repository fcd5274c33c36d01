// Decoding of a language model, token by token: against plain loops, and one of our ways against another.
#include "benchmarks/baselines/plain_decoder.hpp"
#include "benchmarks/contest.hpp"
#include "benchmarks/groups.hpp"
#include "models/lm/decoder.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <thread>

namespace dynkin::benchmarks {
namespace {

using namespace lm;

DecoderShape shape_of(std::int64_t width, std::int64_t n_layers, std::int64_t n_heads, std::int64_t hidden) {
    DecoderShape shape;
    shape.vocabulary = 32000;
    shape.width = width;
    shape.n_layers = n_layers;
    shape.n_heads = shape.n_kv_heads = n_heads;
    shape.head_width = width / n_heads;
    shape.hidden = hidden;
    shape.context = 256;
    return shape;
}
DecoderShape shape_15m() {
    return shape_of(288, 6, 6, 768);
}
DecoderShape shape_110m() {
    return shape_of(768, 12, 12, 2048);
}

/// Random weights in one block, as a mapped file has them.
Checkpoint random_checkpoint(const DecoderShape& s) {
    auto block = std::make_shared<std::vector<float>>(static_cast<std::size_t>(s.n_parameters()));
    std::uint32_t state = 1;
    for (float& w : *block) {
        state = state * 1664525u + 1013904223u;
        w = (static_cast<float>(state >> 8) * 0x1p-24f - 0.5f) * 0.07f;  // standard deviation 0.02
    }
    std::vector<TensorView> views;
    std::size_t at = 0;
    const auto take = [&](const std::string& name, std::vector<std::int64_t> shape) {
        const auto n = static_cast<std::size_t>(shape.size() == 2 ? shape[0] * shape[1] : shape[0]);
        if (shape.size() == 1) std::fill_n(block->begin() + static_cast<std::ptrdiff_t>(at), n, 1.0f);
        views.push_back(
            {name, NumberFormat::float32, std::move(shape), std::as_bytes(std::span(*block).subspan(at, n))});
        at += n;
    };
    take("model.embed_tokens.weight", {s.vocabulary, s.width});
    for (std::int64_t layer = 0; layer < s.n_layers; ++layer) {
        const std::string name = "model.layers." + std::to_string(layer) + ".";
        take(name + "input_layernorm.weight", {s.width});
        take(name + "self_attn.q_proj.weight", {s.query_width(), s.width});
        take(name + "self_attn.k_proj.weight", {s.key_width(), s.width});
        take(name + "self_attn.v_proj.weight", {s.key_width(), s.width});
        take(name + "self_attn.o_proj.weight", {s.width, s.query_width()});
        take(name + "post_attention_layernorm.weight", {s.width});
        take(name + "mlp.gate_proj.weight", {s.hidden, s.width});
        take(name + "mlp.up_proj.weight", {s.hidden, s.width});
        take(name + "mlp.down_proj.weight", {s.width, s.hidden});
    }
    take("model.norm.weight", {s.width});
    return Checkpoint(s, std::move(views), block);
}

PlainDecoder plain_decoder(const Checkpoint& checkpoint) {
    const DecoderShape& s = checkpoint.shape();
    const auto at = [&](const std::string& name) {
        return reinterpret_cast<const float*>(checkpoint.at(name).data.data());
    };
    PlainDecoder d{};
    d.width = static_cast<int>(s.width);
    d.hidden = static_cast<int>(s.hidden);
    d.n_layers = static_cast<int>(s.n_layers);
    d.n_heads = static_cast<int>(s.n_heads);
    d.n_kv_heads = static_cast<int>(s.n_kv_heads);
    d.vocabulary = static_cast<int>(s.vocabulary);
    d.context = static_cast<int>(s.context);
    d.embedding = at("model.embed_tokens.weight");
    d.norm = at("model.norm.weight");
    for (std::int64_t layer = 0; layer < s.n_layers; ++layer) {
        const std::string name = "model.layers." + std::to_string(layer) + ".";
        d.layers.push_back({at(name + "input_layernorm.weight"), at(name + "self_attn.q_proj.weight"),
                            at(name + "self_attn.k_proj.weight"), at(name + "self_attn.v_proj.weight"),
                            at(name + "self_attn.o_proj.weight"), at(name + "post_attention_layernorm.weight"),
                            at(name + "mlp.gate_proj.weight"), at(name + "mlp.up_proj.weight"),
                            at(name + "mlp.down_proj.weight")});
    }
    d.allocate();
    return d;
}

/// A decoder and a sequence with a past of `length` tokens.
struct Decoding {
    Decoding(const Checkpoint& checkpoint, const DecoderOptions& options, std::int64_t length)
        : decoder(checkpoint, options), sequence(decoder.start()), past(length) {
        const DecoderShape& s = checkpoint.shape();
        sequence.append(past);
        for (std::int64_t layer = 0; layer < s.n_layers; ++layer)
            for (std::int64_t head = 0; head < s.n_kv_heads; ++head)
                for (std::int64_t i = 0; i < past * s.head_width; ++i) {
                    const auto value = static_cast<float>(std::sin(double(i * 7 + head)));
                    sequence.near_keys(layer, head)[i] = sequence.values(layer, head)[i] = value;
                    if (sequence.has_far()) sequence.far_keys(layer, head)[i] = value;
                }
    }
    void decode(int n_tokens) {
        for (int t = 0; t < n_tokens; ++t) {
            const int token = 1 + 37 * t;
            const Extension extension{&sequence, std::span(&token, 1)};
            benchmark::DoNotOptimize(decoder.extend(std::span(&extension, 1)).data());
        }
        sequence.truncate(past);
    }

    Decoder decoder;
    Sequence sequence;
    std::int64_t past;
};

/// Made when first used: 110 million weights are not filled for a list of names.
template <class T>
class Lazy {
public:
    template <class Make>
    explicit Lazy(Make make)
        : make_(std::make_shared<std::function<T()>>(make)), made_(std::make_shared<std::optional<T>>()) {}
    T& operator*() const {
        if (!*made_) made_->emplace((*make_)());
        return **made_;
    }
    T* operator->() const { return &**this; }

private:
    std::shared_ptr<std::function<T()>> make_;
    std::shared_ptr<std::optional<T>> made_;
};

Lazy<Checkpoint> lazy_checkpoint(const DecoderShape& shape) {
    return Lazy<Checkpoint>([shape] { return random_checkpoint(shape); });
}
Lazy<std::unique_ptr<Decoding>> lazy_decoding(const Lazy<Checkpoint>& checkpoint, const DecoderOptions& options,
                                              std::int64_t past = 0) {
    return Lazy<std::unique_ptr<Decoding>>([=] { return std::make_unique<Decoding>(*checkpoint, options, past); });
}

Contest decoding_contest(const std::string& name, const std::string& what, const std::string& against, int n_tokens,
                         const Lazy<std::unique_ptr<Decoding>>& ours, const std::function<void()>& theirs) {
    Contest contest;
    contest.name = name;
    contest.what = what;
    contest.against = against;
    contest.items = n_tokens;
    contest.unit = "tokens";
    contest.ours = [=] { (*ours)->decode(n_tokens); };
    contest.theirs = theirs;
    return contest;
}

void add_plain(const std::string& size, const Lazy<Checkpoint>& checkpoint, double target, int n_tokens) {
    const auto plain = Lazy<PlainDecoder>([checkpoint] { return plain_decoder(*checkpoint); });
    const auto fp32 = lazy_decoding(checkpoint, {});
    const auto loops = [=](auto forward) {
        return [=] {
            for (int t = 0; t < n_tokens; ++t) benchmark::DoNotOptimize(forward(*plain, 1 + 37 * t, t));
        };
    };
    const std::string what = "decoding, " + size + " parameters, fp32";
    Contest contest =
        decoding_contest("lm/" + size + "_plain", what, "plain loops, -Ofast", n_tokens, fp32, loops(forward_plain));
    contest.target = target;
    contest.bound_source = "memory: see the share of the bandwidth";
    add(contest);
    contest = decoding_contest("lm/" + size + "_plain_native", what, "plain loops, -Ofast -march=native", n_tokens,
                               fp32, loops(forward_plain_native));
    contest.target = target;
    contest.bound_source = "the same";
    add(contest);
}

/// Sum of floats with 64 running sums, prefetched: the fastest way to read memory that we know of.
float sum_of(const float* x, std::size_t n) {
    typedef float Sixteen __attribute__((vector_size(64)));
    Sixteen sums[4] = {};
    for (std::size_t i = 0; i + 64 <= n; i += 64) {
        for (std::size_t k = 0; k < 4; ++k) {
            __builtin_prefetch(x + i + 16 * k + 2048);
            Sixteen v;
            __builtin_memcpy(&v, x + i + 16 * k, sizeof v);
            sums[k] += v;
        }
    }
    float total = 0.0f;
    for (int l = 0; l < 16; ++l) total += sums[0][l] + sums[1][l] + sums[2][l] + sums[3][l];
    return total;
}

void add_bandwidth(const std::string& size, const Lazy<Checkpoint>& checkpoint, int n_tokens) {
    const auto fp32 = lazy_decoding(checkpoint, {});
    Contest contest =
        decoding_contest("lm/" + size + "_bandwidth", "decoding, " + size + " parameters, fp32",
                         "reading the same bytes once a token, prefetched", n_tokens, fp32, [=] {
                             for (int t = 0; t < n_tokens; ++t)
                                 for (const TensorView& tensor : checkpoint->tensors())
                                     benchmark::DoNotOptimize(sum_of(reinterpret_cast<const float*>(tensor.data.data()),
                                                                     tensor.data.size() / 4));
                         });
    contest.target = 0.85;
    contest.bound_ratio = 1.0;
    contest.bound_source = "memory of one core";
    add(contest);
}

void add_int8(const std::string& size, const Lazy<Checkpoint>& checkpoint, int n_tokens) {
    const auto fp32 = lazy_decoding(checkpoint, {});
    for (const auto format : {WeightFormat::int8, WeightFormat::bfloat16}) {
        Contest contest = decoding_contest(
            "lm/" + size + "_" + name_of(format), "decoding, " + size + " parameters, " + name_of(format), "our fp32",
            n_tokens, lazy_decoding(checkpoint, {.weights = format}), [=] { (*fp32)->decode(n_tokens); });
        contest.target = format == WeightFormat::int8 ? 2.5 : 1.0;
        contest.bound_ratio = format == WeightFormat::int8 ? 32.0 / 9.0 : 2.0;
        contest.bound_source = "bytes of the weights";
        add(contest);
    }
}

void add_far_positions(const std::string& size, const Lazy<Checkpoint>& checkpoint, int n_tokens) {
    constexpr std::int64_t past = 4096 - 16;
    const auto rope = lazy_decoding(checkpoint, {.max_length = 4096}, past);
    const auto rerope = lazy_decoding(
        checkpoint, {.positions = {.scheme = PositionScheme::rerope, .window = 512}, .max_length = 4096}, past);
    Contest contest =
        decoding_contest("lm/" + size + "_rerope", "decoding, " + size + " parameters, ReRoPE at 4096 tokens",
                         "our RoPE", n_tokens, rerope, [=] { (*rope)->decode(n_tokens); });
    contest.target = 0.9;
    contest.bound_ratio = 1.0;
    contest.bound_source = "the same products, half of a rotation more";
    add(contest);
}

/// Four contexts and an unconditional prompt: the next tokens of five sequences, as one batch and one after the other.
void add_batch(const std::string& size, const Lazy<Checkpoint>& checkpoint) {
    constexpr int n = 5;
    const auto decoding = lazy_decoding(checkpoint, {});
    const auto sequences =
        Lazy<std::vector<Sequence>>([decoding] { return std::vector<Sequence>(n, (*decoding)->decoder.start()); });
    const auto run = [=](std::size_t at_once) {
        return [=] {
            const int token = 5;
            std::vector<Extension> extensions;
            for (Sequence& sequence : *sequences) {
                sequence.truncate(0);
                extensions.push_back({&sequence, std::span(&token, 1)});
            }
            for (std::size_t first = 0; first < extensions.size(); first += at_once)
                benchmark::DoNotOptimize(
                    (*decoding)->decoder.extend(std::span(extensions).subspan(first, at_once)).data());
        };
    };
    Contest contest;
    contest.name = "lm/" + size + "_batch";
    contest.what = "decoding, " + size + " parameters, fp32, five sequences as one batch";
    contest.against = "one after the other";
    contest.items = n;
    contest.unit = "tokens";
    contest.target = 2.0;
    contest.ours = run(n);
    contest.theirs = run(1);
    contest.bound_ratio = n;
    contest.bound_source = "each weight is fetched once";
    add(std::move(contest));
}

/// Another thread that computes all the time while it lives.
class Busy {
public:
    Busy()
        : thread_([this] {
              while (!stop_) ++turns_;
          }) {}
    ~Busy() {
        stop_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> turns_{0};
    std::thread thread_;
};

void add_threads(const std::string& size, const Lazy<Checkpoint>& checkpoint, int n_tokens) {
    for (const auto format : {WeightFormat::float32, WeightFormat::int8}) {
        const auto one = lazy_decoding(checkpoint, {.weights = format});
        const auto two = lazy_decoding(checkpoint, {.weights = format, .n_threads = 2});
        const std::string name = "lm/" + size + "_" + name_of(format) + "_threads";
        const std::string what = "decoding, " + size + " parameters, " + name_of(format) + ", two threads";
        Contest contest = decoding_contest(name, what, "one thread", n_tokens, two, [=] { (*one)->decode(n_tokens); });
        contest.target = 1.0;
        contest.bound_ratio = 2.0;
        contest.bound_source = "two cores, if memory serves both";
        contest.clock = Clock::wall;
        add(contest);
        contest.name += "_busy";
        contest.what += " beside a busy one";
        contest.ours = [=] {
            const Busy busy;
            (*two)->decode(n_tokens);
        };
        contest.theirs = [=] {
            const Busy busy;
            (*one)->decode(n_tokens);
        };
        contest.bound_ratio = 1.5;
        contest.bound_source = "a third of two cores is taken";
        add(contest);
    }
}

void add_prefill() {
    constexpr Eigen::Index rows = 2304, columns = 768, n = 64;
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto w = std::make_shared<Matrix>(Matrix::Random(rows, columns));
    const auto x = std::make_shared<Matrix>(Matrix::Random(n, columns));
    const auto y = std::make_shared<Matrix>(n, rows);
    Contest contest;
    contest.name = "lm/prefill_eigen";
    contest.what = "product of 64 vectors with a matrix of 2304 x 768, fp32";
    contest.against = "Eigen, the same flags";
    contest.items = 2.0 * rows * columns * n;
    contest.unit = "flop";
    contest.target = 1.0;
    contest.ours_repeats = 3;
    contest.ours = [=] {
        for (int k = 0; k < 3; ++k)
            lm::detail::dense_kernels().multiply(w->data(), columns, 0, rows, x->data(), columns, n, y->data(), rows);
        benchmark::DoNotOptimize(y->data());
    };
    contest.theirs = [=] {
        y->noalias() = *x * w->transpose();
        benchmark::DoNotOptimize(y->data());
    };
    contest.bound_cycles = 1.0 / 64.0;
    contest.bound_source = "two multiplications and two additions of 16 numbers a cycle";
    add(std::move(contest));
}

}  // namespace

void add_language_models() {
    const auto small = lazy_checkpoint(shape_15m()), large = lazy_checkpoint(shape_110m());
    add_plain("15M", small, 1.2, 24);
    add_plain("110M", large, 1.0, 6);
    add_bandwidth("15M", small, 24);
    add_bandwidth("110M", large, 6);
    add_int8("15M", small, 24);
    add_int8("110M", large, 6);
    add_far_positions("15M", small, 12);
    add_batch("15M", small);
    add_batch("110M", large);
    add_threads("15M", small, 24);
    add_threads("110M", large, 6);
    add_prefill();
}

}  // namespace dynkin::benchmarks
