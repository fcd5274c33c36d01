#pragma once
// The options of `dynkin lm ...`.
#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace dynkin::commands {

/// Adds the verbs to `app`; parsing leaves the chosen one in `verb`. Lives until that has run.
class LmCommandLine {
public:
    LmCommandLine(CLI::App& app, std::function<int()>& verb, bool& json, const std::string& command_line);
    ~LmCommandLine();

private:
    struct Options;
    std::unique_ptr<Options> options_;
};

}  // namespace dynkin::commands
