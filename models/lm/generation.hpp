#pragma once
// Text from a decoder, from one context or from several at once.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/lm/decoder.hpp"
#include "models/lm/token_filters.hpp"
#include "models/lm/tokenizer.hpp"
#include "solvers/sampling/composition.hpp"

namespace dynkin::lm {

/// What to continue. Without a composition `contexts` is one prompt. With one, each of the n contexts is a whole prompt
/// (what is known from it, then the question), `unconditional` the prompt without any (the question alone).
struct Request {
    std::vector<std::vector<int>> contexts;
    std::vector<int> unconditional{};
};

struct GenerationOptions {
    std::int64_t max_tokens = 256;
    TokenFilters filters{};
    /// How n contexts become one law (naive-Bayes context extension; Su et al. 2024): pool min_entropy, beta = 0.25,
    /// top_p = 0.95, eta = 0.1. One context and the mean is classifier-free guidance of scale 1 + beta, and with the
    /// text a context adds, context-aware decoding of weight beta (Shi et al. 2023). The filters act on the composed
    /// law.
    std::optional<Composition> composition{};
    std::uint64_t seed = 0;
    std::uint64_t first_sequence = 0;  ///< request r draws as sequence first_sequence + r
    std::vector<int> stop_tokens{};
    std::vector<std::string> stop_strings{};
    const Tokenizer* tokenizer = nullptr;  ///< for texts and stop strings; without one there are tokens only
    bool record = false;                   ///< keep the records of all tokens
};

/// A token and where it came from.
struct TokenRecord {
    int token = 0;
    double log_probability = 0.0;     ///< under the law it was drawn from  [nats]
    double entropy = 0.0;             ///< of that law  [nats]
    int context = -1;                 ///< that min_entropy chose
    std::vector<double> entropies{};  ///< (n) of the truncated conditionals; empty without a composition
};

/// Seen by the caller as soon as a token is drawn, stop tokens included. References are valid during the call.
struct TokenEvent {
    std::size_t request = 0;
    std::int64_t position = 0;  ///< tokens drawn before, of this request
    const TokenRecord& record;
    const std::string& text;  ///< that can be shown now: whole characters, nothing of a stop string; all texts of a
                              ///< request joined are Generated::text
};

enum class StopReason { max_tokens, stop_token, stop_string, context_full, cancelled };
const char* name_of(StopReason reason);

struct Generated {
    std::vector<int> tokens;  ///< drawn, a stop token not included
    std::string text;         ///< before a stop string
    StopReason reason = StopReason::max_tokens;
    std::vector<TokenRecord> records;
};

/// True: go on; false: this request is over.
using OnToken = std::function<bool(const TokenEvent&)>;

/// Continues all requests together, each step one batch of all their sequences. What a request becomes does not depend
/// on the others. ConfigError: no request, an empty prompt, no or several contexts without a composition, no
/// unconditional prompt with one, stop strings without a tokenizer, max_tokens < 0, filters and composition as their
/// types say, a prompt longer than the decoder allows, bidirectional attention. NumericsError: as Decoder::extend and
/// compose_laws.
std::vector<Generated> generate(Decoder& decoder, std::span<const Request> requests, const GenerationOptions& options,
                                const OnToken& on_token = {});

}  // namespace dynkin::lm
