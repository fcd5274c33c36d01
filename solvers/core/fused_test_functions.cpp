#include "solvers/core/fused_test_functions.hpp"

#include "solvers/core/axis_kernels.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dynkin {
namespace {

constexpr Index chunk = 128;  // points whose rows stay in L1 through all functions
constexpr Index sum_block = 4096;

bool is_ladder(const AxisFactor& factor) {
    return factor.kind == AxisFactor::Kind::power || factor.kind == AxisFactor::Kind::hermite;
}

}  // namespace

FusedTestFunctions::FusedTestFunctions(TestFunctions functions) : functions_(std::move(functions)) {
    for (int k = 0; k < size(); ++k) plan(k);
}

void FusedTestFunctions::plan(int function) {
    const std::vector<AxisFactor> factors = functions_[static_cast<std::size_t>(function)]->axis_factors();
    if (factors.empty()) return others_.push_back(function);
    const auto counts = [](const AxisFactor& f) { return f.kind != AxisFactor::Kind::one; };
    const auto n = std::count_if(factors.begin(), factors.end(), counts);
    if (n == 0) return ones_.push_back(function);
    Product product{function, {}};
    for (std::size_t j = 0; j < factors.size(); ++j)
        if (counts(factors[j]))
            product.factors.push_back(place_of(static_cast<int>(j), factors[j], n == 1 ? function : -1));
    const bool in_place = n == 1 && !product.factors[0].spare && product.factors[0].row == function;
    if (!in_place) products_.push_back(std::move(product));
}

// The first function that is this factor alone lends it its row; a row once given stays.
FusedTestFunctions::Place FusedTestFunctions::place_of(int axis, const AxisFactor& factor, int function_alone) {
    Place* place = nullptr;
    if (is_ladder(factor)) {
        const axis::LadderShape shape{factor.kind == AxisFactor::Kind::hermite, factor.centre, 1.0 / factor.scale};
        auto ladder = std::find_if(ladders_.begin(), ladders_.end(),
                                   [&](const Ladder& l) { return l.axis == axis && l.shape == shape; });
        if (ladder == ladders_.end()) ladder = ladders_.insert(ladder, Ladder{axis, shape, {}});
        const auto degree = static_cast<std::size_t>(factor.degree);
        if (ladder->places.size() < degree) ladder->places.resize(degree);
        place = &ladder->places[degree - 1];
    } else {
        auto single = std::find_if(singles_.begin(), singles_.end(),
                                   [&](const Single& s) { return s.axis == axis && s.factor == factor; });
        if (single == singles_.end()) single = singles_.insert(single, Single{axis, factor, {}});
        place = &single->place;
    }
    if (place->row < 0) *place = function_alone >= 0 ? Place{false, function_alone} : Place{true, n_spare_++};
    return *place;
}

void FusedTestFunctions::values(Points x, Rows out) const {
    thread_local std::vector<double> spare;
    spare.resize(static_cast<std::size_t>(n_spare_) * static_cast<std::size_t>(chunk));
    for (Index first = 0; first < x.n; first += chunk)
        block(x.slice(first, std::min(chunk, x.n - first)), {out.data + first, out.stride}, spare.data());
    for (const int k : others_) functions_[static_cast<std::size_t>(k)]->value(x, out.row(k));
}

void FusedTestFunctions::block(Points x, Rows out, double* spare) const {
    const auto data = [&](const Place& place) {
        return place.row < 0 ? nullptr : place.spare ? spare + place.row * chunk : out.row(place.row);
    };
    constexpr std::size_t most = 64;
    for (const Ladder& ladder : ladders_) {
        std::array<double*, most> rows;
        std::vector<double*> long_ladder;
        double** targets = rows.data();
        if (ladder.places.size() > most) {
            long_ladder.resize(ladder.places.size());
            targets = long_ladder.data();
        }
        for (std::size_t k = 0; k < ladder.places.size(); ++k) targets[k] = data(ladder.places[k]);
        axis::ladder(ladder.shape, x.component(ladder.axis), x.n, static_cast<int>(ladder.places.size()), targets);
    }
    for (const Single& single : singles_) evaluate(single, x, data(single.place));
    for (const int k : ones_) std::fill_n(out.row(k), x.n, 1.0);
    for (const Product& product : products_) {
        double* y = out.row(product.function);
        std::copy_n(data(product.factors[0]), x.n, y);
        for (std::size_t j = 1; j < product.factors.size(); ++j) axis::multiply(y, data(product.factors[j]), x.n);
    }
}

void FusedTestFunctions::evaluate(const Single& single, Points x, double* out) const {
    const AxisFactor& f = single.factor;
    if (f.kind == AxisFactor::Kind::bump)
        return axis::bump(x.component(single.axis), x.n, f.centre, 1.0 / f.scale, out);
    axis::phase(x.component(single.axis), x.n, f.scale, f.centre, out);
    f.kind == AxisFactor::Kind::cosine ? axis::cosine(out, x.n) : axis::sine(out, x.n);
}

bool FusedTestFunctions::one_ladder() const {
    return ladders_.size() == 1 && n_spare_ == 0 && singles_.empty() && products_.empty() && ones_.empty() &&
           others_.empty() && ladders_[0].places.size() <= static_cast<std::size_t>(axis::register_ladder);
}

void FusedTestFunctions::sums(Points x, double* out) const {
    std::fill_n(out, size(), 0.0);
    if (one_ladder()) {
        const Ladder& ladder = ladders_[0];
        std::array<double, axis::register_ladder> part;
        for (Index first = 0; first < x.n; first += sum_block) {
            axis::ladder_sums(ladder.shape, x.component(ladder.axis) + first, std::min(sum_block, x.n - first),
                              part.data());
            for (std::size_t k = 0; k < ladder.places.size(); ++k)
                if (ladder.places[k].row >= 0) out[ladder.places[k].row] += part[k];
        }
        return;
    }
    std::vector<double> spare(static_cast<std::size_t>(n_spare_) * static_cast<std::size_t>(chunk));
    Block rows(size(), chunk);
    for (Index first = 0; first < x.n; first += chunk) {
        const Points part = x.slice(first, std::min(chunk, x.n - first));
        block(part, rows.rows(), spare.data());
        for (const int k : others_) functions_[static_cast<std::size_t>(k)]->value(part, rows.row(k));
        for (int k = 0; k < size(); ++k) out[k] += axis::sum(rows.row(k), part.n);
    }
}

}  // namespace dynkin
