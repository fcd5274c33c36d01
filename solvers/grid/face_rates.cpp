#include "solvers/grid/face_rates.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/grid/quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace dynkin {

namespace {

constexpr double degenerate_ratio = 0.01;
constexpr double vanishing = 1e-12;
constexpr double linear_share =
    0.4;  // of D at the centre, half-way to a wall where D = 0: 1/2 when linear, 1/4 when quadratic

double half_square_sum(const Block& sigma, int axis, int noise_dim, Index q) {
    double sum = 0.0;
    for (int k = 0; k < noise_dim; ++k) {
        const double s = sigma.row(axis * noise_dim + k)[q];
        sum += s * s;
    }
    return 0.5 * sum;
}

}  // namespace

FacePull scharfetter_gummel(const FaceSample& face) {
    const auto [least_node, most_node] = std::minmax_element(face.D.begin(), face.D.end());
    const double least = std::min({*least_node, face.D_below, face.D_above});
    const double most = std::max({*most_node, face.D_below, face.D_above});
    if (!(least > degenerate_ratio * most)) {
        double b = 0.0;
        for (std::size_t g = 0; g < 3; ++g) b += gauss3_weight[g] * face.b[g];
        return {face.D_below + face.length * std::max(b, 0.0), face.D_above + face.length * std::max(-b, 0.0)};
    }
    double w = 0.0;
    for (std::size_t g = 0; g < 3; ++g) w += gauss3_weight[g] * face.b[g] / face.D[g];
    w *= face.length;
    // B(-|w|) = B(|w|) + |w|: a sum of positive numbers, so the ratio e^w is kept to round-off.
    const double size = std::abs(w);
    const double against = size < 1e-5 ? 1.0 - 0.5 * size + size * size / 12.0 : size / std::expm1(size);
    const double with = against + size;
    return {face.D_below * (w > 0.0 ? with : against), face.D_above * (w > 0.0 ? against : with)};
}

FaceRates::FaceRates(std::shared_ptr<const GridProblem> problem, int axis) : problem_(std::move(problem)), axis_(axis) {
    const Mesh& mesh = problem_->mesh;
    const AxisDomain& sides = problem_->domain[static_cast<std::size_t>(axis)];
    periodic_ = sides.at_lower == Boundary::periodic;
    for (int a = 0; a < mesh.dim(); ++a) centres_.push_back(mesh.centres(a));
    widths_ = mesh.widths(axis);
    const std::vector<double>& x = centres_[static_cast<std::size_t>(axis)];
    const double lower = mesh.lower(axis), upper = mesh.upper(axis);
    const std::size_t n = x.size();
    const auto between = [&](double from, double to) {
        Segment s{to - from, {}};
        for (std::size_t g = 0; g < 3; ++g) {
            s.node[g] = from + (to - from) * gauss3_node[g];
            if (s.node[g] > upper) s.node[g] -= upper - lower;  // only on the piece across the seam of a ring
        }
        return s;
    };
    segments_.resize(n + 1);
    for (std::size_t f = 1; f < n; ++f) segments_[f] = between(x[f - 1], x[f]);
    if (periodic_) segments_[n] = between(x[n - 1], x[0] + (upper - lower));
    if (sides.at_lower == Boundary::absorbing) segments_[0] = between(lower, x[0]);
    if (sides.at_upper == Boundary::absorbing) segments_[n] = between(x[n - 1], upper);
}

GridField FaceRates::diffusivity_at_centres(double t) const {
    const Process& process = *problem_->process;
    GridField D(problem_->mesh.n_cells());
    const Index n = D.n_cells(0);
    Block x(D.dim(), n), sigma(D.dim() * process.noise_dim(), n);
    std::copy_n(centres_[0].begin(), n, x.row(0));
    for (int k = 0; k < D.n_cells(2); ++k)
        for (int j = 0; j < D.n_cells(1); ++j) {
            if (D.dim() > 1) std::fill_n(x.row(1), n, centres_[1][static_cast<std::size_t>(j)]);
            if (D.dim() > 2) std::fill_n(x.row(2), n, centres_[2][static_cast<std::size_t>(k)]);
            process.sigma(x.points(), t, sigma.rows());
            double* row = D.row(j, k);
            for (Index q = 0; q < n; ++q) row[q] = half_square_sum(sigma, axis_, process.noise_dim(), q);
        }
    return D;
}

