#include "models/lm/decoder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "models/lm/attention.hpp"
#include "models/lm/decoder_weights.hpp"
#include "models/lm/thread_choice.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

// Tokens that go through a layer together: enough to use a fetched weight well, few enough for the second-level cache.
constexpr std::int64_t block_tokens = 64;

/// A token on its way through the layers.
struct Token {
    Sequence* sequence;
    std::int64_t position;
    int id;
    bool wanted;  // its logits are
};

}  // namespace

struct Decoder::State {
    State(Checkpoint&& file, const DecoderOptions& options)
        : checkpoint(std::move(file)),
          shape(checkpoint.shape()),
          weights(detail::load_weights(checkpoint, options.weights, options.head)),
          positions(options.positions, shape, options.phase),
          attention(options.attention),
          max_length(options.max_length == 0 ? shape.context : options.max_length),
          team(options.n_threads) {
        if (max_length < 0) throw ConfigError("decoder: max_length must be positive");
    }

    void check(std::span<const Extension> extensions) const;
    void prepare_rotations(std::int64_t n);
    void run_block(std::span<const Token> tokens, float* logits);
    void run_layers(std::span<const Token> tokens, float* logits);
    void attention_branch(const detail::LayerWeights& w, std::int64_t layer, std::span<const Token> tokens);
    void rotate_and_store(std::int64_t layer, std::span<const Token> tokens);
    void attend(std::int64_t layer, std::span<const Token> tokens);
    void hidden_branch(const detail::LayerWeights& w, std::int64_t n);
    void read_out(std::span<const Token> tokens, float* logits);

    void norm(const float* from, const std::vector<float>& gain, std::int64_t n, float* to) const {
        for (std::int64_t t = 0; t < n; ++t)
            detail::dense_kernels().rms_norm(from + t * shape.width, gain.data(), shape.width,
                                             static_cast<float>(shape.norm_epsilon), to + t * shape.width);
    }
    void multiply(std::span<const Product> products, const float* from, std::int64_t n) {
        const WeightMatrix& w = *products.front().w;
        input.set(from, n, w.n_columns(), w.is_int8());
        multiply_all(products, input, *helpers);
    }
    /// Room for n rows of `columns`; old contents are of no use.
    static float* room(std::vector<float>& buffer, std::int64_t n, std::int64_t columns) {
        if (buffer.size() < static_cast<std::size_t>(n * columns)) buffer.resize(static_cast<std::size_t>(n * columns));
        return buffer.data();
    }

    Checkpoint checkpoint;
    DecoderShape shape;
    detail::DecoderWeights weights;
    RotaryPositions positions;
    Attention attention;
    std::int64_t max_length;
    WorkerTeam team, nobody_else;
    WorkerTeam* helpers = &nobody_else;          // of the block at work
    ThreadChoice choice_of_one, choice_of_many;  // blocks of one token, and larger ones

    // Angles of positions 0, 1, ...: near keys and queries, far keys, far queries to the past and to the future.
    Rotations<float> near_angles, key_angles, past_angles, future_angles;

    // Of the block, (n, ...) row by row each.
    std::vector<float> x, normed;                            // (n, width)
    std::vector<float> queries, past, future, keys, values;  // (n, query_width) three times, (n, key_width) twice
    std::vector<float> attended;                             // (n, query_width)
    std::vector<float> gate, up;                             // (n, hidden)
    std::vector<float> branch;                               // (n, width)
    std::vector<float> all_logits;                           // (wanted tokens, vocabulary)
    ProductInput input;
};

