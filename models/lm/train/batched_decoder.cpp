#include "models/lm/train/batched_decoder.hpp"

#include <algorithm>
#include <atomic>
#include <string>

#include "models/lm/train/decoder_workspace.hpp"
#include "models/lm/train/row_kernels.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

std::uint64_t next_identity() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

/// Rows of y += x W^T for W (out, in): a linear map with weights as in files.
template <class T>
void add_linear(const RowMatrix<T>& x, const T* W, std::int64_t out, RowMatrix<T>& y, PackedMatrix<T>& packed) {
    packed.pack(rows_of<T>(W, x.cols()).transposed(), x.cols(), out);
    add_product(rows_of<T>(x.data(), x.cols()), packed, x.rows(), x.cols(), out, y.data(), y.cols());
}

/// dx = dy W, dW += dy^T x.
template <class T>
void linear_backward(const RowMatrix<T>& x, const T* W, const RowMatrix<T>& dy, RowMatrix<T>& dx, T* dW,
                     PackedMatrix<T>& packed) {
    dx.resize(x.rows(), x.cols());
    packed.pack(rows_of<T>(W, x.cols()), dy.cols(), x.cols());
    set_product(rows_of<T>(dy.data(), dy.cols()), packed, dy.rows(), dy.cols(), x.cols(), dx.data(), dx.cols());
    packed.pack(rows_of<T>(x.data(), x.cols()), x.rows(), x.cols());
    add_product(rows_of<T>(dy.data(), dy.cols()).transposed(), packed, dy.cols(), dy.rows(), x.cols(), dW, x.cols());
}

}  // namespace

template <class T>
struct BatchedDecoder<T>::Pass {
    const T* parameters;
    std::int64_t n_sequences, length;
    const RotaryAttention<T>& attention;
    State& workspace;

    std::int64_t n_rows() const { return n_sequences * length; }
    typename State::Layer& layer(std::int64_t l, bool keep) const {
        return workspace.layers_[static_cast<std::size_t>(keep ? l : 0)];
    }
};

template <class T>
BatchedDecoder<T>::BatchedDecoder(const DecoderSpec& spec, Phase phase)
    : spec_(spec),
      list_(spec.shape, spec.head),
      positions_(spec.positions, spec.shape, phase),
      order_(channel_order(spec.head, spec.shape.width)),
      identity_(next_identity()) {}

template <class T>
void BatchedDecoder<T>::check(std::span<const T> parameters, std::span<const int> tokens, std::int64_t length) const {
    if (parameters.size() != list_.size())
        throw ConfigError("decoder: " + std::to_string(parameters.size()) + " parameters, expected " +
                          std::to_string(list_.size()));
    if (length < 1 || tokens.empty() || tokens.size() % static_cast<std::size_t>(length) != 0)
        throw ConfigError("decoder: " + std::to_string(tokens.size()) + " tokens are no sequences of length " +
                          std::to_string(length));
    for (int token : tokens)
        if (token < 0 || token >= spec_.shape.vocabulary)
            throw ConfigError("decoder: token " + std::to_string(token) + " is outside the vocabulary of " +
                              std::to_string(spec_.shape.vocabulary));
}

template <class T>
const RotaryAttention<T>& BatchedDecoder<T>::attention(std::int64_t length, State& workspace) const {
    if (workspace.owner_ != identity_ || !workspace.attention_ || workspace.attention_->n() != length) {
        workspace.attention_ = std::make_unique<RotaryAttention<T>>(spec_.shape, positions_, spec_.attention, length);
        workspace.owner_ = identity_;
    }
    return *workspace.attention_;
}

template <class T>
void BatchedDecoder<T>::trunk(const Pass& pass, std::span<const int> tokens, bool keep) const {
    auto& w = pass.workspace;
    const std::int64_t n_layers = spec_.shape.n_layers, d = spec_.shape.width;
    w.layers_.resize(std::max(w.layers_.size(), static_cast<std::size_t>(keep ? n_layers : 1)));
    w.last_.resize(pass.n_rows(), d);
    for (std::int64_t i = 0; i < pass.n_rows(); ++i)
        std::copy_n(pass.parameters + list_.embedding() + static_cast<std::int64_t>(tokens[std::size_t(i)]) * d, d,
                    w.last_.data() + i * d);
    for (std::int64_t l = 0; l < n_layers; ++l) layer(pass, l, keep);
}

