#include "models/lm/attention.hpp"

#include <algorithm>
#include <array>

#include "models/lm/dense_kernels.hpp"

namespace dynkin::lm::detail {
namespace {

struct Range {
    std::int64_t first = 0, last = 0;
};

/// Which keys a row sees, and which of them are far.
struct Visible {
    Range past, near, future, all;
};

Visible visible_keys(const RotaryPositions& positions, Attention attention, std::int64_t i, std::int64_t n) {
    const Range all{positions.first_seen(i, attention), positions.last_seen(i, n, attention)};
    if (!positions.has_far()) return {{all.first, all.first}, all, {all.last, all.last}, all};
    const std::int64_t w = positions.window();
    const std::int64_t left = std::clamp(i - w + 1, all.first, all.last);
    const std::int64_t right = std::clamp(i + w, left, all.last);
    return {{all.first, left}, {left, right}, {right, all.last}, all};
}

/// The rows' queries for one kind of key, and where the scores of each go.
class Scores {
public:
    Scores(std::span<const QueryRow> rows, std::int64_t first_head, std::int64_t n_group, std::int64_t head_width,
           std::int64_t n_keys, float* scores)
        : rows_(rows),
          first_head_(first_head),
          n_group_(n_group),
          head_width_(head_width),
          n_keys_(n_keys),
          scores_(scores) {}

    /// (row, head of the group): n_keys numbers.
    float* at(std::size_t row, std::int64_t head) const {
        return scores_ + (static_cast<std::int64_t>(row) * n_group_ + head) * n_keys_;
    }

    /// q.k for the keys in ranges[row], the common part of all rows at once.
    void fill(const float* keys, const float* QueryRow::*query, std::span<const Range> ranges) const {
        Range common{0, n_keys_};
        for (const Range& range : ranges)
            common = {std::max(common.first, range.first), std::min(common.last, range.last)};
        if (rows_.size() == 1 || common.first >= common.last) {
            for (std::size_t row = 0; row < rows_.size(); ++row) one_row(keys, query, row, ranges[row]);
            return;
        }
        const std::int64_t stride = rows_[1].*query - rows_[0].*query;
        for (std::int64_t head = 0; head < n_group_; ++head)
            dense_kernels().multiply(keys, head_width_, common.first, common.last, at_head(rows_[0].*query, head),
                                     stride, static_cast<std::int64_t>(rows_.size()), at(0, head), n_group_ * n_keys_);
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            one_row(keys, query, row, {ranges[row].first, common.first});
            one_row(keys, query, row, {common.last, ranges[row].last});
        }
    }

private:
    const float* at_head(const float* query, std::int64_t head) const {
        return query + (first_head_ + head) * head_width_;
    }
    void one_row(const float* keys, const float* QueryRow::*query, std::size_t row, Range range) const {
        if (range.first < range.last)
            dense_kernels().multiply(keys, head_width_, range.first, range.last, at_head(rows_[row].*query, 0),
                                     head_width_, n_group_, at(row, 0), n_keys_);
    }

    std::span<const QueryRow> rows_;
    std::int64_t first_head_, n_group_, head_width_, n_keys_;
    float* scores_;
};

}  // namespace

void attend(const DecoderShape& shape, const RotaryPositions& positions, Attention attention, Sequence& sequence,
            std::int64_t layer, std::int64_t kv_head, std::span<const QueryRow> rows, std::vector<float>& scratch) {
    const std::int64_t n_keys = sequence.length(), width = shape.head_width;
    const std::int64_t n_group = shape.n_heads / shape.n_kv_heads, first_head = kv_head * n_group;
    scratch.resize(rows.size() * static_cast<std::size_t>(n_group * n_keys));
    std::array<Range, most_query_rows> past, near, future, all;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const Visible seen = visible_keys(positions, attention, rows[row].position, n_keys);
        past[row] = seen.past;
        near[row] = seen.near;
        future[row] = seen.future;
        all[row] = seen.all;
    }

    const Scores scores(rows, first_head, n_group, width, n_keys, scratch.data());
    scores.fill(sequence.near_keys(layer, kv_head), &QueryRow::near, std::span(near).first(rows.size()));
    if (positions.has_far()) {
        const float* far = sequence.far_keys(layer, kv_head);
        scores.fill(far, &QueryRow::past, std::span(past).first(rows.size()));
        if (attention == Attention::bidirectional)
            scores.fill(far, &QueryRow::future, std::span(future).first(rows.size()));
    }

    const float* values = sequence.values(layer, kv_head);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::int64_t first = all[row].first, n_seen = all[row].last - first;
        const auto factor = static_cast<float>(positions.score_factor(n_seen) / std::sqrt(static_cast<double>(width)));
        for (std::int64_t head = 0; head < n_group; ++head) {
            float* p = scores.at(row, head) + first;
            float* out = rows[row].out + (first_head + head) * width;
            std::fill_n(out, width, 0.0f);
            dense_kernels().softmax(p, n_seen, factor);
            dense_kernels().add_weighted(p, values + first * width, n_seen, width, out);
        }
    }
}

}  // namespace dynkin::lm::detail
