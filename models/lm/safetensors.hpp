#pragma once
// The safetensors format (Hugging Face, 2022): the length of the header as a 64-bit little-endian integer, the header
// as JSON {name: {dtype, shape, data_offsets}, "__metadata__": {text: text}}, then the tensors one behind the other.
#include "models/lm/checkpoint.hpp"

#include <filesystem>
#include <span>

namespace dynkin::lm {

struct TensorFile {
    std::vector<TensorView> tensors;  // in the order of their bytes
    std::shared_ptr<const void> file;
};

/// The file mapped; F32, F16 and BF16. Checked is all that the format promises: the tensors cover the file exactly,
/// without overlaps or holes, and each has the bytes its shape asks for.
/// IoError naming the tensor and what is wrong with it.
TensorFile read_safetensors(const std::filesystem::path& path);

/// The tensors of a file in memory; `where` begins every message.
std::vector<TensorView> parse_safetensors(std::span<const std::byte> bytes, const std::string& where);

/// `<path>.partial`, fsync, rename. The tensors begin at a multiple of 64 bytes. IoError: cannot be written.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors);

}  // namespace dynkin::lm