template <class T>
void BatchedDecoder<T>::layer(const Pass& pass, std::int64_t l, bool keep) const {
    const DecoderShape& shape = spec_.shape;
    auto& w = pass.workspace;
    auto& a = pass.layer(l, keep);
    const auto& at = list_.layer(l);
    const T *p = pass.parameters, epsilon = static_cast<T>(shape.norm_epsilon);
    const std::int64_t N = pass.n_rows(), d = shape.width, qkv_width = shape.query_width() + 2 * shape.key_width();

    a.x.swap(w.last_);
    a.normed.resize(N, d);
    a.inverse_rms.resize(static_cast<std::size_t>(N));
    rms_norm(N, d, a.x.data(), p + at.attention_norm, epsilon, a.normed.data(), a.inverse_rms.data());
    a.qkv.setZero(N, qkv_width);
    add_linear(a.normed, p + at.query_key_value, qkv_width, a.qkv, w.packed_);

    a.attended.resize(N, shape.query_width());
    const std::int64_t per_sequence = pass.attention.n_probabilities();
    if (keep) a.probabilities.resize(static_cast<std::size_t>(pass.n_sequences * per_sequence));
    for (std::int64_t s = 0; s < pass.n_sequences; ++s)
        pass.attention.forward(a.qkv.data() + s * pass.length * qkv_width,
                               a.attended.data() + s * pass.length * shape.query_width(),
                               keep ? a.probabilities.data() + s * per_sequence : nullptr, w.attention_buffers_);
    a.middle = a.x;
    add_linear(a.attended, p + at.attention_out, d, a.middle, w.packed_);

    a.middle_normed.resize(N, d);
    a.middle_inverse_rms.resize(static_cast<std::size_t>(N));
    rms_norm(N, d, a.middle.data(), p + at.feed_norm, epsilon, a.middle_normed.data(), a.middle_inverse_rms.data());
    a.gate_up.setZero(N, 2 * shape.hidden);
    add_linear(a.middle_normed, p + at.gate_up, 2 * shape.hidden, a.gate_up, w.packed_);
    a.gated.resize(N, shape.hidden);
    swiglu(N, shape.hidden, a.gate_up.data(), a.gated.data());
    w.last_ = a.middle;
    add_linear(a.gated, p + at.down, d, w.last_, w.packed_);
}

/// Logits of the chosen rows into workspace.logits_.
template <class T>
void BatchedDecoder<T>::head_rows(const Pass& pass, std::span<const std::int64_t> rows) const {
    auto& w = pass.workspace;
    const auto M = static_cast<std::int64_t>(rows.size()), d = spec_.shape.width, V = spec_.shape.vocabulary;
    w.chosen_.resize(M, d);
    for (std::int64_t i = 0; i < M; ++i) w.chosen_.row(i) = w.last_.row(rows[static_cast<std::size_t>(i)]);
    w.chosen_normed_.resize(M, d);
    w.chosen_inverse_rms_.resize(rows.size());
    rms_norm(M, d, w.chosen_.data(), pass.parameters + list_.last_norm(), static_cast<T>(spec_.shape.norm_epsilon),
             w.chosen_normed_.data(), w.chosen_inverse_rms_.data());
    if (spec_.head == OutputHead::tied_projection) {
        w.head_in_.setZero(M, d);
        add_linear(w.chosen_normed_, pass.parameters + list_.projection(), d, w.head_in_, w.packed_);
    } else if (order_.empty()) {
        w.head_in_ = w.chosen_normed_;
    } else {
        w.head_in_.resize(M, d);
        for (std::int64_t i = 0; i < M; ++i)
            for (std::int64_t j = 0; j < d; ++j)
                w.head_in_(i, j) = w.chosen_normed_(i, order_[static_cast<std::size_t>(j)]);
    }
    w.logits_.setZero(M, V);
    add_linear(w.head_in_, pass.parameters + list_.output(), V, w.logits_, w.packed_);
}

