// `dynkin init [FILE]`: an experiment to start from.
#include "apps/commands/commands.hpp"
#include "models/models.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/text_file.hpp"

#include <filesystem>
#include <ostream>

namespace dynkin::commands {
namespace {

constexpr const char* own_model = R"toml([model]                       # or: name = "double_well" ('dynkin models' lists what is built in)
variables  = ["x"]
drift      = ["x - x^3"]
sigma      = [["sqrt(2*D)"]]   # one row a variable, one column a noise
parameters = { D = 0.2 }
)toml";

constexpr const char* one_dimension = R"toml(
[initial]
kind = "gaussian"             # point, uniform, mixture, expression, samples
mean = [-1.0]
sd   = [0.1]

[time]
until   = 2.0
outputs = 11

[particles]                   # leave out to solve the density only
n    = 100_000
dt   = 0.01
seed = 1

[grid]                        # leave out to run particles only
lower = [-3.0]
upper = [3.0]
cells = [400]
boundary = [["reflecting", "reflecting"]]

# [[test_functions]]          # a sensible family is taken when none is given
# kind = "monomial"
# degree = [2]
)toml";

std::string list_of(const std::string& item, int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += (i > 0 ? ", " : "") + item;
    return "[" + text + "]";
}

/// A built-in model started from a point-like Gaussian, particles only: where it lives is for the user to say.
std::string experiment_of(const ModelInfo& m) {
    std::string text = "# " + m.equation + "\n[model]\nname = \"" + m.name + "\"\n";
    if (!m.parameters.empty()) {
        text += "[model.parameters]\n";
        for (const ParameterInfo& p : m.parameters) text += p.name + " = " + p.default_value + "  # " + p.doc + "\n";
    }
    text += "\n[initial]\nkind = \"gaussian\"\nmean = " + list_of("0.5", m.dim) + "\nsd   = " + list_of("0.1", m.dim) +
            "\n\n[time]\nuntil   = 1.0\noutputs = 11\n\n[particles]\nn    = 100_000\ndt   = 0.01\nseed = 1\n";
    return text;
}

}  // namespace

int init(const std::string& path, const std::string& model, bool force, std::ostream& out) {
    std::string text =
        std::string("# dynkin run ") + (path.empty() ? "experiment.toml" : path) + "\n" + own_model + one_dimension;
    if (!model.empty()) {
        std::vector<std::string> names;
        const ModelInfo* found = nullptr;
        for (const ModelInfo& m : model_list()) {
            names.push_back(m.name);
            if (m.name == model) found = &m;
        }
        if (found == nullptr) throw ConfigError(unknown_name("model", model, names));
        text = experiment_of(*found);
    }
    if (path == "-") {
        out << text;
        return ok;
    }
    const std::filesystem::path file = path.empty() ? "experiment.toml" : path;
    if (std::filesystem::exists(file) && !force)
        throw IoError("'" + file.string() + "' exists already; --force replaces it, another name keeps it");
    write_text_atomically(file, text);
    out << "wrote " << file.string() << "; next: dynkin run " << file.string() << '\n';
    return ok;
}

}  // namespace dynkin::commands