void FaceRates::put(int face, int i, int j, int k, const FaceSample& sample, double t, CellRates& rates) const {
    const FacePull pull = scharfetter_gummel(sample);
    double sum = pull.up + pull.down;  // not finite as soon as one of the parts is not
    for (std::size_t g = 0; g < 3; ++g) sum += std::abs(sample.b[g]) + sample.D[g];
    if (!std::isfinite(sum)) {
        std::ostringstream text;
        text << problem_->process->name() << " on the grid: drift or sigma is not finite near "
             << problem_->process->variables()[static_cast<std::size_t>(axis_)] << " = "
             << segments_[static_cast<std::size_t>(face)].node[1] << " at t = " << t
             << "; move the sides of the grid away from the singularity";
        throw NumericsError(text.str());
    }
    const int n = static_cast<int>(widths_.size());
    const Index stride = rates.up.stride(axis_);
    const auto width = [this](int c) { return widths_[static_cast<std::size_t>(c)]; };
    // (i, j, k) has 0 along this axis: cells of the line are reached by the stride.
    const Index line = &rates.up.row(j, k)[i] - rates.up.storage().data();
    const int below = face - 1, above = periodic_ && face == n ? 0 : face;
    const bool wall_below = face == 0, wall_above = !periodic_ && face == n;
    const auto at = [&](GridField& field, int cell) -> double& {
        return field.storage()[static_cast<std::size_t>(line + cell * stride)];
    };
    if (wall_below)
        at(rates.out_lower, 0) = pull.down / (sample.length * width(0));
    else if (wall_above)
        at(rates.out_upper, below) = pull.up / (sample.length * width(below));
    else {
        at(rates.up, below) = pull.up / (sample.length * width(below));
        at(rates.down, above) = pull.down / (sample.length * width(above));
    }
}

double natural_side_weight(double A) {
    return A > 0.0 ? A * std::exp2(1.0 - A) : 0.0;
}

// Rows run along x: for the x axis over its faces, else over the cells beside one face. Three nodes, one after the
// other.
struct FaceRates::RowWork {
    Index n;
    Block x, b, sigma;
    RowWork(const Process& process, Index n_row)
        : n(n_row),
          x(process.dim(), 3 * n_row),
          b(process.dim(), 3 * n_row),
          sigma(process.dim() * process.noise_dim(), 3 * n_row) {}
};

void FaceRates::fill_row(int face, int j, int k, double t, const GridField& D, RowWork& work, CellRates& rates) const {
    const Process& process = *problem_->process;
    const int m = process.noise_dim(), n = static_cast<int>(widths_.size());
    for (int a = 1; a < process.dim(); ++a)
        for (std::size_t g = 0; g < 3; ++g)
            std::fill_n(work.x.row(a) + static_cast<Index>(g) * work.n, work.n,
                        a == axis_ ? segments_[static_cast<std::size_t>(face)].node[g]
                                   : centres_[static_cast<std::size_t>(a)][static_cast<std::size_t>(a == 1 ? j : k)]);
    process.ito_drift(work.x.points(), t, work.b.rows());
    process.sigma(work.x.points(), t, work.sigma.rows());
    for (Index q = 0; q < work.n; ++q) {
        const int f = axis_ == 0 ? static_cast<int>(q) : face, i = axis_ == 0 ? 0 : static_cast<int>(q);
        FaceSample sample;
        sample.length = segments_[static_cast<std::size_t>(f)].length;
        if (sample.length == 0.0) continue;
        for (std::size_t g = 0; g < 3; ++g) {
            const Index node = static_cast<Index>(g) * work.n + q;
            sample.b[g] = work.b.row(axis_)[node];
            sample.D[g] = half_square_sum(work.sigma, axis_, m, node);
        }
        const int below = f == 0 ? 0 : f - 1, above = f < n ? f : periodic_ ? 0 : n - 1;
        const double* line = D.row(j, k) + i;
        sample.D_below = line[below * D.stride(axis_)];
        sample.D_above = line[above * D.stride(axis_)];
        put(f, i, j, k, sample, t, rates);
    }
}