/// From the derivative by the logits, in workspace.logits_, to that by the last hidden rows, in d_x_.
template <class T>
void BatchedDecoder<T>::head_backward(const Pass& pass, std::span<const std::int64_t> rows,
                                      std::span<T> gradient) const {
    auto& w = pass.workspace;
    const auto M = static_cast<std::int64_t>(rows.size()), d = spec_.shape.width;
    linear_backward(w.head_in_, pass.parameters + list_.output(), w.logits_, w.d_head_,
                    gradient.data() + list_.output(), w.packed_);
    if (spec_.head == OutputHead::tied_projection) {
        linear_backward(w.chosen_normed_, pass.parameters + list_.projection(), w.d_head_, w.d_normed_,
                        gradient.data() + list_.projection(), w.packed_);
    } else if (order_.empty()) {
        w.d_normed_ = w.d_head_;
    } else {
        w.d_normed_.resize(M, d);
        for (std::int64_t i = 0; i < M; ++i)
            for (std::int64_t j = 0; j < d; ++j) w.d_normed_(i, order_[static_cast<std::size_t>(j)]) = w.d_head_(i, j);
    }
    w.d_chosen_.setZero(M, d);
    rms_norm_backward(M, d, w.chosen_.data(), pass.parameters + list_.last_norm(), w.chosen_inverse_rms_.data(),
                      w.d_normed_.data(), w.d_chosen_.data(), gradient.data() + list_.last_norm());
    w.d_x_.setZero(pass.n_rows(), d);
    for (std::int64_t i = 0; i < M; ++i) w.d_x_.row(rows[static_cast<std::size_t>(i)]) = w.d_chosen_.row(i);
}

/// d_x_ is the derivative by the output of the layer before and by its input after.
template <class T>
void BatchedDecoder<T>::layer_backward(const Pass& pass, std::int64_t l, std::span<T> gradient) const {
    const DecoderShape& shape = spec_.shape;
    auto& w = pass.workspace;
    auto& a = pass.layer(l, true);
    const auto& at = list_.layer(l);
    const T* p = pass.parameters;
    T* g = gradient.data();
    const std::int64_t N = pass.n_rows(), d = shape.width, qkv_width = shape.query_width() + 2 * shape.key_width();

    linear_backward(a.gated, p + at.down, w.d_x_, w.d_gated_, g + at.down, w.packed_);
    w.d_gate_up_.resize(N, 2 * shape.hidden);
    swiglu_backward(N, shape.hidden, a.gate_up.data(), w.d_gated_.data(), w.d_gate_up_.data());
    linear_backward(a.middle_normed, p + at.gate_up, w.d_gate_up_, w.d_normed_, g + at.gate_up, w.packed_);
    rms_norm_backward(N, d, a.middle.data(), p + at.feed_norm, a.middle_inverse_rms.data(), w.d_normed_.data(),
                      w.d_x_.data(), g + at.feed_norm);

    linear_backward(a.attended, p + at.attention_out, w.d_x_, w.d_attended_, g + at.attention_out, w.packed_);
    w.d_qkv_.resize(N, qkv_width);
    for (std::int64_t s = 0; s < pass.n_sequences; ++s) {
        const std::int64_t row = s * pass.length;
        pass.attention.backward(
            a.qkv.data() + row * qkv_width, a.probabilities.data() + s * pass.attention.n_probabilities(),
            w.d_attended_.data() + row * shape.query_width(), w.d_qkv_.data() + row * qkv_width, w.attention_buffers_);
    }
    linear_backward(a.normed, p + at.query_key_value, w.d_qkv_, w.d_normed_, g + at.query_key_value, w.packed_);
    rms_norm_backward(N, d, a.x.data(), p + at.attention_norm, a.inverse_rms.data(), w.d_normed_.data(), w.d_x_.data(),
                      g + at.attention_norm);
}

namespace {

void check_targets(const TokenBatch& batch, std::int64_t vocabulary) {
    if (batch.targets.size() != batch.tokens.size() || batch.weights.size() != batch.tokens.size())
        throw ConfigError("decoder: a batch needs a target and a weight for each token");
    for (std::size_t i = 0; i < batch.targets.size(); ++i)
        if (batch.weights[i] != 0.0 && (batch.targets[i] < 0 || batch.targets[i] >= vocabulary))
            throw ConfigError("decoder: target " + std::to_string(batch.targets[i]) + " is outside the vocabulary of " +
                              std::to_string(vocabulary));
}

std::vector<std::int64_t> weighted_rows(const TokenBatch& batch) {
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < batch.weights.size(); ++i)
        if (batch.weights[i] != 0.0) rows.push_back(static_cast<std::int64_t>(i));
    return rows;
}

