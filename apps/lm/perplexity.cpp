#include "apps/lm/perplexity.hpp"

#include "apps/run/provenance.hpp"
#include "models/lm/perplexity.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dynkin::language {
namespace {

constexpr std::int64_t usual_segment = 64, farthest = 8;  // times the context, where positions have no end

void require_rising(const std::vector<std::int64_t>& lengths) {
    for (std::size_t i = 1; i < lengths.size(); ++i)
        if (lengths[i] <= lengths[i - 1])
            throw ConfigError("--context-lengths: expected rising numbers, found " + std::to_string(lengths[i]) +
                              " after " + std::to_string(lengths[i - 1]));
}

std::vector<std::int64_t> usual_lengths(std::int64_t segment, std::int64_t most) {
    std::vector<std::int64_t> lengths;
    for (std::int64_t n = segment; n <= most; n *= 2) lengths.push_back(n);
    return lengths;
}

double mean(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

/// Of the mean.
double standard_error(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const double centre = mean(values);
    double sum = 0.0;
    for (const double value : values) sum += (value - centre) * (value - centre);
    return n > 1.0 ? std::sqrt(sum / (n - 1.0) / n) : 0.0;
}

class Windows {
public:
    Windows(const ModelFiles& files, const PerplexityOptions& o) : tokenizer_(files.tokenizer) {
        text_ = tokenizer_.encode(read_text(o.text), false, lm::SpecialTokens::as_text);
        if (tokenizer_.begins_with_bos()) bos_ = tokenizer_.bos();
    }
    std::int64_t n_tokens() const { return static_cast<std::int64_t>(text_.size()); }

    /// Windows end at the same places whatever their length: before `end`, the last one at the end of the text.
    std::int64_t end(std::int64_t window, std::int64_t n_windows, std::int64_t longest) const {
        const std::int64_t first = std::min(longest + 1, n_tokens());
        return n_windows < 2 ? n_tokens() : first + (n_tokens() - first) * window / (n_windows - 1);
    }
    /// The last n + 1 tokens before `end`: n to be seen, one more to be scored.
    std::vector<int> window(std::int64_t end, std::int64_t n) const {
        std::vector<int> tokens(text_.begin() + (end - n - 1), text_.begin() + end);
        if (bos_) tokens.front() = *bos_;
        return tokens;
    }
    std::size_t n_bytes(std::span<const int> tokens) const {
        std::size_t sum = 0;
        for (const int token : tokens) sum += tokenizer_.bytes_of(token).size();
        return sum;
    }

private:
    const lm::Tokenizer& tokenizer_;
    std::vector<int> text_;
    std::optional<int> bos_;
};

Settings settings_of(const PerplexityOptions& o, const PerplexityTable& table, const lm::PositionSpec& positions) {
    Settings s{{"command", "lm perplexity"}, {"model", o.model}};
    if (!o.tokenizer.empty()) s["tokenizer"] = o.tokenizer;
    s["weights"] = lm::name_of(weights_of(o.weights));
    s["positions"] = text_of(positions);
    s["text"] = o.text;
    s["context_lengths"] = table.lengths;
    s["segment"] = table.segment;
    s["windows"] = table.n_windows;
    return s;
}

/// Lengths and segment, as given or as usual.
void choose_lengths(const PerplexityOptions& o, const ChosenPositions& chosen, std::int64_t context,
                    std::int64_t n_tokens, PerplexityTable& table) {
    const std::int64_t room = std::min(n_tokens - 1, chosen.max_length > 0 ? chosen.max_length : farthest * context);
    if (o.segment < 0 || o.n_windows < 1) throw ConfigError("--segment and --windows: expected at least 1");
    table.segment = o.segment > 0       ? o.segment
                    : o.lengths.empty() ? std::min(usual_segment, std::max<std::int64_t>(1, room / 2))
                                        : std::min(usual_segment, o.lengths.front());
    table.lengths = o.lengths.empty() ? usual_lengths(table.segment, room) : o.lengths;
    table.n_windows = o.n_windows;
    if (table.lengths.empty())
        throw ConfigError("--segment: " + std::to_string(table.segment) + " tokens, but there is room for " +
                          std::to_string(room));
    if (table.lengths.front() < table.segment)
        throw ConfigError("--context-lengths: " + std::to_string(table.lengths.front()) +
                          " is smaller than the segment of " + std::to_string(table.segment) + " tokens");
    if (table.lengths.back() >= n_tokens)
        throw ConfigError(o.text + ": " + std::to_string(n_tokens) + " tokens, but a length of " +
                          std::to_string(table.lengths.back()) + " needs one more than that");
}

}  // namespace

PerplexityTable perplexity(const PerplexityOptions& o, const RunControl& control) {
    require_rising(o.lengths);
    const lm::WeightFormat weights = weights_of(o.weights);
    const ModelFiles files = open_model(o.model, o.tokenizer);
    if (files.task() == Task::masked)
        throw ConfigError(o.model + ": was trained to restore masked tokens, not to give the next one");
    const ChosenPositions chosen = choose_positions(o.positions, files);
    const Windows windows(files, o);
    PerplexityTable table;
    choose_lengths(o, chosen, files.checkpoint.shape().context, windows.n_tokens(), table);
    lm::Decoder decoder(files.checkpoint,
                        {.positions = chosen.spec,
                         .weights = weights,
                         .max_length = required_length(chosen, table.lengths.back(), "--context-lengths"),
                         .n_threads = threads_of(o.n_threads)});
    const auto W = static_cast<std::size_t>(o.n_windows);
    double bytes = 0.0;
    for (const std::int64_t length : table.lengths) {
        if (control.progress != nullptr)
            control.progress->begin("length " + std::to_string(length), static_cast<double>(W), "windows");
        for (std::size_t w = 0; w < W; ++w) {
            if (is_stopped(control)) throw Interrupted("lm perplexity: stopped");
            const std::int64_t end = windows.end(static_cast<std::int64_t>(w), o.n_windows, table.lengths.back());
            const std::vector<int> tokens = windows.window(end, length);
            const lm::TextScore score = lm::score_text(decoder, tokens, length + 1 - table.segment);
            table.loss.push_back(score.loss);
            table.accuracy.push_back(score.accuracy);
            const std::span<const int> segment = std::span(tokens).last(static_cast<std::size_t>(table.segment));
            if (length == table.lengths.front()) bytes += static_cast<double>(windows.n_bytes(segment));
            if (control.progress != nullptr) control.progress->update(static_cast<double>(w + 1));
        }
    }
    if (control.progress != nullptr) control.progress->end();
    table.bytes_per_token = bytes / static_cast<double>(o.n_windows * table.segment);
    table.settings = settings_of(o, table, chosen.spec);
    return table;
}

StudyTable as_table(const PerplexityTable& table) {
    StudyTable out;
    out.name = "perplexity";
    out.title = std::to_string(table.n_windows) + " windows, the last " + std::to_string(table.segment) +
                " tokens of each scored; positions: " + table.settings["positions"].get<std::string>();
    out.row_name = "context";
    const auto W = static_cast<std::size_t>(table.n_windows);
    std::vector<double> loss, perplexities, bits, accuracy, change, error;
    const std::span<const double> losses(table.loss), right(table.accuracy);
    for (std::size_t l = 0; l < table.lengths.size(); ++l) {
        out.labels.push_back(std::to_string(table.lengths[l]));
        std::vector<double> difference;
        for (std::size_t w = 0; w < W; ++w) difference.push_back(losses[l * W + w] - losses[w]);
        loss.push_back(mean(losses.subspan(l * W, W)));
        perplexities.push_back(std::exp(loss.back()));
        bits.push_back(loss.back() / (std::numbers::ln2 * table.bytes_per_token));
        accuracy.push_back(100.0 * mean(right.subspan(l * W, W)));
        change.push_back(mean(difference));
        error.push_back(standard_error(difference));
    }
    out.columns = {
        {"loss", "nats/token", "mean of -log p of a token, in nats", 4, loss},
        {"perplexity", "perplexity", "exp(loss)", 3, perplexities},
        {"bits_per_byte", "bits/byte", "loss in bits for each byte of the text", 4, bits},
        {"accuracy", "accuracy %", "part of the tokens that were the most probable, in percent", 2, accuracy},
        {"change", "change", "loss minus that of the first row, in nats", 4, change},
        {"change_stderr", "+-", "standard error of change over windows", 4, error}};
    return out;
}

void write_perplexity(const std::filesystem::path& directory, const PerplexityTable& table,
                      const std::string& command_line) {
    const RunIdentity identity = identity_of(table.settings, command_line);
    RunWriter file(directory / "run.h5");
    write_identity(file, "lm perplexity", 0, identity);
    const std::vector<double> lengths(table.lengths.begin(), table.lengths.end());
    file.add_dimension("length", lengths, {"1", "tokens seen, those scored included"});
    file.add_dimension("window", static_cast<Index>(table.n_windows));
    const auto add = [&](const char* name, const char* long_name, const std::vector<double>& values) {
        file.write(file.add_variable(name, {"length", "window"}, {"1", long_name}), values);
    };
    add("loss", "mean of -log p over the segment, in nats a token", table.loss);
    add("accuracy", "part of the segment that was the most probable token", table.accuracy);
    file.attribute("/", "bytes_per_token", table.bytes_per_token);
    file.attribute("/provenance", "end", utc_now());
    file.close();
    write_text_atomically(directory / "config.toml", identity.config_text);
}

}  // namespace dynkin::language