CellRates FaceRates::at(double t) const {
    const int n = static_cast<int>(widths_.size());
    const GridField D = diffusivity_at_centres(t);
    GridField zero = D;
    std::fill(zero.storage().begin(), zero.storage().end(), 0.0);
    CellRates rates{zero, zero, zero, zero};

    RowWork work(*problem_->process, axis_ == 0 ? n + 1 : D.n_cells(0));
    for (std::size_t g = 0; g < 3; ++g)
        for (Index q = 0; q < work.n; ++q) {
            auto f = static_cast<std::size_t>(q);
            // Faces nothing flows through get the nodes of a neighbour, so that nothing is evaluated elsewhere.
            if (axis_ == 0 && segments_[f].length == 0.0) f = q == 0 ? 1 : f - 1;
            work.x.row(0)[static_cast<Index>(g) * work.n + q] = axis_ == 0 ? segments_[f].node[g] : centres_[0][f];
        }
    const int n_y = axis_ == 1 ? 1 : D.n_cells(1), n_z = axis_ == 2 ? 1 : D.n_cells(2);
    for (int face = 0; face < (axis_ == 0 ? 1 : n + 1); ++face) {
        if (axis_ != 0 && segments_[static_cast<std::size_t>(face)].length == 0.0) continue;
        for (int k = 0; k < n_z; ++k)
            for (int j = 0; j < n_y; ++j) fill_row(face, j, k, t, D, work, rates);
    }
    if (!periodic_ && segments_.front().length == 0.0) weigh_natural_side(false, t, D, rates);
    if (!periodic_ && segments_.back().length == 0.0) weigh_natural_side(true, t, D, rates);
    return rates;
}

void FaceRates::weigh_natural_side(bool upper, double t, const GridField& D, CellRates& rates) const {
    const Process& process = *problem_->process;
    const int d = process.dim(), n = static_cast<int>(widths_.size());
    const double h = upper ? widths_.back() : widths_.front(), inward = upper ? -1.0 : 1.0;
    const double wall = upper ? problem_->mesh.upper(axis_) : problem_->mesh.lower(axis_);
    const int n_x = axis_ == 0 ? 1 : D.n_cells(0), n_y = axis_ == 1 ? 1 : D.n_cells(1),
              n_z = axis_ == 2 ? 1 : D.n_cells(2);
    // Two points a line: on the wall, and half-way to the centre.
    Block x(d, 2), b(d, 2), sigma(d * process.noise_dim(), 2);
    for (int k = 0; k < n_z; ++k)
        for (int j = 0; j < n_y; ++j)
            for (int i = 0; i < n_x; ++i) {
                const std::array<int, 3> index{i, j, k};
                for (int a = 0; a < d; ++a)
                    for (int p = 0; p < 2; ++p)
                        x.row(a)[p] = a == axis_
                                          ? wall + p * inward * 0.25 * h
                                          : centres_[static_cast<std::size_t>(a)]
                                                    [static_cast<std::size_t>(index[static_cast<std::size_t>(a)])];
                process.sigma(x.points(), t, sigma.rows());
                const Index cell = (upper ? n - 1 : 0) * D.stride(axis_);
                const double at_centre = (D.row(j, k) + i)[cell];
                const double at_wall = half_square_sum(sigma, axis_, process.noise_dim(), 0);
                const double half_way = half_square_sum(sigma, axis_, process.noise_dim(), 1);
                // D that vanishes faster than linearly is never left by noise: nothing piles up, the weight stays one.
                if (!(at_wall <= vanishing * at_centre) || !(half_way > linear_share * at_centre)) continue;
                process.ito_drift(x.points(), t, b.rows());
                const double weight = natural_side_weight(inward * b.row(axis_)[0] * 0.5 * h / at_centre);
                (upper ? rates.down.row(j, k) + i : rates.up.row(j, k) + i)[cell] *= weight;
            }
}

}  // namespace dynkin