Decoder::Decoder(Checkpoint checkpoint, const DecoderOptions& options)
    : state_(std::make_unique<State>(std::move(checkpoint), options)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

const DecoderShape& Decoder::shape() const {
    return state_->shape;
}
const RotaryPositions& Decoder::positions() const {
    return state_->positions;
}
Attention Decoder::attention() const {
    return state_->attention;
}
std::int64_t Decoder::max_length() const {
    return state_->max_length;
}
std::int64_t Decoder::n_weight_bytes() const {
    return state_->weights.n_bytes();
}
Sequence Decoder::start() const {
    return Sequence(state_->shape, state_->positions.has_far());
}

std::span<const float> Decoder::extend(std::span<const Extension> extensions, LogitsOf wanted) {
    State& s = *state_;
    s.check(extensions);
    std::vector<Token> tokens;
    std::int64_t n_wanted = 0, longest = 0;
    for (const auto& [sequence, ids] : extensions) {
        for (std::size_t k = 0; k < ids.size(); ++k) {
            const bool want = wanted == LogitsOf::all || k + 1 == ids.size();
            tokens.push_back({sequence, sequence->length() + static_cast<std::int64_t>(k), ids[k], want});
            n_wanted += want ? 1 : 0;
        }
        longest = std::max(longest, tokens.back().position + 1);
    }
    s.prepare_rotations(longest);
    s.all_logits.resize(static_cast<std::size_t>(n_wanted * s.shape.vocabulary));
    float* logits = s.all_logits.data();
    // Every token may see every other when attention is bidirectional: no cut then.
    const auto n = static_cast<std::int64_t>(tokens.size());
    const std::int64_t step = s.attention == Attention::causal ? block_tokens : n;
    for (std::int64_t first = 0; first < n; first += step) {
        const auto block = std::span(tokens).subspan(static_cast<std::size_t>(first),
                                                     static_cast<std::size_t>(std::min(step, n - first)));
        s.run_block(block, logits);
        for (const Token& token : block) logits += token.wanted ? s.shape.vocabulary : 0;
    }
    return s.all_logits;
}

void Decoder::State::check(std::span<const Extension> extensions) const {
    if (extensions.empty()) throw ConfigError("decoder: no sequence to extend");
    for (std::size_t e = 0; e < extensions.size(); ++e) {
        const auto& [sequence, tokens] = extensions[e];
        if (tokens.empty()) throw ConfigError("decoder: extension " + std::to_string(e) + " has no tokens");
        if (sequence == nullptr || !sequence->fits(shape) || sequence->has_far() != positions.has_far())
            throw ConfigError("decoder: sequence " + std::to_string(e) + " is not of this decoder");
        for (int id : tokens)
            if (id < 0 || id >= shape.vocabulary)
                throw ConfigError("decoder: token " + std::to_string(id) + " is outside the vocabulary of " +
                                  std::to_string(shape.vocabulary));
        const std::int64_t length = sequence->length() + static_cast<std::int64_t>(tokens.size());
        if (length > max_length)
            throw ConfigError("decoder: a sequence of " + std::to_string(length) + " tokens, at most " +
                              std::to_string(max_length) +
                              "; shorten the prompt, or raise max_length with positions that extrapolate");
        if (attention == Attention::bidirectional && sequence->length() > 0)
            throw ConfigError("decoder: bidirectional attention needs an empty sequence (truncate it first)");
    }
    std::vector<const Sequence*> sequences;
    for (const Extension& extension : extensions) sequences.push_back(extension.sequence);
    std::sort(sequences.begin(), sequences.end());
    if (std::adjacent_find(sequences.begin(), sequences.end()) != sequences.end())
        throw ConfigError("decoder: two extensions of the same sequence");
}

void Decoder::State::prepare_rotations(std::int64_t n) {
    if (near_angles.n >= n) return;
    n = std::min(max_length, std::max(n, 2 * near_angles.n));
    std::vector<double> near, key, before, after;
    for (std::int64_t i = 0; i < n; ++i) {
        near.push_back(static_cast<double>(i));
        key.push_back(positions.far_key(i));
        before.push_back(positions.far_query(i, false));
        after.push_back(positions.far_query(i, true));
    }
    near_angles = positions.rotations<float>(near);
    if (!positions.has_far()) return;
    key_angles = positions.rotations<float>(key);
    past_angles = positions.rotations<float>(before);
    if (attention == Attention::bidirectional) future_angles = positions.rotations<float>(after);
}

void Decoder::State::run_block(std::span<const Token> tokens, float* logits) {
    if (team.n_threads() == 1) return run_layers(tokens, logits);
    using Clock = std::chrono::steady_clock;
    ThreadChoice& choice = tokens.size() == 1 ? choice_of_one : choice_of_many;
    const bool shared = choice.shared();
    helpers = shared ? &team : &nobody_else;
    const Clock::time_point start = Clock::now();
    run_layers(tokens, logits);
    const std::chrono::duration<double> seconds = Clock::now() - start;
    choice.took(shared, seconds.count() / static_cast<double>(tokens.size()));
}

void Decoder::State::run_layers(std::span<const Token> tokens, float* logits) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    float* row = room(x, n, shape.width);
    for (const Token& token : tokens) {
        weights.embedding.row(token.id, row);
        row += shape.width;
        token.sequence->append(1);
    }
    for (std::int64_t layer = 0; layer < shape.n_layers; ++layer) {
        const auto& w = weights.layers[static_cast<std::size_t>(layer)];
        attention_branch(w, layer, tokens);
        hidden_branch(w, n);
    }
    read_out(tokens, logits);
}

