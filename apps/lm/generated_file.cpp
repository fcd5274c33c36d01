// Generated texts as a store.
#include "apps/lm/generate.hpp"
#include "apps/run/provenance.hpp"
#include "solvers/store/run_writer.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <limits>

namespace dynkin::language {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Sizes {
    std::size_t samples, positions, contexts;
};

/// (samples, positions), NaN behind the end of a text.
template <class Of>
std::vector<double> over_tokens(const GeneratedTexts& texts, const Sizes& n, Of of) {
    std::vector<double> out(n.samples * n.positions, nan);
    for (std::size_t s = 0; s < n.samples; ++s)
        for (std::size_t i = 0; i < texts.texts[s].records.size(); ++i)
            out[s * n.positions + i] = static_cast<double>(of(texts.texts[s].records[i]));
    return out;
}

std::vector<double> context_entropies(const GeneratedTexts& texts, const Sizes& n) {
    std::vector<double> out(n.samples * n.positions * n.contexts, nan);
    for (std::size_t s = 0; s < n.samples; ++s)
        for (std::size_t i = 0; i < texts.texts[s].records.size(); ++i) {
            const std::vector<double>& entropies = texts.texts[s].records[i].entropies;
            const std::size_t first = (s * n.positions + i) * n.contexts;
            std::copy(entropies.begin(), entropies.end(), out.begin() + static_cast<std::ptrdiff_t>(first));
        }
    return out;
}

}  // namespace

void write_texts(const std::filesystem::path& directory, const GeneratedTexts& texts, const std::string& command_line) {
    const RunIdentity identity = identity_of(texts.settings, command_line);
    Sizes n{texts.texts.size(), 1, texts.n_contexts};
    std::string plain;
    std::vector<double> lengths;
    for (const lm::Generated& text : texts.texts) {
        n.positions = std::max(n.positions, text.records.size());
        lengths.push_back(static_cast<double>(text.tokens.size()));
        plain += texts.prompt + text.text + "\n";
    }
    RunWriter file(directory / "run.h5");
    write_identity(file, "lm generate", texts.seed, identity);
    file.add_dimension("sample", static_cast<Index>(n.samples));
    file.add_dimension("position", static_cast<Index>(n.positions));
    const auto add = [&](const char* name, const std::vector<std::string>& dimensions, const char* long_name,
                         const std::vector<double>& values) {
        file.write(file.add_variable(name, dimensions, {"1", long_name}), values);
    };
    using Record = lm::TokenRecord;
    add("n_tokens", {"sample"}, "tokens drawn", lengths);
    add("token", {"sample", "position"}, "token", over_tokens(texts, n, [](const Record& r) { return r.token; }));
    add("log_probability", {"sample", "position"}, "log of its probability under the law it was drawn from, in nats",
        over_tokens(texts, n, [](const Record& r) { return r.log_probability; }));
    add("entropy", {"sample", "position"}, "entropy of that law, in nats",
        over_tokens(texts, n, [](const Record& r) { return r.entropy; }));
    if (n.contexts > 0) {
        file.add_dimension("context", static_cast<Index>(n.contexts));
        add("chosen_context", {"sample", "position"}, "context that min_entropy chose, from 0; -1: another pool",
            over_tokens(texts, n, [](const Record& r) { return r.context; }));
        add("context_entropy", {"sample", "position", "context"}, "entropy of each truncated conditional, in nats",
            context_entropies(texts, n));
    }
    file.attribute("/provenance", "end", utc_now());
    file.close();
    write_text_atomically(directory / "text.txt", plain);
    write_text_atomically(directory / "config.toml", identity.config_text);
}

}  // namespace dynkin::language
