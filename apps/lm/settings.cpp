#include "apps/lm/settings.hpp"

#include "solvers/particle/parallel.hpp"
#include "solvers/store/sha256.hpp"

#include <limits>

namespace dynkin::language {

std::string one_line(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string to_toml(const Settings& settings) {
    std::string text;
    // Texts, numbers and arrays of them are written alike in JSON and TOML.
    for (const auto& [key, value] : settings.items()) text += key + " = " + one_line(value) + "\n";
    return text;
}

RunIdentity identity_of(const Settings& settings, const std::string& command_line) {
    const std::string text = to_toml(settings);
    return {command_line, text, sha256_hex(text)};
}

std::string number_text(double value) {
    return nlohmann::ordered_json(value).dump();
}

int threads_of(int asked) {
    return usable_threads(asked, std::numeric_limits<std::int64_t>::max());
}

}  // namespace dynkin::language