void Decoder::State::attention_branch(const detail::LayerWeights& w, std::int64_t layer,
                                      std::span<const Token> tokens) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    norm(x.data(), w.attention_norm, n, room(normed, n, shape.width));
    const Product qkv[] = {{&w.q, room(queries, n, shape.query_width())},
                           {&w.k, room(keys, n, shape.key_width())},
                           {&w.v, room(values, n, shape.key_width())}};
    multiply(qkv, normed.data(), n);
    rotate_and_store(layer, tokens);
    attend(layer, tokens);
    const Product o[] = {{&w.o, room(branch, n, shape.width)}};
    multiply(o, attended.data(), n);
    for (std::int64_t i = 0; i < n * shape.width; ++i)
        x[static_cast<std::size_t>(i)] += branch[static_cast<std::size_t>(i)];
}

void Decoder::State::rotate_and_store(std::int64_t layer, std::span<const Token> tokens) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    const std::int64_t d = shape.head_width, half = d / 2;
    const auto turn = [&](float* head, const Rotations<float>& angles, std::int64_t position) {
        rotate(head, angles.cos_at(position), angles.sin_at(position), half, shape.rotary_pairing);
    };
    const auto turn_queries = [&](float* to, std::int64_t t, const Rotations<float>& angles) {
        if (to != queries.data())
            std::copy_n(queries.data() + t * shape.query_width(), shape.query_width(), to + t * shape.query_width());
        for (std::int64_t head = 0; head < shape.n_heads; ++head)
            turn(to + t * shape.query_width() + head * d, angles, tokens[static_cast<std::size_t>(t)].position);
    };
    const bool has_far = positions.has_far(), has_future = has_far && attention == Attention::bidirectional;
    if (has_far) room(past, n, shape.query_width());
    if (has_future) room(future, n, shape.query_width());
    for (std::int64_t t = 0; t < n; ++t) {
        const auto& [sequence, position, id, wanted] = tokens[static_cast<std::size_t>(t)];
        for (std::int64_t head = 0; head < shape.n_kv_heads; ++head) {
            const float* key = keys.data() + t * shape.key_width() + head * d;
            float* near = sequence->near_keys(layer, head) + position * d;
            std::copy_n(key, d, near);
            turn(near, near_angles, position);
            if (has_far) {
                float* far = sequence->far_keys(layer, head) + position * d;
                std::copy_n(key, d, far);
                if (positions.far_step() != 0.0) turn(far, key_angles, position);
            }
            std::copy_n(values.data() + t * shape.key_width() + head * d, d,
                        sequence->values(layer, head) + position * d);
        }
        if (has_far) turn_queries(past.data(), t, past_angles);
        if (has_future) turn_queries(future.data(), t, future_angles);
        turn_queries(queries.data(), t, near_angles);
    }
}

