#include "models/lm/rotary_positions.hpp"

#include <algorithm>
#include <limits>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

constexpr std::int64_t beyond_all = std::numeric_limits<std::int64_t>::max() / 2;
constexpr double mixed_exponent = 0.625;  // b of ntk_mixed

const std::vector<std::string>& scheme_names() {
    static const std::vector<std::string> names{"rope",         "interpolation", "ntk_fixed", "ntk_mixed",
                                                "leaky_rerope", "rerope",        "inv_leaky", "sliding_window"};
    return names;
}

const std::vector<std::string>& scale_names() {
    static const std::vector<std::string> names{"none", "log_n", "log_n_test"};
    return names;
}

template <class Enum>
Enum by_name(const char* what, const std::string& name, const std::vector<std::string>& known) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw ConfigError(unknown_name(what, name, known));
    return static_cast<Enum>(found - known.begin());
}

/// `value` has to be at least `least` when `used`, and 0 otherwise.
void require(const std::string& owner, const char* parameter, double value, double least, bool used) {
    const auto text = [](double number) {
        std::string digits = std::to_string(number);
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.back() == '.') digits.pop_back();
        return digits;
    };
    if (!used && value != 0.0) throw ConfigError("positions: " + owner + " has no use for " + parameter);
    if (used && !(value >= least && std::isfinite(value)))
        throw ConfigError("positions: " + owner + " needs " + parameter + " >= " + text(least) +
                          (value == 0.0 ? ", none is given" : ", not " + text(value)));
}

void validate(const PositionSpec& spec) {
    using enum PositionScheme;
    const PositionScheme s = spec.scheme;
    const bool windowed = s == leaky_rerope || s == rerope || s == inv_leaky || s == sliding_window;
    const bool scaled = s == interpolation || s == ntk_fixed || s == ntk_mixed || s == leaky_rerope;
    require(name_of(s), "window", double(spec.window), 1, windowed);
    require(name_of(s), "factor", spec.factor, 1, scaled);
    require(name_of(s), "expansion", spec.expansion, 0.5, s == inv_leaky);
    require(name_of(spec.scale), "training_length", double(spec.training_length), 2,
            spec.scale != AttentionScale::none);
    if (!(spec.base_factor > 0.0) || !std::isfinite(spec.base_factor))
        throw ConfigError("positions: base_factor must be positive and finite");
}

/// What the scheme makes of theta_m, m = 1 ... half.
double slowing(const PositionSpec& spec, double m, double half) {
    switch (spec.scheme) {
        case PositionScheme::interpolation: return 1.0 / spec.factor;
        case PositionScheme::ntk_fixed: return std::pow(spec.factor, -m / half);
        case PositionScheme::ntk_mixed: return std::exp(-std::log(spec.factor) * std::pow(m / half, mixed_exponent));
        default: return 1.0;
    }
}

}  // namespace

PositionScheme position_scheme_of(const std::string& name) {
    return by_name<PositionScheme>("positions", name, scheme_names());
}
AttentionScale attention_scale_of(const std::string& name) {
    return by_name<AttentionScale>("attention scale", name, scale_names());
}
std::string name_of(PositionScheme scheme) {
    return scheme_names()[static_cast<std::size_t>(scheme)];
}
std::string name_of(AttentionScale scale) {
    return scale_names()[static_cast<std::size_t>(scale)];
}

RotaryPositions::RotaryPositions(const PositionSpec& spec, std::int64_t head_width, double base, Phase phase)
    : window_(beyond_all) {
    validate(spec);
    if (head_width < 2 || head_width % 2 != 0)
        throw ConfigError("positions: head_width must be even and positive, not " + std::to_string(head_width));
    if (!(base > 0.0) || !std::isfinite(base)) throw ConfigError("positions: the base must be positive and finite");

    const double half = double(head_width / 2);
    for (double m = 1; m <= half; ++m)
        frequencies_.push_back(std::pow(base * spec.base_factor, -(m - 1) / half) * slowing(spec, m, half));

    switch (spec.scheme) {
        case PositionScheme::leaky_rerope: far_step_ = 1.0 / spec.factor; break;
        case PositionScheme::rerope: far_step_ = 0.0; break;
        case PositionScheme::inv_leaky: far_step_ = phase == Phase::training ? 2.0 * spec.expansion : 1.0; break;
        default: break;
    }
    has_far_ = far_step_ != 1.0;
    masks_far_ = spec.scheme == PositionScheme::sliding_window;
    if (has_far_ || masks_far_) window_ = spec.window;

    const bool only_test = spec.scale == AttentionScale::log_n_test;
    if (spec.scale == AttentionScale::log_n || (only_test && phase == Phase::inference))
        inverse_log_length_ = 1.0 / std::log(double(spec.training_length));
    if (only_test) least_factor_ = 1.0;
}

double RotaryPositions::distance(std::int64_t r) const {
    const double w = double(window_), size = std::abs(double(r));
    if (!has_far_ || size < w) return double(r);
    return std::copysign(w + (size - w) * far_step_, double(r));
}

std::int64_t RotaryPositions::first_seen(std::int64_t i, Attention) const {
    return masks_far_ ? std::max<std::int64_t>(0, i - window_ + 1) : 0;
}

std::int64_t RotaryPositions::last_seen(std::int64_t i, std::int64_t n, Attention attention) const {
    if (attention == Attention::causal) return std::min(n, i + 1);
    return masks_far_ ? std::min(n, i + window_) : n;
}

double RotaryPositions::score_factor(std::int64_t n_seen) const {
    if (inverse_log_length_ == 0.0) return 1.0;
    return std::max(least_factor_, std::log(double(n_seen)) * inverse_log_length_);
}

}  // namespace dynkin::lm
