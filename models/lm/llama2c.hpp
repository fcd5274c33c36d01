#pragma once
// Checkpoints of llama2.c (Karpathy, 2023), legacy layout "version 0": seven 32-bit integers (dim, hidden_dim,
// n_layers, n_heads, n_kv_heads, vocab_size - negative when the output is not tied -, seq_len), then binary32 tensors.
#include "models/lm/checkpoint.hpp"

#include <filesystem>
#include <span>

namespace dynkin::lm {

/// The file mapped. RotaryPairing::adjacent, base 10000, epsilon 1e-5, as llama2.c has them.
/// IoError: no such file, another format, a header that does not fit together, a file longer or shorter than its header
/// says, an infinity or NaN.
Checkpoint read_llama2c(const std::filesystem::path& path);

/// The same on bytes in memory; `where` begins every message, `owner` keeps the bytes.
Checkpoint parse_llama2c(std::span<const std::byte> bytes, const std::string& where, std::shared_ptr<const void> owner);

}  // namespace dynkin::lm
