#pragma once
// What a command was asked for, written down; and how long it may be busy.
#include "apps/run/simulation.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace dynkin::language {

/// Keys and values without nesting.
using Settings = nlohmann::ordered_json;

/// One "key = value" a line, which is TOML.
std::string to_toml(const Settings& settings);

/// What a run says of itself: the settings are its config.
RunIdentity identity_of(const Settings& settings, const std::string& command_line);

/// JSON in one line; bytes that are no UTF-8 are replaced.
std::string one_line(const nlohmann::ordered_json& json);

/// The shortest text that reads back as the same number.
std::string number_text(double value);

/// --threads, or all of the machine.
int threads_of(int asked);

inline bool is_stopped(const RunControl& control) {
    return control.stop != nullptr && control.stop->load();
}

}  // namespace dynkin::language