void Decoder::State::attend(std::int64_t layer, std::span<const Token> tokens) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    float* out = room(attended, n, shape.query_width());
    std::vector<detail::QueryRow> rows;
    std::vector<std::pair<std::size_t, std::size_t>> tiles;  // rows first ... last - 1, of one sequence
    std::int64_t work = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        const std::int64_t at = static_cast<std::int64_t>(t) * shape.query_width();
        rows.push_back({tokens[t].position, queries.data() + at, past.empty() ? nullptr : past.data() + at,
                        future.empty() ? nullptr : future.data() + at, out + at});
        const bool joins = !tiles.empty() && tokens[tiles.back().first].sequence == tokens[t].sequence &&
                           t - tiles.back().first < detail::most_query_rows;
        if (joins)
            tiles.back().second = t + 1;
        else
            tiles.emplace_back(t, t + 1);
        work += tokens[t].sequence->length() * shape.query_width();
    }
    const auto one = [&](std::ptrdiff_t task) {
        thread_local std::vector<float> scratch;
        const auto& [first, last] = tiles[static_cast<std::size_t>(task / shape.n_kv_heads)];
        detail::attend(shape, positions, attention, *tokens[first].sequence, layer, task % shape.n_kv_heads,
                       std::span(rows).subspan(first, last - first), scratch);
    };
    const auto n_tasks = static_cast<std::ptrdiff_t>(tiles.size()) * shape.n_kv_heads;
    constexpr std::int64_t worth_sharing = 1 << 17;  // multiply-adds: tens of microseconds
    if (work >= worth_sharing)
        helpers->share(n_tasks, one);
    else
        for (std::ptrdiff_t task = 0; task < n_tasks; ++task) one(task);
}

void Decoder::State::hidden_branch(const detail::LayerWeights& w, std::int64_t n) {
    norm(x.data(), w.hidden_norm, n, room(normed, n, shape.width));
    const Product both[] = {{&w.gate, room(gate, n, shape.hidden)}, {&w.up, room(up, n, shape.hidden)}};
    multiply(both, normed.data(), n);
    detail::dense_kernels().swiglu(gate.data(), up.data(), n * shape.hidden);
    const Product down[] = {{&w.down, room(branch, n, shape.width)}};
    multiply(down, gate.data(), n);
    for (std::int64_t i = 0; i < n * shape.width; ++i)
        x[static_cast<std::size_t>(i)] += branch[static_cast<std::size_t>(i)];
}

void Decoder::State::read_out(std::span<const Token> tokens, float* logits) {
    std::int64_t n = 0;
    room(normed, static_cast<std::int64_t>(tokens.size()), shape.width);
    for (std::size_t t = 0; t < tokens.size(); ++t)
        if (tokens[t].wanted)
            norm(x.data() + static_cast<std::int64_t>(t) * shape.width, weights.norm, 1,
                 normed.data() + n++ * shape.width);
    if (n == 0) return;
    const float* h = normed.data();
    if (weights.projection) {
        const Product projection[] = {{&*weights.projection, room(branch, n, shape.width)}};
        multiply(projection, h, n);
        h = branch.data();
    } else if (!weights.channel_order.empty()) {
        float* permuted = room(branch, n, shape.width);
        for (std::int64_t t = 0; t < n; ++t)
            for (std::int64_t c = 0; c < shape.width; ++c)
                permuted[t * shape.width + c] = h[t * shape.width + weights.channel_order[static_cast<std::size_t>(c)]];
        h = permuted;
    }
    const Product output[] = {{&weights.output(), logits}};
    multiply(output, h, n);

    int broken = 0;
    for (std::int64_t i = 0; i < n * shape.vocabulary; ++i)
        broken |= !(std::abs(logits[i]) <= std::numeric_limits<float>::max());
    if (broken != 0)
        throw NumericsError("decoder: logits that are not finite, tokens up to position " +
                            std::to_string(tokens.back().position) +
                            "; the weights are broken or overflow in single precision");
}

}  // namespace dynkin::lm
