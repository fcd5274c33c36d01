#include "models/lm/number_format.hpp"

#include "solvers/core/dispatch.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dynkin::lm {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and mapped as they are");

template <class Word>
Word word_at(const std::byte* data, std::int64_t i) {
    Word word;
    std::memcpy(&word, data + i * static_cast<std::int64_t>(sizeof word), sizeof word);
    return word;
}

// binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
float from_half(std::uint32_t h) {
    const std::uint32_t sign = (h & 0x8000u) << 16, exponent = h >> 10 & 31u, fraction = h & 1023u;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
    const float tiny = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(tiny));
}

// Bits of x with the lowest `shift` dropped, to nearest, ties to even.
std::uint32_t rounded(std::uint32_t x, int shift) {
    const std::uint32_t odd = x >> shift & 1u;
    return (x + (1u << (shift - 1)) - 1 + odd) >> shift;
}

std::uint16_t to_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    std::uint32_t half;
    if (magnitude > 0x7f800000u) {
        half = 0x7e00u;
    } else if (magnitude >= 0x38800000u) {  // from 2^-14 on: normal
        half = std::min(rounded(magnitude - (112u << 23), 13), 0x7c00u);
    } else {  // multiples of 2^-24: the addition rounds
        half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
    }
    return static_cast<std::uint16_t>(sign | half);
}

std::uint16_t to_bfloat(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
    return static_cast<std::uint16_t>(rounded(bits, 16));
}

// All ones in the exponent: infinity or NaN. An OR over the block is what the compiler can vectorise.
DYNKIN_CLONES bool has_not_finite_32(const std::byte* data, std::int64_t n) {
    std::uint32_t found = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        found |= (word_at<std::uint32_t>(data, i) & 0x7f800000u) == 0x7f800000u ? 1u : 0u;
    }
    return found != 0;
}

DYNKIN_CLONES bool has_not_finite_16(const std::byte* data, std::int64_t n, std::uint16_t mask) {
    std::uint16_t found = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const auto exponent = static_cast<std::uint16_t>(word_at<std::uint16_t>(data, i) & mask);
        found = static_cast<std::uint16_t>(found | (exponent == mask ? 1 : 0));
    }
    return found != 0;
}

bool has_not_finite(NumberFormat format, const std::byte* data, std::int64_t n) {
    if (format == NumberFormat::float32) return has_not_finite_32(data, n);
    return has_not_finite_16(data, n, format == NumberFormat::float16 ? 0x7c00 : 0x7f80);
}

}  // namespace

std::int64_t size_of(NumberFormat format) {
    return format == NumberFormat::float32 ? 4 : 2;
}

const char* name_of(NumberFormat format) {
    switch (format) {
        case NumberFormat::float32: return "F32";
        case NumberFormat::float16: return "F16";
        default: return "BF16";
    }
}

std::optional<NumberFormat> number_format(std::string_view name) {
    for (const NumberFormat format : {NumberFormat::float32, NumberFormat::float16, NumberFormat::bfloat16}) {
        if (name == name_of(format)) return format;
    }
    return {};
}

void convert_to_float(NumberFormat format, std::span<const std::byte> data, std::span<float> values) {
    const auto n = static_cast<std::int64_t>(values.size());
    if (n == 0) return;
    switch (format) {
        case NumberFormat::float32: std::memcpy(values.data(), data.data(), values.size_bytes()); break;
        case NumberFormat::float16:
            for (std::int64_t i = 0; i < n; ++i) values[i] = from_half(word_at<std::uint16_t>(data.data(), i));
            break;
        case NumberFormat::bfloat16:
            for (std::int64_t i = 0; i < n; ++i) {
                values[i] = std::bit_cast<float>(std::uint32_t{word_at<std::uint16_t>(data.data(), i)} << 16);
            }
    }
}

void convert_from_float(NumberFormat format, std::span<const float> values, std::span<std::byte> data) {
    if (values.empty()) return;
    if (format == NumberFormat::float32) {
        std::memcpy(data.data(), values.data(), values.size_bytes());
        return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint16_t word = format == NumberFormat::float16 ? to_half(values[i]) : to_bfloat(values[i]);
        std::memcpy(data.data() + 2 * i, &word, sizeof word);
    }
}

std::int64_t first_not_finite(NumberFormat format, std::span<const std::byte> data) {
    constexpr std::int64_t block = 4096;
    const std::int64_t size = size_of(format), n = static_cast<std::int64_t>(data.size()) / size;
    for (std::int64_t start = 0; start < n; start += block) {
        const std::int64_t end = std::min(n, start + block);
        if (!has_not_finite(format, data.data() + start * size, end - start)) continue;
        for (std::int64_t i = start; i < end; ++i) {
            if (has_not_finite(format, data.data() + i * size, 1)) return i;
        }
    }
    return -1;
}

}  // namespace dynkin::lm
