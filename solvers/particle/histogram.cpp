#include "solvers/particle/histogram.hpp"

#include "solvers/core/errors.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace dynkin {
namespace {

constexpr double largest_weight = 1024.0;

std::size_t count_cells(const std::vector<std::vector<double>>& faces) {
    std::size_t cells = 1;
    for (std::size_t j = 0; j < faces.size(); ++j) {
        const bool increasing = std::is_sorted(faces[j].begin(), faces[j].end(), [](double a, double b) { return a <= b; });
        if (faces[j].size() < 2 || !increasing)
            throw ConfigError("histogram: axis " + std::to_string(j) + " needs two or more increasing faces");
        cells *= faces[j].size() - 1;
    }
    return cells;
}

}  // namespace

Histogram::Histogram(std::vector<std::vector<double>> faces, std::uint64_t n_particles)
    : faces_(std::move(faces)), n_cells_(count_cells(faces_)), counts_(n_cells_) {
    for (const std::vector<double>& axis : faces_) {
        const auto n = static_cast<double>(axis.size() - 1);
        const double width = (axis.back() - axis.front()) / n;
        bool equal = true;
        for (std::size_t i = 0; i < axis.size(); ++i)
            equal = equal && std::abs(axis[i] - axis.front() - width * static_cast<double>(i)) <= 1e-9 * width;
        inverse_width_.push_back(equal ? 1.0 / width : 0.0);
    }
    const double bits = std::log2(static_cast<double>(std::max<std::uint64_t>(n_particles, 1)) * largest_weight);
    unit_ = std::ldexp(1.0, std::clamp(static_cast<int>(62.0 - bits), 0, 40));
}

// The guess of equal cells is corrected by the faces themselves, so that both ways of looking agree.
std::ptrdiff_t Histogram::cell_on_axis(std::size_t axis, double x) const {
    const std::vector<double>& face = faces_[axis];
    if (!(x >= face.front() && x <= face.back())) return -1;
    const auto last = static_cast<std::ptrdiff_t>(face.size()) - 2;
    if (inverse_width_[axis] == 0.0)
        return std::min(std::upper_bound(face.begin(), face.end(), x) - face.begin() - 1, last);
    auto cell = std::min(static_cast<std::ptrdiff_t>((x - face.front()) * inverse_width_[axis]), last);
    if (x < face[static_cast<std::size_t>(cell)]) --cell;
    if (cell < last && x >= face[static_cast<std::size_t>(cell) + 1]) ++cell;
    return cell;
}

void Histogram::add(Points x, const double* weight) {
    for (Index q = 0; q < x.n; ++q) {
        if (weight[q] == 0.0) continue;
        if (!(std::abs(weight[q]) <= largest_weight))
            throw NumericsError("histogram: a weight of " + std::to_string(weight[q]) +
                                " is too large; the source is too strong for weighted particles");
        std::ptrdiff_t number = 0, stride = 1;
        for (int j = 0; j < x.dim && number >= 0; ++j) {
            const auto axis = static_cast<std::size_t>(j);
            const std::ptrdiff_t cell = cell_on_axis(axis, x.component(j)[q]);
            number = cell < 0 ? -1 : number + stride * cell;
            stride *= static_cast<std::ptrdiff_t>(faces_[axis].size()) - 1;
        }
        const auto units = static_cast<std::int64_t>(std::llround(weight[q] * unit_));
        std::atomic<std::int64_t>& target = number < 0 ? outside_ : counts_[static_cast<std::size_t>(number)];
        target.fetch_add(units, std::memory_order_relaxed);
    }
}

std::vector<double> Histogram::cells() const {
    std::vector<double> out;
    out.reserve(n_cells_);
    for (const std::atomic<std::int64_t>& count : counts_) out.push_back(static_cast<double>(count.load()) / unit_);
    return out;
}

}  // namespace dynkin
