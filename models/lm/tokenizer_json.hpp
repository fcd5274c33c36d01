#pragma once
// tokenizer.json of Hugging Face: byte-level BPE (GPT-2, Llama 3) and SentencePiece-BPE (Llama 2), read and written;
// and tokenizers of one's own, which are made as such files.
#include "models/lm/tokenizer.hpp"
#include "models/lm/tokenizer_parts.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

/// What a file says, before a directory adds to it. IoError that begins with `where` and names the key: no JSON, a
/// model other than BPE, a step that is not known, numbers of tokens that are twice or far beyond their count, merges
/// of what is not in the vocabulary. Differs from the library `tokenizers`: characters without a token are an error
/// where that library drops them; text is not normalised by Unicode forms (files that ask for it are refused);
/// `normalized` of added tokens is not looked at.
TokenizerParts parse_tokenizer_parts(std::string json, const std::string& where);
Tokenizer parse_tokenizer_json(std::string json, const std::string& where);

/// A directory with tokenizer.json (bos and the end tokens as tokenizer_config.json, config.json and
/// generation_config.json say), a tokenizer.json, or a tokenizer.bin of llama2.c. IoError.
Tokenizer read_tokenizer(const std::filesystem::path& path);

struct TokenizerFiles {
    std::string tokenizer_json, tokenizer_config_json;
};

/// The two files of a directory. What came from JSON is given back as it was. A tokenizer.bin becomes SentencePiece-BPE
/// with the merges its scores ask for; the scores are kept in tokenizer_config.json ("dynkin_scores"), so that
/// `read_tokenizer` encodes the same where scores tie. ConfigError: texts that are no UTF-8 or twice in the vocabulary.
TokenizerFiles tokenizer_files(const Tokenizer& tokenizer);

/// One token for every character of the text, by code point, then the special ones, such as "<mask>".
/// ConfigError: text that is no UTF-8 or empty, a special token that is empty or twice.
Tokenizer character_tokenizer(std::string_view text, const std::vector<std::string>& special = {});

/// One token for every byte (token = byte), then the special ones.
Tokenizer byte_tokenizer(const std::vector<std::string>& special = {});

}  // namespace dynkin::lm
