#include "models/lm/output_head.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/core/errors.hpp"

namespace dynkin::lm {
namespace {

const std::vector<std::string>& head_names() {
    static const std::vector<std::string> names{"tied", "untied", "tied_projection", "tied_half_swap", "tied_shuffle"};
    return names;
}

}  // namespace

OutputHead output_head_of(const std::string& name) {
    const auto& known = head_names();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw ConfigError(unknown_name("output head", name, known));
    return static_cast<OutputHead>(found - known.begin());
}

std::string name_of(OutputHead head) {
    return head_names()[static_cast<std::size_t>(head)];
}

std::vector<std::int64_t> channel_order(OutputHead head, std::int64_t width) {
    std::vector<std::int64_t> order;
    if (head == OutputHead::tied_half_swap) {
        for (std::int64_t c = 0; c < width; ++c) order.push_back((c + width / 2) % width);
    } else if (head == OutputHead::tied_shuffle) {
        auto n_rows = static_cast<std::int64_t>(std::lround(std::sqrt(double(width))));
        while (width % n_rows != 0) --n_rows;
        const std::int64_t n_columns = width / n_rows;
        for (std::int64_t c = 0; c < width; ++c) order.push_back(c % n_rows * n_columns + c / n_rows);
    }
    return order;
}

double initial_loss(OutputHead head, std::int64_t vocabulary, std::int64_t width, double sigma) {
    if (vocabulary < 1 || width < 1 || !(sigma > 0.0) || !std::isfinite(sigma))
        throw ConfigError("initial_loss: vocabulary, width and sigma must be positive");
    const double n = double(vocabulary), others = double(width) * sigma * sigma / 2;
    if (head != OutputHead::tied) return std::log(n) + others;
    // log(e^a + (n - 1) e^b) without overflow.
    const double a = double(width) * sigma, b = others, top = std::max(a, b);
    return top + std::log(std::exp(a - top) + (n - 1) * std::exp(b - top));
}

}  // namespace dynkin::lm
