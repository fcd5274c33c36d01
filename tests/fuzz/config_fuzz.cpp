// Whatever bytes come in, the config reader gives values or a ConfigError, and what it resolves it reads back to the
// same hash. Input: an experiment file; after a NUL byte, overrides separated by NUL bytes.
#include "apps/config/config.hpp"
#include "solvers/core/errors.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace dynkin;

template <class Read>
void attempt(Read read) {
    try {
        read();
    } catch (const ConfigError& error) {
        // Every message names a place: the file or the override.
        const std::string message = error.what();
        if (message.find("fuzz.toml:") == std::string::npos && message.find("-s ") == std::string::npos) {
            std::cerr << "no location in: " << message << '\n';
            std::abort();
        }
    }
}

/// Asks for every key in every way.
void read_all(const Section& section) {
    for (const std::string& key : section.keys()) {
        attempt([&] { section.real(key); });
        attempt([&] { section.integer(key, 0, 1000); });
        attempt([&] { section.boolean(key); });
        attempt([&] { section.located_text(key); });
        attempt([&] { section.one_of(key, {"euler_maruyama", "milstein"}); });
        attempt([&] { section.reals(key, {}, RealRange::positive); });
        attempt([&] { section.integers(key); });
        attempt([&] { section.located_texts(key); });
        attempt([&] { section.real_matrix(key); });
        attempt([&] { section.text_matrix(key); });
        attempt([&] {
            for (const Section& element : section.sections(key)) read_all(element);
        });
        attempt([&] {
            if (const auto table = section.find_section(key)) read_all(*table);
        });
    }
}

void read_experiment(const Config& config) {
    const Section root = config.root();
    attempt([&] { root.section_or_empty("particles").real_or("dt", 0.01); });
    attempt([&] { root.texts_or("labels", {"x\n\t\"\\", "\x7f"}); });
    read_all(root);
}

std::vector<std::string> split_at_nul(const std::string& bytes) {
    std::vector<std::string> parts(1);
    for (const char c : bytes) {
        if (c == '\0')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::vector<std::string> parts = split_at_nul(std::string(reinterpret_cast<const char*>(data), size));
    const std::string text = parts.front();
    parts.erase(parts.begin());
    attempt([&] {
        const Config config = Config::parse(text, "fuzz.toml", parts);
        attempt([&] { config.require_all_read(); });
        read_experiment(config);
        const std::string resolved = config.resolved_toml();
        const Config again = Config::parse(resolved, "fuzz.toml");
        read_experiment(again);
        if (again.hash() == config.hash()) return;
        std::cerr << "the resolved config reads back differently:\n" << resolved << '\n';
        std::abort();
    });
    return 0;
}