/// The loss; logits become its gradient by them.
template <class T>
double cross_entropy_of(const TokenBatch& batch, const std::vector<std::int64_t>& rows, RowMatrix<T>& logits) {
    double total = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(rows[i]);
        total += batch.weights[row] * cross_entropy(logits.row(static_cast<Eigen::Index>(i)).data(), logits.cols(),
                                                    batch.targets[row], static_cast<T>(batch.weights[row]));
    }
    return total;
}

}  // namespace

template <class T>
void BatchedDecoder<T>::logits(std::span<const T> parameters, std::span<const int> tokens, std::int64_t length,
                               std::span<const std::int64_t> rows, DecoderWorkspace<T>& workspace,
                               std::vector<T>& out) const {
    check(parameters, tokens, length);
    State& w = *workspace.state_;
    const auto n_rows = static_cast<std::int64_t>(tokens.size());
    std::vector<std::int64_t> all;
    if (rows.empty()) {
        for (std::int64_t i = 0; i < n_rows; ++i) all.push_back(i);
        rows = all;
    }
    for (std::int64_t row : rows)
        if (row < 0 || row >= n_rows) throw ConfigError("decoder: no row " + std::to_string(row) + " in the batch");
    const Pass pass{parameters.data(), n_rows / length, length, attention(length, w), w};
    trunk(pass, tokens, false);
    head_rows(pass, rows);
    out.assign(w.logits_.data(), w.logits_.data() + w.logits_.size());
}

template <class T>
double BatchedDecoder<T>::loss(std::span<const T> parameters, const TokenBatch& batch,
                               DecoderWorkspace<T>& workspace) const {
    check(parameters, batch.tokens, batch.length);
    check_targets(batch, spec_.shape.vocabulary);
    const std::vector<std::int64_t> rows = weighted_rows(batch);
    if (rows.empty()) return 0.0;
    State& w = *workspace.state_;
    const auto n_rows = static_cast<std::int64_t>(batch.tokens.size());
    const Pass pass{parameters.data(), n_rows / batch.length, batch.length, attention(batch.length, w), w};
    trunk(pass, batch.tokens, false);
    head_rows(pass, rows);
    return cross_entropy_of(batch, rows, w.logits_);
}

template <class T>
double BatchedDecoder<T>::loss_and_gradient(std::span<const T> parameters, const TokenBatch& batch,
                                            DecoderWorkspace<T>& workspace, std::span<T> gradient) const {
    check(parameters, batch.tokens, batch.length);
    check_targets(batch, spec_.shape.vocabulary);
    if (gradient.size() != list_.size()) throw ConfigError("decoder: gradient and parameters differ in size");
    const std::vector<std::int64_t> rows = weighted_rows(batch);
    if (rows.empty()) return 0.0;
    State& w = *workspace.state_;
    const auto n_rows = static_cast<std::int64_t>(batch.tokens.size());
    const Pass pass{parameters.data(), n_rows / batch.length, batch.length, attention(batch.length, w), w};
    trunk(pass, batch.tokens, true);
    head_rows(pass, rows);
    const double total = cross_entropy_of(batch, rows, w.logits_);
    head_backward(pass, rows, gradient);
    for (std::int64_t l = spec_.shape.n_layers - 1; l >= 0; --l) layer_backward(pass, l, gradient);
    const std::int64_t d = spec_.shape.width;
    for (std::int64_t i = 0; i < n_rows; ++i)
        add_to(static_cast<std::size_t>(d), w.d_x_.data() + i * d,
               gradient.data() + list_.embedding() + std::int64_t{batch.tokens[static_cast<std::size_t>(i)]} * d);
    return total;
}

template <class T>
DecoderWorkspace<T>::DecoderWorkspace() : state_(std::make_unique<State>()) {}
template <class T>
DecoderWorkspace<T>::DecoderWorkspace(DecoderWorkspace&&) noexcept = default;
template <class T>
DecoderWorkspace<T>& DecoderWorkspace<T>::operator=(DecoderWorkspace&&) noexcept = default;
template <class T>
DecoderWorkspace<T>::~DecoderWorkspace() = default;

template class BatchedDecoder<float>;
template class BatchedDecoder<double>;
template class DecoderWorkspace<float>;
template class DecoderWorkspace<double>;

}  // namespace dynkin::lm
