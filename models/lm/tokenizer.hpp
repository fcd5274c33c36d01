#pragma once
// Text to tokens and back: tokenizer.bin of llama2.c, tokenizer.json of Hugging Face, and tokenizers of one's own.
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dynkin::lm {

struct TokenizerParts;

/// Whether "<s>" in a text is the special token (as for prompts written for a model) or five characters.
enum class SpecialTokens { parsed, as_text };

/// Cheap to copy, safe to share between threads.
class Tokenizer {
public:
    explicit Tokenizer(TokenizerParts parts);

    /// One more than the largest token. A model may have more rows than that, never fewer.
    int vocabulary() const;
    std::optional<int> bos() const;
    /// Tokens after which a text is over; never empty for tokenizer.bin (1 and 2), may be empty for others.
    const std::vector<int>& end_tokens() const;
    /// Whether the model was trained on texts that begin with bos: what to pass to `encode` for a prompt.
    bool begins_with_bos() const;
    bool is_special(int token) const;
    /// The token the file calls so, such as "<mask>".
    std::optional<int> find(std::string_view name) const;

    /// O(n log n) in the length of the longest piece. Bytes that are no UTF-8 are encoded as bytes where the vocabulary
    /// can. With `bos`, the token bos comes first if there is one.
    /// ConfigError: a character the vocabulary has no token for, or a text above 2^31 - 1 bytes.
    std::vector<int> encode(std::string_view text, bool bos, SpecialTokens special = SpecialTokens::parsed) const;
    /// The text these tokens are, as a text from its beginning: special tokens are left out, and so is the space that
    /// `encode` may have put in front (in llama2.c after every bos). Bytes are given as they are, be they UTF-8 or not,
    /// so that decode(encode(text, bos, as_text)) == text whenever no character had to be replaced by the unknown
    /// token. ConfigError: a token outside the vocabulary.
    std::string decode(std::span<const int> tokens) const;
    /// What a token adds to a text, "" for special ones. ConfigError: a token outside the vocabulary.
    const std::string& bytes_of(int token) const;

    const TokenizerParts& parts() const { return *parts_; }

private:
    std::shared_ptr<const TokenizerParts> parts_;
};

/// Whether the first token begins a text or follows what has been shown already.
enum class TextPosition { beginning, continuation };

/// Tokens one by one to UTF-8: characters are given out when they are complete.
class StreamDecoder {
public:
    explicit StreamDecoder(Tokenizer tokenizer, TextPosition position = TextPosition::beginning)
        : tokenizer_(std::move(tokenizer)), at_beginning_(position == TextPosition::beginning) {}

    /// What can be shown now; bytes that can never become a character as U+FFFD. ConfigError: a token outside the
    /// vocabulary.
    std::string push(int token);
    /// What was held back, with U+FFFD for it.
    std::string finish();

private:
    Tokenizer tokenizer_;
    bool at_beginning_;
    std::string held_;
};

/// tokenizer.bin of llama2.c: a 32-bit integer (longest token), then for every token a score (binary32), a length and
/// its bytes, to the end of the file. Byte b is token b + 3, bos is 1, eos 2. Encodes as run.c does.
/// IoError: no such file, truncated, lengths beyond the file, scores that are no numbers, no byte tokens.
Tokenizer read_llama2c_tokenizer(const std::filesystem::path& path);
Tokenizer parse_llama2c_tokenizer(std::string_view bytes, const std::string& where);

}  // namespace dynkin::lm
