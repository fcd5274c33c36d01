#include "models/lm/train/training_state.hpp"

#include <cmath>
#include <sstream>
#include <system_error>

#include "models/lm/train/trainer.hpp"
#include "solvers/core/errors.hpp"
#include "solvers/store/run_reader.hpp"
#include "solvers/store/run_writer.hpp"

namespace dynkin::lm {
namespace {

const char* const dimension = "parameter";

std::vector<double> widened(const std::vector<float>& numbers) {
    return {numbers.begin(), numbers.end()};
}

std::vector<float> read_numbers(const RunReader& file, const char* name) {
    const std::vector<double> wide = file.read(name);
    std::vector<float> numbers;
    numbers.reserve(wide.size());
    for (double number : wide) {
        if (!std::isfinite(number) || static_cast<double>(static_cast<float>(number)) != number)
            throw IoError(file.path().string() + ": '" + name + "' holds a number that is missing or not finite");
        numbers.push_back(static_cast<float>(number));
    }
    return numbers;
}

/// "a = 1 there, a = 2 here" of the first line that differs; "" when none does.
std::string first_difference(const std::string& there, const std::string& here) {
    std::istringstream left(there), right(here);
    std::string a, b;
    while (true) {
        const bool more = static_cast<bool>(std::getline(left, a)), other = static_cast<bool>(std::getline(right, b));
        if (!more && !other) return "";
        if (more != other || a != b) return (more ? a : "nothing") + " there, " + (other ? b : "nothing") + " here";
    }
}

}  // namespace

TrainingState TrainingState::begin(std::vector<float> parameters) {
    const std::size_t n = parameters.size();
    return {0, std::move(parameters), std::vector<float>(n, 0.0f), std::vector<float>(n, 0.0f)};
}

std::string describe(const DecoderSpec& spec, const TrainingOptions& options) {
    std::ostringstream text;
    text.precision(17);
    const DecoderShape& s = spec.shape;
    text << "vocabulary = " << s.vocabulary << "\nwidth = " << s.width << "\nn_layers = " << s.n_layers
         << "\nn_heads = " << s.n_heads << "\nn_kv_heads = " << s.n_kv_heads << "\nhead_width = " << s.head_width
         << "\nhidden = " << s.hidden << "\ncontext = " << s.context << "\nrotary_base = " << s.rotary_base
         << "\nnorm_epsilon = " << s.norm_epsilon
         << "\nrotary_pairing = " << (s.rotary_pairing == RotaryPairing::adjacent ? "adjacent" : "halves")
         << "\nhead = " << name_of(spec.head)
         << "\nattention = " << (spec.attention == Attention::causal ? "causal" : "bidirectional");
    const PositionSpec& p = spec.positions;
    text << "\npositions = " << name_of(p.scheme) << "\nwindow = " << p.window << "\nfactor = " << p.factor
         << "\nexpansion = " << p.expansion << "\nbase_factor = " << p.base_factor << "\nscale = " << name_of(p.scale)
         << "\ntraining_length = " << p.training_length;
    const AdamW& a = options.adam_w;
    const LearningRate& r = options.learning_rate;
    text << "\nn_steps = " << options.n_steps << "\nrows_per_step = " << options.rows_per_step
         << "\nrows_per_block = " << options.rows_per_block << "\nseed = " << options.seed << "\nbeta1 = " << a.beta1
         << "\nbeta2 = " << a.beta2 << "\nepsilon = " << a.epsilon << "\ndecay = " << a.decay
         << "\nclip_norm = " << a.clip_norm << "\npeak = " << r.peak << "\nwarm_up = " << r.warm_up
         << "\nlast = " << r.last << "\n";
    return text.str();
}

void save_training(const std::filesystem::path& path, const TrainingState& state, const std::string& description) {
    RunWriter file(path);
    file.add_dimension(dimension, static_cast<Index>(state.parameters.size()));
    const auto write = [&file](const char* name, const char* meaning, const std::vector<float>& numbers) {
        file.write(file.add_variable(name, {dimension}, {"1", meaning}), widened(numbers));
    };
    write("parameters", "parameters of the decoder", state.parameters);
    write("first_moment", "mean of gradients", state.first_moment);
    write("second_moment", "mean of squared gradients", state.second_moment);
    file.attribute("/", "step", state.step);
    file.attribute("/", "training", description);
    if (std::filesystem::exists(path)) {
        std::filesystem::path previous = path;
        previous += ".previous";
        std::error_code failed;
        std::filesystem::remove(previous, failed);
        std::filesystem::create_hard_link(path, previous, failed);
        if (failed) std::filesystem::copy_file(path, previous, failed);  // a file system without links
        if (failed) throw IoError(previous.string() + ": cannot keep the last checkpoint: " + failed.message());
    }
    file.close();
}

TrainingState load_training(const std::filesystem::path& path, const std::string& description) {
    const RunReader file(path);
    const AttributeValue step = file.attribute("/", "step"), training = file.attribute("/", "training");
    if (!std::holds_alternative<std::int64_t>(step) || !std::holds_alternative<std::string>(training))
        throw IoError(path.string() + ": no checkpoint of training: 'step' or 'training' has another type");
    const std::string difference = first_difference(std::get<std::string>(training), description);
    if (!difference.empty()) throw ConfigError(path.string() + ": belongs to another training: " + difference);
    TrainingState state;
    state.step = std::get<std::int64_t>(step);
    state.parameters = read_numbers(file, "parameters");
    state.first_moment = read_numbers(file, "first_moment");
    state.second_moment = read_numbers(file, "second_moment");
    if (state.step < 0 || state.first_moment.size() != state.parameters.size() ||
        state.second_moment.size() != state.parameters.size())
        throw IoError(path.string() + ": parameters and moments differ in size, or the step is negative");
    return state;
}

}  // namespace dynkin::lm
