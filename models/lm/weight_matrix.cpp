#include "models/lm/weight_matrix.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

const std::vector<std::string>& format_names() {
    static const std::vector<std::string> names{"as_stored", "float32", "bfloat16", "int8"};
    return names;
}

/// The nearest bf16, ties to even.
std::uint16_t to_bfloat16(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    if (x != x) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
    return static_cast<std::uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

/// The numbers of a view: in place when they are aligned, else copied to `owner`.
template <class T>
const T* in_place(const TensorView& tensor, std::shared_ptr<const void>& owner) {
    if (reinterpret_cast<std::uintptr_t>(tensor.data.data()) % alignof(T) == 0)
        return reinterpret_cast<const T*>(tensor.data.data());
    auto copy = std::make_shared<std::vector<T>>(tensor.data.size() / sizeof(T));
    std::memcpy(copy->data(), tensor.data.data(), copy->size() * sizeof(T));
    owner = copy;
    return copy->data();
}

// To wake a thread takes tens of microseconds, in which one core reads about this much.
constexpr std::int64_t worth_sharing_bytes = 1 << 21;
constexpr std::int64_t least_piece_bytes = 1 << 18;
constexpr std::int64_t row_step = 16;

}  // namespace

WeightFormat weight_format_of(const std::string& name) {
    const auto& known = format_names();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw ConfigError(unknown_name("weight format", name, known));
    return static_cast<WeightFormat>(found - known.begin());
}

std::string name_of(WeightFormat format) {
    return format_names()[static_cast<std::size_t>(format)];
}

void ProductInput::set(const float* values, std::int64_t n_vectors, std::int64_t columns, bool int8) {
    x = values;
    n = n_vectors;
    n_columns = columns;
    if (int8) detail::quantise_vectors(x, n, n_columns, quantised);
}

WeightMatrix::WeightMatrix(const TensorView& tensor, WeightFormat format) {
    if (tensor.shape.size() != 2)
        throw ConfigError("tensor '" + tensor.name + "' has " + std::to_string(tensor.shape.size()) +
                          " dimensions, expected 2");
    n_rows_ = tensor.shape[0];
    n_columns_ = tensor.shape[1];
    const NumberFormat stored = tensor.format;
    if (format == WeightFormat::as_stored)
        format = stored == NumberFormat::bfloat16 ? WeightFormat::bfloat16 : WeightFormat::float32;
    if (format == WeightFormat::float32 && stored == NumberFormat::float32) {
        float32_ = in_place<float>(tensor, owned_);
    } else if (format == WeightFormat::bfloat16 && stored == NumberFormat::bfloat16) {
        bfloat16_ = in_place<std::uint16_t>(tensor, owned_);
    } else if (format == WeightFormat::float32) {
        auto values = std::make_shared<std::vector<float>>(tensor.to_float());
        float32_ = values->data();
        owned_ = values;
    } else if (format == WeightFormat::bfloat16) {
        auto values = std::make_shared<std::vector<std::uint16_t>>();
        for (float value : tensor.to_float()) values->push_back(to_bfloat16(value));
        bfloat16_ = values->data();
        owned_ = values;
    } else {
        int8_ = detail::quantise_matrix(tensor.to_float(), n_rows_, n_columns_);
    }
}

std::int64_t WeightMatrix::n_bytes() const {
    if (is_int8()) return static_cast<std::int64_t>(int8_.q.size() + 4 * int8_.scale.size());
    return n_rows_ * n_columns_ * (float32_ != nullptr ? 4 : 2);
}

void WeightMatrix::row(std::int64_t r, float* out) const {
    for (std::int64_t c = 0; c < n_columns_; ++c) {
        if (float32_ != nullptr) {
            out[c] = float32_[r * n_columns_ + c];
        } else if (bfloat16_ != nullptr) {
            out[c] = std::bit_cast<float>(std::uint32_t{bfloat16_[r * n_columns_ + c]} << 16);
        } else {
            const std::int64_t g = r * int8_.n_groups + c / detail::int8_group;
            const int q = int8_.q[static_cast<std::size_t>(g * detail::int8_group + c % detail::int8_group)];
            out[c] = static_cast<float>(q - 128) * int8_.scale[static_cast<std::size_t>(g)];
        }
    }
}

void WeightMatrix::multiply(const ProductInput& input, std::int64_t first, std::int64_t last, float* y) const {
    const auto& kernels = detail::dense_kernels();
    if (float32_ != nullptr)
        kernels.multiply(float32_, n_columns_, first, last, input.x, n_columns_, input.n, y, n_rows_);
    else if (bfloat16_ != nullptr)
        kernels.multiply_bf16(bfloat16_, n_columns_, first, last, input.x, n_columns_, input.n, y, n_rows_);
    else
        detail::multiply_int8()(int8_, first, last, input.quantised, y, n_rows_);
}

void multiply_all(std::span<const Product> products, const ProductInput& input, WorkerTeam& team) {
    struct Piece {
        const Product* product;
        std::int64_t first, last;
    };
    std::int64_t n_bytes = 0;
    for (const Product& product : products) n_bytes += product.w->n_bytes();
    // With several vectors a byte of weights is more work.
    if (team.n_threads() == 1 || n_bytes * input.n < worth_sharing_bytes) {
        for (const Product& product : products) product.w->multiply(input, 0, product.w->n_rows(), product.y);
        return;
    }
    // Several pieces a thread, so that a slow one does not hold up the rest.
    const std::int64_t piece_bytes = std::max(least_piece_bytes / input.n, n_bytes / (8 * team.n_threads()));
    std::vector<Piece> pieces;
    for (const Product& product : products) {
        const std::int64_t n_rows = product.w->n_rows(), row_bytes = product.w->n_bytes() / n_rows + 1;
        const std::int64_t step = std::max(row_step, piece_bytes / row_bytes / row_step * row_step);
        for (std::int64_t first = 0; first < n_rows; first += step)
            pieces.push_back({&product, first, std::min(n_rows, first + step)});
    }
    team.share(static_cast<std::ptrdiff_t>(pieces.size()), [&](std::ptrdiff_t p) {
        const Piece& piece = pieces[static_cast<std::size_t>(p)];
        piece.product->w->multiply(input, piece.first, piece.last, piece.product->y);
    });
}

}  // namespace dynkin::lm
