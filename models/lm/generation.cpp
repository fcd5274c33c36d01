#include "models/lm/generation.hpp"

#include <algorithm>

#include "models/lm/stop_scanner.hpp"
#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

void check(const Decoder& decoder, std::span<const Request> requests, const GenerationOptions& options) {
    const auto fail = [](const std::string& what) { throw ConfigError("generate: " + what); };
    validate(options.filters);
    if (decoder.attention() == Attention::bidirectional)
        fail("the decoder's attention is bidirectional; a causal one gives a law of the next token");
    if (requests.empty()) fail("nothing to continue");
    if (options.max_tokens < 0) fail("max_tokens is " + std::to_string(options.max_tokens) + ", expected at least 0");
    if (!options.stop_strings.empty() && options.tokenizer == nullptr) fail("stop strings need a tokenizer");
    for (std::size_t r = 0; r < requests.size(); ++r) {
        const std::string which = "request " + std::to_string(r) + " has ";
        if (requests[r].contexts.empty()) fail(which + "no context");
        if (!options.composition && requests[r].contexts.size() > 1)
            fail(which + std::to_string(requests[r].contexts.size()) + " contexts but there is no composition of them");
        if (options.composition && requests[r].unconditional.empty()) fail(which + "no unconditional prompt");
        for (const auto& prompt : requests[r].contexts)
            if (prompt.empty()) fail(which + "an empty prompt; begin it with bos");
    }
}

/// One request on its way: its sequences, conditionals first, and what has come of it.
class Text {
public:
    Text(const Decoder& decoder, const Request& request, const GenerationOptions& options, std::uint64_t number)
        : options_(options), number_(number), scanner_(options.stop_strings), next_(request.contexts) {
        if (options.composition) next_.push_back(request.unconditional);
        sequences_.assign(next_.size(), decoder.start());
        if (options.tokenizer == nullptr) return;
        const auto& prompt = request.contexts.front();
        const bool only_bos = prompt.size() == 1 && options.tokenizer->bos() == prompt.front();
        stream_.emplace(*options.tokenizer, only_bos ? TextPosition::beginning : TextPosition::continuation);
    }

    bool running() const { return running_; }
    Generated result() { return std::move(out_); }
    std::size_t n_sequences() const { return sequences_.size(); }

    void ask(std::vector<Extension>& extensions) {
        for (std::size_t k = 0; k < sequences_.size(); ++k) extensions.push_back({&sequences_[k], next_[k]});
    }
    bool full(std::int64_t max_length) const {
        return std::any_of(sequences_.begin(), sequences_.end(),
                           [&](const Sequence& sequence) { return sequence.length() >= max_length; });
    }

    /// The next token from the logits of all sequences, row by row.
    void take(std::span<const float> logits, std::size_t request, std::int64_t max_length, const OnToken& on_token) {
        TokenRecord record;
        const Categorical law = law_of(logits, record);
        const auto position = static_cast<std::int64_t>(out_.tokens.size());
        record.token = draw(law, token_uniform(options_.seed, number_, static_cast<std::uint64_t>(position)));
        record.log_probability = law.log_probabilities()[static_cast<std::size_t>(record.token)];
        record.entropy = law.entropy();
        last_context_ = record.context;
        const auto& stops = options_.stop_tokens;
        const bool stop = std::find(stops.begin(), stops.end(), record.token) != stops.end();
        if (!stop) out_.tokens.push_back(record.token);
        std::string text = stream_ && !stop ? scanner_.push(stream_->push(record.token)) : "";
        std::optional<StopReason> over;
        if (stop)
            over = StopReason::stop_token;
        else if (scanner_.stopped())
            over = StopReason::stop_string;
        else if (position + 1 >= options_.max_tokens)
            over = StopReason::max_tokens;
        else if (full(max_length))
            over = StopReason::context_full;
        if (over) text += finish(*over);
        out_.text += text;
        if (on_token && !on_token({request, position, record, text}) && !over) finish(StopReason::cancelled);
        if (options_.record && !stop) out_.records.push_back(std::move(record));
        if (!stop) next_.assign(sequences_.size(), {out_.tokens.back()});
    }

    /// What of the text was held back.
    std::string finish(StopReason reason) {
        out_.reason = reason;
        running_ = false;
        std::string text = stream_ ? scanner_.push(stream_->finish()) : "";
        return text += scanner_.finish();
    }

private:
    Categorical law_of(std::span<const float> logits, TokenRecord& record) const {
        const std::size_t m = logits.size() / sequences_.size();
        if (!options_.composition) return next_token_law(logits, out_.tokens, options_.filters);
        std::vector<std::vector<double>> rows;
        std::vector<double> conditionals;
        for (std::size_t k = 0; k < sequences_.size(); ++k)
            rows.push_back(penalised(logits.subspan(k * m, m), out_.tokens, options_.filters));
        for (std::size_t k = 0; k + 1 < rows.size(); ++k)
            conditionals.insert(conditionals.end(), rows[k].begin(), rows[k].end());
        ComposedLaw composed = compose_laws(conditionals, rows.back(), *options_.composition, last_context_);
        record.context = composed.context;
        record.entropies = std::move(composed.entropies);
        return filtered(std::move(composed.law), options_.filters);
    }

    const GenerationOptions& options_;
    std::uint64_t number_;
    StopScanner scanner_;
    std::optional<StreamDecoder> stream_;
    std::vector<std::vector<int>> next_;  // what each sequence is extended by
    std::vector<Sequence> sequences_;
    int last_context_ = -1;
    bool running_ = true;
    Generated out_;
};

}  // namespace

const char* name_of(StopReason reason) {
    switch (reason) {
        case StopReason::stop_token: return "stop_token";
        case StopReason::stop_string: return "stop_string";
        case StopReason::context_full: return "context_full";
        case StopReason::cancelled: return "cancelled";
        case StopReason::max_tokens: break;
    }
    return "max_tokens";
}

std::vector<Generated> generate(Decoder& decoder, std::span<const Request> requests, const GenerationOptions& options,
                                const OnToken& on_token) {
    check(decoder, requests, options);
    std::vector<Text> texts;
    texts.reserve(requests.size());
    for (std::size_t r = 0; r < requests.size(); ++r)
        texts.emplace_back(decoder, requests[r], options, options.first_sequence + r);
    if (options.max_tokens == 0)
        for (Text& text : texts) text.finish(StopReason::max_tokens);

    const auto vocabulary = static_cast<std::size_t>(decoder.shape().vocabulary);
    for (;;) {
        std::vector<Extension> extensions;
        for (Text& text : texts)
            if (text.running()) text.ask(extensions);
        if (extensions.empty()) break;
        std::span<const float> logits = decoder.extend(extensions);
        for (std::size_t r = 0; r < texts.size(); ++r) {
            if (!texts[r].running()) continue;
            const std::size_t size = texts[r].n_sequences() * vocabulary;
            texts[r].take(logits.first(size), r, decoder.max_length(), on_token);
            logits = logits.subspan(size);
        }
    }
    std::vector<Generated> out;
    for (Text& text : texts) out.push_back(text.result());
    return out;
}

}  // namespace dynkin::lm
