#pragma once
// The number formats of weights, and their values in single precision.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace dynkin::lm {

enum class NumberFormat { float32, float16, bfloat16 };

/// Bytes of a number.
std::int64_t size_of(NumberFormat format);
/// "F32", "F16", "BF16", as in safetensors.
const char* name_of(NumberFormat format);
/// Nothing when there is no such format here.
std::optional<NumberFormat> number_format(std::string_view name);

/// Exact: every binary16 and bfloat16 number is a binary32 number. `data` has values.size() little-endian numbers at
/// any address.
void convert_to_float(NumberFormat format, std::span<const std::byte> data, std::span<float> values);

/// To the nearest number of the format, ties to even; above its largest number infinity. NaN stays NaN.
void convert_from_float(NumberFormat format, std::span<const float> values, std::span<std::byte> data);

/// Index of the first infinity or NaN in `data`, or -1.
std::int64_t first_not_finite(NumberFormat format, std::span<const std::byte> data);

}  // namespace dynkin::lm
