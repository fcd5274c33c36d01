#pragma once
// SHA-256 (FIPS 180-4), for the hash of a configuration.
#include <string>
#include <string_view>

namespace dynkin {

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace dynkin
