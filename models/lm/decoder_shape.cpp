#include "models/lm/decoder_shape.hpp"

#include <cmath>
#include <limits>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

constexpr std::int64_t most_of_a_size = std::numeric_limits<std::int32_t>::max();
constexpr double most_parameters = 0x1p40;

}  // namespace

std::int64_t DecoderShape::n_parameters() const {
    const std::int64_t attention = 2 * width * query_width() + 2 * width * key_width();
    const std::int64_t layer = attention + 3 * width * hidden + 2 * width;
    return (tied_output ? 1 : 2) * vocabulary * width + n_layers * layer + width;
}

void validate(const DecoderShape& shape, const std::string& where) {
    const auto fail = [&where](const std::string& what) { throw ConfigError(where + ": " + what); };
    const struct {
        const char* name;
        std::int64_t value;
    } sizes[] = {{"vocabulary", shape.vocabulary}, {"width", shape.width},           {"n_layers", shape.n_layers},
                 {"n_heads", shape.n_heads},       {"n_kv_heads", shape.n_kv_heads}, {"head_width", shape.head_width},
                 {"hidden", shape.hidden},         {"context", shape.context}};
    for (const auto& [name, value] : sizes) {
        if (value < 1 || value > most_of_a_size) {
            fail(std::string(name) + " must be between 1 and " + std::to_string(most_of_a_size) + ", not " +
                 std::to_string(value));
        }
    }
    if (shape.n_heads % shape.n_kv_heads != 0) {
        fail("n_kv_heads = " + std::to_string(shape.n_kv_heads) +
             " must divide n_heads = " + std::to_string(shape.n_heads));
    }
    if (shape.head_width % 2 != 0) {
        fail("head_width must be even, since channels are rotated in pairs, not " + std::to_string(shape.head_width));
    }
    // In floating point, where products of sizes below 2^31 cannot overflow.
    const double width = double(shape.width);
    const double heads = double(shape.head_width) * (double(shape.n_heads) + double(shape.n_kv_heads));
    const double parameters = 2 * double(shape.vocabulary) * width +
                              double(shape.n_layers) * width * (2 * heads + 3 * double(shape.hidden) + 2) + width;
    if (parameters > most_parameters) fail("the sizes ask for more than 2^40 parameters");
    if (!(shape.rotary_base > 0) || !std::isfinite(shape.rotary_base)) fail("rotary_base must be positive and finite");
    if (!(shape.norm_epsilon > 0) || !std::isfinite(shape.norm_epsilon)) {
        fail("norm_epsilon must be positive and finite");
    }
}

}  // namespace dynkin::lm
