#pragma once
// A model as a directory of Hugging Face: config.json, model.safetensors (or several, with
// model.safetensors.index.json), tokenizer.json.
#include "models/lm/checkpoint.hpp"
#include "models/lm/tokenizer.hpp"

#include <filesystem>
#include <span>
#include <string_view>

namespace dynkin::lm {

/// The shape a config.json of LlamaForCausalLM states, RotaryPairing::halves.
/// IoError naming the key: another architecture, a value that is missing, wrong or asks for what the decoder does not
/// do (rope_scaling, attention_bias, an activation other than silu, quantisation).
DecoderShape parse_model_config(std::string_view json, const std::string& where);

/// Reads config.json and the tensors, mapped. IoError: a file is missing or wrong; see `parse_safetensors` and
/// `checked_tensors`.
Checkpoint read_model_directory(const std::filesystem::path& directory);

/// Writes a directory that `read_model_directory` and `read_tokenizer` read, made when it is not there. Rows of query
/// and key are written in the order of RotaryPairing::halves, whatever shape.rotary_pairing says. Every file is
/// replaced in one step; config.json, without which a directory is no model, is taken away first and written last when
/// it changes, so that a run that is killed never leaves new sizes beside old tensors. IoError: a tensor is missing, of
/// a wrong shape or not finite, or the directory cannot be written. ConfigError: a vocabulary larger than the shape's,
/// or token texts that tokenizer.json cannot hold.
void save_model_directory(const std::filesystem::path& directory, const DecoderShape& shape,
                          std::span<const TensorView> tensors, const Tokenizer& tokenizer);

/// ConfigError that begins with `where` when the tokenizer has more tokens than the model rows, or, for a
/// tokenizer.bin, another number (only models of Hugging Face have rows to spare).
void require_vocabulary(const DecoderShape& shape, const Tokenizer& tokenizer, const std::string& where);

/// A directory as above, or a file of llama2.c. IoError.
Checkpoint open_checkpoint(const std::filesystem::path& path);

}  // namespace dynkin::lm
